import type { ErrorData } from '../base/errors.ts';
import type { ChainPart } from '../flow/chain-part.ts';
import type { StageState } from '../state/store.ts';
import type { Graph } from '../topology/graph.ts';
import type { Plan } from '../topology/plan.ts';
import type { Suspects } from './quarantine.ts';
import type { Answered, Asked } from './questions.ts';

/** A function in a TypeScript topology's options, as it crosses to a host: the host takes it from its own build of the graph. */
export interface ClosureMark {
  $closure: { node: string; path: (string | number)[] };
}

/** What a host gets to start with. */
export interface HostData {
  plan: Plan;
  /** The graph with closures marked. */
  graph: Graph;
  /** Where pending parts lie. */
  pendingFolder: string;
  /** Where the queues of sinks with a buffer lie. */
  bufferFolder: string;
  /** Differs from that of every earlier start, so that no leftover is mistaken for a part of this one. */
  generation: string;
  /** The stages' numbers, see SLOT: one slot per planned node and subtask, by {@link slotOf}. */
  metrics: SharedArrayBuffer;
  /** What the subtasks of sources know of each other's event time; places as of `metrics`. */
  times: SharedArrayBuffer;
  /** What each stage of the graph gets back, by its id. */
  restore: Record<string, StageState> | undefined;
  /** The run has had hosts before these, which fell. */
  restarted: boolean;
  /** Epoch that is restored, 0 at a first start. */
  epoch: number;
  /** Parallelism at that checkpoint, by stage id. */
  before: Record<string, number>;
  /** Some stage comes back with other parallelism: the next checkpoint must hold all state. */
  full: boolean;
  splits: Record<string, { id: string; data?: unknown }[]>;
  /** By stage id. */
  quarantine: Record<string, Suspects>;
}

/** From the engine to a host. */
export type ToHost =
  /** `over`: all input has come to its end, in all chains. */
  | { type: 'barrier'; epoch: number; over: boolean }
  | { type: 'committed'; epoch: number }
  | { type: 'drain' }
  /** Printed text of so many characters has been shown. */
  | { type: 'printed'; bytes: number }
  | { type: 'answers'; answered: Answered }
  | { type: 'stop' };

/** From a host to the engine. */
export type FromHost =
  | { type: 'ready' }
  | { type: 'part'; part: ChainPart }
  | { type: 'ended'; chain: number; subtask: number }
  | { type: 'drained'; chain: number; subtask: number }
  /** Sinks at the end of their input wait for one. */
  | { type: 'checkpoint' }
  | { type: 'print'; text: string }
  | { type: 'ask'; asked: Asked }
  | { type: 'failed'; stage: string; error: ErrorData }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; stage: string; text: string };

/** Where the numbers of a planned node's subtask stand: which slot. */
export function slotOf(plan: Plan, node: number, subtask: number): number {
  let slot = subtask;
  for (let i = 0; i < node; i++) slot += plan.chains[plan.nodes[i]?.chain ?? 0]?.parallelism ?? 0;
  return slot;
}

/** How many slots a plan has. */
export function slotsOf(plan: Plan): number {
  return slotOf(plan, plan.nodes.length, 0);
}
