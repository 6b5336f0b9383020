import { located, WeirError } from '../base/errors.ts';
import { hashKey, KEY_GROUPS, subtaskOfGroup } from '../base/hash.ts';
import { Aligner } from '../flow/aligner.ts';
import { Chain, type ChainListener } from '../flow/chain.ts';
import type { ChainNode } from '../flow/chain-part.ts';
import type { LocalChannel, RemoteReceiver, RemoteSender } from '../flow/channel.ts';
import { type ChainScope, type Consumer, ErrorHandler, fan } from '../flow/consumer.ts';
import { Counters, SLOT_SIZE } from '../flow/counters.ts';
import { DeadLetterWriter } from '../flow/dead-letters.ts';
import { LateJournal } from '../flow/late-journal.ts';
import { NodeOutput, OperatorNode } from '../flow/operator-node.ts';
import { type Deal, Partitioner } from '../flow/partitioner.ts';
import { plainGuard } from '../flow/plain-guard.ts';
import { filterNode, keyNode, projectNode, projector } from '../flow/relational-nodes.ts';
import { SinkNode } from '../flow/sink-node.ts';
import { StrictOutput } from '../flow/strict-output.ts';
import type { Bytes } from '../stage/bytes.ts';
import type { Encoder } from '../stage/codec.ts';
import type { OperatorDefinition, SinkDefinition } from '../stage/definition.ts';
import { PendingPart } from '../stage/pending-part.ts';
import type { At } from '../stage/row.ts';
import type { SinkContext, Terminal } from '../stage/sink.ts';
import type { KeyedStore } from '../state/keyed.ts';
import { unpack } from '../state/pack.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { PlanChain, PlanEdge, PlanNode, Target } from '../topology/plan.ts';
import { changesOf } from '../topology/plan-updates.ts';
import { isStagePath } from '../topology/registry.ts';
import type { HostWorld } from '../world/threads.ts';
import { buildSource } from './build-source.ts';
import { created } from './created.ts';
import { hasEventTimes } from './event-times.ts';
import type { Owned } from './owned.ts';
import { type HostData, slotOf } from './protocol.ts';
import type { Questions } from './questions.ts';

/** What all chains of a host are built from. */
export interface HostParts {
  data: HostData;
  world: HostWorld;
  stages: ReadonlyMap<string, LoadedStage>;
  receivers(edge: PlanEdge, subtask: number): (LocalChannel | RemoteReceiver)[];
  senders(edge: PlanEdge, subtask: number): (LocalChannel | RemoteSender)[];
  /** Hides secrets in what is told. */
  mask(text: string): string;
  log(level: 'info' | 'warn' | 'error', stage: string, text: string): void;
  fail(stage: string, error: unknown): void;
  terminal: Terminal;
  questions: Questions;
}

/** What a chain's builder hands to the builders of its parts. */
export interface ChainParts extends HostParts {
  plan: PlanChain;
  subtask: number;
  at: At;
  scope: ChainScope;
  nodes: ChainNode[];
  wake: () => void;
  counters(node: PlanNode): Counters;
  errors(node: PlanNode, counters: Counters, scope?: ChainScope): ErrorHandler;
  /** Its dead letters are those of records that were taken before and refused later. */
  lateScope: ChainScope;
  /** A fresh path for a pending part of a stage. */
  pendingPath(stage: string): string;
  /** Runs before the first step. */
  opening: Promise<void>[];
  /** What its stages take of the world. */
  owned: Owned;
}

/** A chain and the promise of its being open; which settles only when nothing of it is being opened any more. */
export interface BuiltChain {
  chain: Chain;
  opened: Promise<void>;
}

/** Builds one subtask of a planned chain. What its stages open is `owned`'s to close, also when this throws. */
export function buildChain(
  host: HostParts,
  plan: PlanChain,
  subtask: number,
  listener: ChainListener,
  wake: () => void,
  owned: Owned,
): BuiltChain {
  const { data } = host;
  const world: HostWorld = { ...host.world, disk: owned.disk };
  const at: At = { time: Number.NaN, order: Number.NaN, key: null, retract: false };
  let pendingCount = 0;
  const pendingPath = (stage: string) =>
    `${data.pendingFolder}/${data.generation}-${stage.replace(/[^\w.-]/g, '_')}-${subtask}-${pendingCount++}.part`;
  const letters = (name: string, place: At) =>
    new DeadLetterWriter(world.disk, () => pendingPath(`${name}-${plan.index}`), place, host.mask);
  const deadLetters = letters('dead-letters', at);
  const lateLetters = letters('late-letters', { ...at });
  const journal = new LateJournal(world.disk, () => pendingPath(`late-${plan.index}`), at, subtask);
  const byNumber = data.plan.nodes.map((node) => {
    const suspects = data.quarantine[node.id] ?? [];
    return [node.index, new Map(suspects.map(([order, aside]) => [order, new Set(aside)]))] as const;
  });
  const scope: ChainScope = {
    at,
    deadLetters,
    journal,
    pulse: world.pulse,
    quarantine: new Map(byNumber.filter(([, orders]) => orders.size > 0)),
    log: (level, text) => host.log(level, '', text),
  };
  const metrics = new Float64Array(data.metrics);
  const counters = new Map<number, Counters>();
  const parts: ChainParts = {
    ...host,
    world,
    owned,
    plan,
    subtask,
    at,
    scope,
    nodes: [],
    wake,
    counters(node) {
      const slot = slotOf(data.plan, node.index, subtask) * SLOT_SIZE;
      const known = counters.get(slot) ?? new Counters(metrics.subarray(slot, slot + SLOT_SIZE));
      counters.set(slot, known);
      return known;
    },
    lateScope: { ...scope, deadLetters: lateLetters },
    errors: (node, counters, own = scope) =>
      new ErrorHandler(own, node.id, host.stages.get(node.id)?.node.onError ?? 'dead-letter', counters),
    pendingPath,
    opening: [],
  };

  const outputs = new Map<number, Partitioner>();
  for (const index of plan.outputs) {
    const edge = data.plan.edges[index] as PlanEdge;
    const senders = host.senders(edge, subtask);
    for (const sender of senders) sender.onRoom = wake;
    const from = data.plan.nodes[edge.from] as PlanNode;
    const errors = parts.errors(from, parts.counters(from));
    outputs.set(index, new Partitioner(edge.exchange, senders, at, edge.keyed, subtask, errors, ownDeal(host, edge)));
  }
  // Built from the last to the first, since each needs those behind it.
  const consumers = new Map<number, Consumer>();
  const behind = (targets: readonly Target[]) =>
    fan(targets.map((t) => ('edge' in t ? outputs.get(t.edge) : consumers.get(t.node)) as Consumer));
  for (const index of [...plan.nodes].reverse()) {
    const node = data.plan.nodes[index] as PlanNode;
    if (node.kind === 'source') continue;
    consumers.set(index, buildNode(parts, node, behind));
  }
  parts.nodes.reverse();
  const first = data.plan.nodes[plan.nodes[0] as number] as PlanNode;
  const common = {
    chain: plan.index,
    subtask,
    at,
    outputs: [...outputs.values()],
    deadLetters,
    lateLetters,
    journal,
    clock: world.clock,
  };
  const rest = { ...common, nodes: parts.nodes, listener, wake, full: data.full };
  if (first.kind === 'source') {
    const { input, reader, node } = buildSource(parts, first, behind(first.targets));
    parts.nodes.unshift(node);
    const committed = reader.committed?.bind(reader);
    const source = { stage: first.id, input, ...(committed ? { committed } : {}) };
    const chain = new Chain({ ...rest, heads: [behind(first.targets)], source });
    return { chain, opened: allOpen(parts.opening) };
  }
  const channels = plan.inputs.flatMap((index) => {
    const edge = data.plan.edges[index] as PlanEdge;
    return host.receivers(edge, subtask).map((receiver) => ({ receiver, port: edge.port }));
  });
  for (const { receiver } of channels) receiver.onMessage = wake;
  const aligner = new Aligner(
    channels.map(({ receiver }) => receiver),
    channels.map(({ port }) => port),
    awaitedPorts(host, first),
  );
  const head = consumers.get(first.index) as Consumer;
  const heads = [head, ...(first.ports ?? []).map((port) => (head as OperatorNode).other(port))];
  const portEnd = (port: number) => (head as OperatorNode).otherEnd(first.ports?.[port - 1] as string);
  const chain = new Chain({ ...rest, heads, portEnd, aligner });
  return { chain, opened: allOpen(parts.opening) };
}

/** The promise of what is opened, also when that throws at once. */
export async function opened(open: () => void | Promise<void>): Promise<void> {
  await open();
}

/** Waits for all, since what is closed while it opens would stay open. Rejects with the first failure. */
async function allOpen(opening: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(opening);
  await Promise.all(opening);
}

/** The ports whose end a stage waits for. */
function awaitedPorts(host: HostParts, { id, ports = [] }: PlanNode): number[] {
  if (ports.length === 0) return [];
  const { definition, options } = host.stages.get(id) as LoadedStage;
  const others = (definition as OperatorDefinition).others?.(options) ?? {};
  return ports.flatMap((port, i) => (others[port]?.awaited === true ? i + 1 : []));
}

/** What of the next stage's own an edge deals out by. */
function ownDeal(host: HostParts, edge: PlanEdge): Deal | undefined {
  if (edge.exchange !== 'hash-own' && edge.exchange !== 'range') return undefined;
  const head = host.data.plan.nodes[host.data.plan.chains[edge.to]?.nodes[0] ?? -1] as PlanNode;
  const { definition, options } = host.stages.get(head.id) as LoadedStage;
  const { partition } = definition as OperatorDefinition | SinkDefinition;
  const port = head.ports?.[edge.port - 1];
  if (port !== undefined) return (definition as OperatorDefinition).others?.(options)[port]?.partition as Deal;
  return (typeof partition === 'function' ? partition(options) : partition) as Deal;
}

function buildNode(parts: ChainParts, node: PlanNode, behind: (targets: readonly Target[]) => Consumer): Consumer {
  if (node.kind === 'union') return behind(node.targets);
  if (node.kind === 'sink') return buildSink(parts, node);
  return buildOperator(parts, node, behind);
}

function buildOperator(parts: ChainParts, node: PlanNode, behind: (targets: readonly Target[]) => Consumer): Consumer {
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
    ask: (question: unknown) => parts.questions.ask(node.id, question),
    wake: parts.wake,
  };
  const made = new OperatorNode(place, scope, world.clock, errors, counters, output);
  const create = (node.half === 'partial' ? stage.partial : stage.create) as typeof stage.create;
  const operator = created(loaded, () => create.call(stage, options, made.context));
  made.operator = operator;
  parts.owned.add(() => operator.close?.());
  if (node.half !== 'partial') restoreOperator(parts, node, made);
  const id = node.half === 'partial' ? `${node.id}:partial` : node.id;
  parts.nodes.push({ stage: id, counters, operator: made });
  return made;
}

/** Built-in stages that run no code of others are known to name times and sides that are. */
function outputOf({ node, definition, options }: LoadedStage, ...rest: ConstructorParameters<typeof NodeOutput>) {
  const { userCode, sides } = definition as OperatorDefinition;
  if (userCode !== true && !isStagePath(node.stage)) return new NodeOutput(...rest);
  return new StrictOutput(node.id, sides?.(options) ?? [], ...rest);
}

function restoreOperator({ data, subtask, plan }: ChainParts, node: PlanNode, made: OperatorNode): void {
  const state = data.restore?.[node.id];
  if (state === undefined) return;
  const sameParallelism = data.before[node.id] === plan.parallelism;
  const owns = (key: unknown) =>
    plan.parallelism === 1 || subtaskOfGroup(hashKey(key) % KEY_GROUPS, plan.parallelism) === subtask;
  for (const [name, store] of made.keyed) {
    // What every subtask holds is taken from the first.
    const whole = sameParallelism ? subtask : store.replicated ? 0 : undefined;
    restoreKeyed(store, state.keyed[name] ?? [], data.epoch, whole, owns);
  }
  const own = state.operator[subtask];
  if (own !== undefined) made.operator.restore?.(unpack(own));
  made.operator.restored?.();
}

function restoreKeyed(
  store: KeyedStore<unknown>,
  deltas: readonly { epoch: number; subtask: number; bytes: Uint8Array }[],
  epoch: number,
  only: number | undefined,
  owns: (key: unknown) => boolean,
): void {
  const writers = new Map<number, Uint8Array[]>();
  let oldest = epoch;
  for (const { subtask, epoch: written, bytes } of deltas) {
    if (only !== undefined && subtask !== only) continue;
    const list = writers.get(subtask) ?? [];
    list.push(bytes);
    writers.set(subtask, list);
    oldest = Math.min(oldest, written);
  }
  store.restore(writers.values(), epoch, oldest, only === undefined ? owns : () => true);
}

function buildSink(parts: ChainParts, node: PlanNode): Consumer {
  const loaded = parts.stages.get(node.id) as LoadedStage;
  const { options, codec } = loaded;
  const definition = loaded.definition as SinkDefinition;
  const { world, subtask, plan, data, at } = parts;
  const counters = parts.counters(node);
  const errors = parts.errors(node, counters);
  const lateErrors = parts.errors(node, counters, parts.lateScope);
  let made: SinkNode | undefined;
  const context: SinkContext = {
    at,
    subtask,
    parallelism: plan.parallelism,
    disk: world.disk,
    pendingFolder: data.pendingFolder,
    pendingPart: () => new PendingPart(world.disk, parts.pendingPath(node.id)),
    ...(node.fields ? { fields: node.fields } : {}),
    keyNames: node.keyNames,
    updating: node.updating === true,
    eventTime: hasEventTimes(node.id, parts.stages),
    epoch: data.epoch,
    encoder: () => makeEncoder(codec, node),
    terminal: parts.terminal,
    now: () => world.clock.now(),
    after: (ms, task) => parts.owned.after(ms, task),
    deadLetter(row, code, reason) {
      if (made?.writing) errors.deadLetter(row, code, reason);
      else {
        counters.deadLate++;
        try {
          lateErrors.deadLetter(row, code, reason);
        } catch (error) {
          parts.fail(node.id, error);
        }
      }
    },
    fail: (error) => parts.fail(node.id, error),
    log: (level, text) => parts.log(level, node.id, text),
  };
  const writer = created(loaded, () => definition.create(options, context));
  parts.owned.add(() => writer.close?.());
  parts.opening.push(opened(() => writer.open?.()).catch((error) => Promise.reject(located(node.id, error))));
  made = new SinkNode(writer, at, errors, counters, changesOf(definition, options) === 'rows');
  parts.nodes.push({ stage: node.id, counters, sink: made });
  return made;
}

/** An encoder of a sink's codec. */
export function makeEncoder(codec: LoadedStage['codec'], node: { id: string; fields?: readonly string[] }): Encoder {
  const encoder = codec?.definition.encoder?.(codec.options, node.fields ? { fields: node.fields } : {});
  if (encoder === undefined) {
    throw new WeirError('WEIR_CODEC', `${node.id}: its codec cannot write${codec ? '' : ', it has none'}`);
  }
  const { header, encode } = encoder;
  if (header === undefined) return encoder;
  return {
    encode: encode.bind(encoder),
    header(into: Bytes) {
      try {
        header.call(encoder, into);
      } catch (error) {
        throw located(node.id, error);
      }
    },
  };
}
