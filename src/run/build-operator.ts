import { hashKey, KEY_GROUPS, subtaskOfGroup } from '../base/hash.ts';
import type { Consumer } from '../flow/consumer.ts';
import { NodeOutput, OperatorNode } from '../flow/operator-node.ts';
import { plainGuard } from '../flow/plain-guard.ts';
import { filterNode, keyNode, projectNode, projector } from '../flow/relational-nodes.ts';
import { StrictOutput } from '../flow/strict-output.ts';
import type { OperatorDefinition } from '../stage/definition.ts';
import type { KeyedStore } from '../state/keyed.ts';
import { unpack } from '../state/pack.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { PlanNode, Target } from '../topology/plan.ts';
import type { ChainParts } from './build-chain.ts';
import { created } from './created.ts';

/** Builds an operator's part of a chain, restored. */
export function buildOperator(
  parts: ChainParts,
  node: PlanNode,
  behind: (targets: readonly Target[]) => Consumer,
): Consumer {
  const loaded = parts.stages.get(node.id) as LoadedStage;
  const { options, own } = loaded;
  const stage = loaded.definition as OperatorDefinition;
  const counters = parts.counters(node);
  const errors = parts.errors(node, counters);
  const next = behind(node.targets);
  const relational = stage.relational?.(options);
  if (relational !== undefined) {
    parts.nodes.push({ stage: node.id, counters });
    const place = { at: parts.at, next, errors, counters };
    if (relational.kind === 'filter') return filterNode(relational.filter, place);
    if (relational.kind === 'key') return keyNode(relational.key, place);
    return projectNode(projector(relational.select), place);
  }
  // What a first half gives is for its second half alone.
  const isAnything = stage.userCode === true || (own === true && node.half !== 'partial');
  const guarded = (to: Consumer) => (isAnything ? plainGuard(to, errors) : to);
  const sides = new Map(Object.entries(node.sides).map(([name, targets]) => [name, guarded(behind(targets))]));
  const output = outputOf(loaded, parts.at, guarded(next), sides, counters);
  const { subtask, plan, scope, world } = parts;
  const place = {
    number: node.index,
    stage: node.id,
    allowedLatenessMs: Number(options.allowedLateness ?? 0),
    keyNames: node.keyNames,
    subtask,
    parallelism: plan.parallelism,
    userCode: stage.userCode === true,
    retractions: node.retractions === true,
    updating: node.updating === true,
    othersUpdating: node.othersUpdating === true,
    clocked: node.clocked === true,
    epoch: parts.data.epoch,
    ask: (question: unknown) => parts.questions.ask(node.id, question),
    wake: parts.wake,
  };
  const made = new OperatorNode(place, scope, world.clock, errors, counters, output);
  const create = (node.half === 'partial' ? stage.partial : stage.create) as typeof stage.create;
  const operator = created(loaded, () => create.call(stage, options, made.context));
  made.operator = operator;
  parts.owned.add(() => operator.close?.());
  if (node.half !== 'partial') parts.restoring.push(restoreOperator(parts, node, made));
  const id = node.half === 'partial' ? `${node.id}:partial` : node.id;
  parts.nodes.push({ stage: id, counters, operator: made });
  return made;
}

/** Built-in stages that run no code of others are known to name times and sides that are. */
function outputOf({ node, definition, options, own }: LoadedStage, ...rest: ConstructorParameters<typeof NodeOutput>) {
  const { userCode, sides } = definition as OperatorDefinition;
  if (userCode !== true && own !== true) return new NodeOutput(...rest);
  return new StrictOutput(node.id, sides?.(options) ?? [], ...rest);
}

/** Puts its state back, with pauses. */
function* restoreOperator({ data, subtask, plan }: ChainParts, node: PlanNode, made: OperatorNode): Generator<void> {
  const state = data.restore?.[node.id];
  if (state === undefined) return;
  const sameParallelism = data.before[node.id] === plan.parallelism;
  const owns = (key: unknown) =>
    plan.parallelism === 1 || subtaskOfGroup(hashKey(key) % KEY_GROUPS, plan.parallelism) === subtask;
  for (const [name, store] of made.keyed) {
    // What every subtask holds is taken from the first.
    const whole = sameParallelism ? subtask : store.replicated ? 0 : undefined;
    yield* restoreKeyed(store, state.keyed[name] ?? [], data.epoch, whole, owns);
  }
  const own = state.operator[subtask];
  if (own !== undefined) made.operator.restore?.(unpack(own));
  yield;
  made.operator.restored?.();
}

function restoreKeyed(
  store: KeyedStore<unknown>,
  deltas: readonly { epoch: number; subtask: number; bytes: Uint8Array }[],
  epoch: number,
  only: number | undefined,
  owns: (key: unknown) => boolean,
): Generator<void> {
  const writers = new Map<number, Uint8Array[]>();
  let oldest = epoch;
  for (const { subtask, epoch: written, bytes } of deltas) {
    if (only !== undefined && subtask !== only) continue;
    const list = writers.get(subtask) ?? [];
    list.push(bytes);
    writers.set(subtask, list);
    oldest = Math.min(oldest, written);
  }
  return store.restoring(writers.values(), epoch, oldest, only === undefined ? owns : () => true);
}
