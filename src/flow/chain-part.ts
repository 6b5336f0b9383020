import type { SealedPart } from '../stage/pending-part.ts';
import { pack } from '../state/pack.ts';
import type { StagePart } from '../state/store.ts';
import type { Counters } from './counters.ts';
import type { DeadLetterWriter } from './dead-letters.ts';
import type { LateJournal } from './late-journal.ts';
import type { OperatorNode } from './operator-node.ts';
import type { SinkNode } from './sink-node.ts';
import type { SourceInput, SplitPosition } from './source-input.ts';

/** A node of a chain by what the chain has to do with it. */
export interface ChainNode {
  stage: string;
  counters: Counters;
  operator?: OperatorNode;
  sink?: SinkNode;
}

/** One subtask's part of a checkpoint. */
export interface ChainPart {
  epoch: number;
  chain: number;
  subtask: number;
  stages: StagePart[];
  /** What sinks prepared, by stage. */
  prepared: Record<string, unknown>;
  deadLetters: SealedPart[];
  /** The last late records of its stages, if there were any. */
  late?: SealedPart;
  /** In, out, late, dead since the start of this run, by stage. */
  counters: Record<string, number[]>;
}

/** What a part is taken of. */
export interface PartOf {
  chain: number;
  subtask: number;
  nodes: readonly ChainNode[];
  source?: { stage: string; input: SourceInput };
  deadLetters: DeadLetterWriter;
  lateLetters: DeadLetterWriter;
  journal: LateJournal;
}

/** What of the state goes into a checkpoint: what has changed, all of it, or, where the run ends with it, nothing. */
export type StateTaken = 'changes' | 'all' | 'nothing';

/** Takes a chain's part of a checkpoint: its state and positions at once, and what has to be made durable as a promise. */
export function takePart(of: PartOf, epoch: number, taken: StateTaken) {
  const { chain, subtask, nodes, source } = of;
  const part: ChainPart = { epoch, chain, subtask, stages: [], prepared: {}, deadLetters: [], counters: {} };
  for (const { stage, operator, counters } of nodes) {
    part.counters[stage] = counters.snapshot();
    if (operator !== undefined) part.stages.push(stagePart(stage, operator, subtask, epoch, taken));
  }
  const positions: Record<string, SplitPosition> = source?.input.positions() ?? {};
  if (source) part.stages.push({ stage: source.stage, subtask, keyed: [], positions });
  const letters = of.deadLetters.seal();
  const late = of.journal.seal(epoch);
  const prepared = nodes.filter(({ sink }) => sink?.writer.prepare !== undefined).map((node) => prepare(node, part));
  return { positions, part: complete(of, part, letters, late, Promise.all(prepared)) };
}

function stagePart(stage: string, node: OperatorNode, subtask: number, epoch: number, taken: StateTaken): StagePart {
  const keyed = [...node.keyed].map(([name, store]) => {
    return { name, ...(taken === 'nothing' ? store.finish(epoch) : store.checkpoint(epoch, taken === 'all')) };
  });
  const state = node.operator.snapshot?.();
  return { stage, subtask, keyed, ...(state === undefined ? {} : { operator: pack(state) }) };
}

async function prepare({ stage, sink, counters }: ChainNode, part: ChainPart): Promise<void> {
  const before = counters.deadLate;
  part.prepared[stage] = await sink?.writer.prepare?.(part.epoch);
  // What was refused while the sink made all before the barrier durable belongs to this checkpoint.
  (part.counters[stage] as number[])[3] =
    ((part.counters[stage] as number[])[3] as number) + counters.deadLate - before;
}

async function complete(
  of: PartOf,
  part: ChainPart,
  letters: Promise<SealedPart | undefined>,
  journal: Promise<SealedPart | undefined>,
  prepared: Promise<unknown>,
): Promise<ChainPart> {
  // Both at once: a failure of the one while the other is awaited would be nobody's.
  const [early, entries] = await Promise.all([letters, journal, prepared]);
  if (entries !== undefined) part.late = entries;
  const late = await of.lateLetters.seal();
  for (const sealed of [early, late]) if (sealed !== undefined) part.deadLetters.push(sealed);
  return part;
}
