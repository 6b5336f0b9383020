import { WeirError } from '../base/errors.ts';
import type { Expression } from '../expr/expression.ts';
import { parseExpression } from '../expr/expression.ts';
import type { ChainNode } from '../flow/chain-part.ts';
import type { Consumer } from '../flow/consumer.ts';
import { projector } from '../flow/relational-nodes.ts';
import { SourceInput, type SplitPosition } from '../flow/source-input.ts';
import { SourceTimes } from '../flow/source-times.ts';
import type { RowProgram } from '../stage/codec.ts';
import type { OperatorDefinition, SourceDefinition } from '../stage/definition.ts';
import type { Projection } from '../stage/field.ts';
import type { SourceContext, SourceReader, Split } from '../stage/source.ts';
import { alignedWith } from '../topology/aligned-sources.ts';
import { TIME_FIELDS } from '../topology/form.ts';
import type { GraphNode } from '../topology/graph.ts';
import { durationOf } from '../topology/leaf-values.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { PlanNode } from '../topology/plan.ts';
import type { ChainParts } from './build-chain.ts';
import { created, opened } from './created.ts';
import { slotOf } from './protocol.ts';

/** How far ahead of the clock the times may lie that a source knows, where nothing is said of them. */
const AHEAD_MS = durationOf(TIME_FIELDS.ahead.default);

/** A source stage's subtask, built. */
export interface BuiltSource {
  input: SourceInput;
  reader: SourceReader;
  node: ChainNode;
}

/** Builds a source's reader with the stages that were pushed into it, and deals its splits out. */
export function buildSource(parts: ChainParts, node: PlanNode, head: Consumer): BuiltSource {
  const { stages, world, subtask, plan, at } = parts;
  const loaded = stages.get(node.id) as LoadedStage;
  const { definition, options, codec, own, node: graphNode } = loaded;
  const source = definition as SourceDefinition;
  const counters = parts.counters(node);
  const program = programOf(parts, node, graphNode.time?.at);
  const context: SourceContext = {
    subtask,
    parallelism: plan.parallelism,
    disk: world.disk,
    restarted: parts.data.restarted,
    wake: parts.wake,
    decoder(split) {
      const decoder = codec?.definition.decoder?.(codec.options, { program, out: input.decoderOutput(split) });
      if (decoder === undefined) throw new WeirError('WEIR_CODEC', `${node.id}: its codec cannot read`);
      return decoder;
    },
    rowDecoder(out) {
      // Only which fields are read: the rest of the program runs over what the source has made of the record.
      const narrow = program.fields === undefined ? {} : { fields: program.fields };
      const decoder = codec?.definition.decoder?.(codec.options, { program: narrow, out });
      if (decoder === undefined) throw new WeirError('WEIR_CODEC', `${node.id}: its codec cannot read`);
      return decoder;
    },
    fields: program.fields,
    splittable: splittable(codec),
    fail: (error) => parts.fail(node.id, error),
    now: () => world.clock.now(),
    after: (ms, task) => parts.owned.after(ms, task),
    log: (level, text) => parts.log(level, node.id, text),
  };
  const reader = created(loaded, () => source.create(options, context));
  const input: SourceInput = new SourceInput({
    stage: node.id,
    reader,
    intake: {
      filter: program.filter,
      time: program.time,
      select: program.select && projector(program.select),
    },
    time: graphNode.time,
    aheadMs: graphNode.time === undefined ? AHEAD_MS : graphNode.time.aheadMs,
    clockTime: source.clockTime ?? source.codec !== undefined,
    clock: world.clock,
    own: own === true,
    at,
    head,
    errors: parts.errors(node, counters),
    counters,
    shared: sharedTimes(parts, node, graphNode),
    wakeIn: waker(parts),
  });
  parts.owned.add(() => reader.close?.());
  parts.opening.push(opened(node.id, () => input.open(assigned(parts, node))).then(parts.wake));
  return { input, reader, node: { stage: node.id, counters } };
}

/** What the subtasks of a source know of each other, if its event time asks for that. */
function sharedTimes(parts: ChainParts, node: PlanNode, { time }: GraphNode): SourceTimes | undefined {
  if (time?.alignMs === undefined && time?.quietMs === undefined) return undefined;
  const { plan } = parts.data;
  const places = ({ index, chain }: PlanNode) =>
    Array.from({ length: plan.chains[chain]?.parallelism ?? 1 }, (_, subtask) => slotOf(plan, index, subtask));
  const aligned = alignedWith(node.id, parts.stages);
  return new SourceTimes(parts.data.times, {
    own: slotOf(plan, node.index, parts.subtask),
    source: places(node),
    aligned: plan.nodes.filter(({ id }) => aligned.has(id)).flatMap(places),
  });
}

/** Asks for a turn later; one timer at a time. */
function waker({ owned, wake }: ChainParts): (ms: number) => void {
  let waiting = false;
  return (ms) => {
    if (waiting) return;
    waiting = true;
    owned.after(ms, () => {
      waiting = false;
      wake();
    });
  };
}

/** Whether a codec's records can be found from any byte of a file on. */
export function splittable(codec: LoadedStage['codec']): boolean {
  if (codec === undefined) return false;
  const { splittable: it } = codec.definition;
  return typeof it === 'function' ? it(codec.options) : it;
}

/**
 * Splits are dealt out by turns, in the order in which the source named them, or by the source's own rule: then those that it
 * has found while it ran come back with the others.
 */
function assigned({ data, subtask, plan, stages }: ChainParts, node: PlanNode) {
  const positions = data.restore?.[node.id]?.positions ?? {};
  const { definition, options } = stages.get(node.id) as LoadedStage;
  const { subtaskOf } = definition as SourceDefinition;
  const known: Split[] = data.splits[node.id] ?? [];
  const ids = new Set(known.map(({ id }) => id));
  const found = subtaskOf === undefined ? [] : Object.keys(positions).filter((id) => !ids.has(id));
  return [...known, ...found.map((id): Split => ({ id }))]
    .filter(({ id }, i) => (subtaskOf?.(id, plan.parallelism, options) ?? i % plan.parallelism) === subtask)
    .map((split) => {
      const known = positions[split.id] as SplitPosition | undefined;
      return { maxTime: Number.NEGATIVE_INFINITY, ...known, ...split, position: known?.position };
    });
}

/** What the decoder is to do with each record: the filters and the projection that the planner pushed down, and event time. */
function programOf({ stages }: ChainParts, node: PlanNode, at: unknown): RowProgram {
  const filters: Expression[] = [];
  let select: Projection | undefined;
  for (const id of node.pushed ?? []) {
    const { definition, options } = stages.get(id) as LoadedStage;
    const form = (definition as OperatorDefinition).relational?.(options);
    if (form?.kind === 'filter') filters.push(form.filter);
    if (form?.kind === 'project') select = form.select;
  }
  const [first] = filters;
  const filter = filters.length > 1 ? parseExpression(filters.map(({ text }) => `(${text})`).join(' && ')) : first;
  const time = at === undefined ? undefined : expressionOf(at);
  const read = [filter, time, ...(select?.expressions ?? [])].filter((e) => e !== undefined);
  const closure = read.some((e) => e.node === undefined);
  const fields = node.wanted === undefined || closure ? undefined : [...node.wanted, ...read.flatMap((e) => e.fields)];
  return { ...(fields ? { fields: distinct(fields) } : {}), filter, time, select };
}

function expressionOf(at: unknown): Expression {
  if (typeof at === 'string') return parseExpression(at);
  return { text: 'closure', fields: [], evaluate: at as Expression['evaluate'] } as unknown as Expression;
}

function distinct(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(paths.map((path) => [path.join('\n'), path])).values()];
}
