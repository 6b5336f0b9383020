// What a run tells those who have started it. It stands in this layer, so that `topology.run` is typed in full.
import type { Given } from './parameters.ts';

/** What a run counts. Records that a restart read again count once. */
export interface Counts {
  recordsIn: number;
  recordsOut: number;
  late: number;
  deadLetters: number;
}

/** How a run ended. */
export interface Summary extends Counts {
  durationMs: number;
  restarts: number;
  checkpoints: number;
  /** The input came to its end; else the run was stopped and can go on. */
  finished: boolean;
}

/** A checkpoint that is done. */
export interface CheckpointInfo {
  epoch: number;
  /** From the barrier's start to the last commit. */
  durationMs: number;
  bytes: number;
}

/** What happens while a topology runs, for logs and displays. */
export type EngineEvent =
  | { type: 'started'; epoch: number; resumed: boolean }
  | { type: 'checkpoint'; info: CheckpointInfo }
  | { type: 'restart'; count: number; reason: string; inMs: number }
  | { type: 'quarantine'; stage: string; order: number }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; stage: string; text: string };

/** A stage's numbers over all its subtasks. Counts are since the hosts were last started. */
export interface StageMetrics {
  stage: string;
  kind: string;
  parallelism: number;
  in: number;
  out: number;
  late: number;
  deadLetters: number;
  /** Of the fullest input queue, 0 to 1. */
  fill: number;
  /** The least watermark of its subtasks, ms; −∞ before the first, ∞ at the end. */
  watermark: number;
  /** In how many of its subtasks splits wait until others have come nearer in event time. */
  held: number;
  /** What waits in the buffer of a sink that has one. */
  buffered?: Buffered;
}

/** What waits in a sink's buffer, over all its subtasks. */
export interface Buffered {
  records: number;
  bytes: number;
  /** When the oldest of the records that are being sent came, ms since the epoch; undefined when none are. */
  since?: number;
  /** Records dropped since the hosts were last started: too many, or too old. */
  dropped: number;
}

/** How a topology is run from TypeScript. */
export interface RunOptions extends Pick<Given, 'set' | 'env'> {
  /** How many worker threads, or 0 for the calling thread; without it what the topology says, else the machine. */
  threads?: number;
  /** A folder for its checkpoints. Default `data/NAME`. */
  state?: string;
  /** Forget the state of earlier runs. */
  fresh?: boolean;
  onEvent?: (event: EngineEvent) => void;
  /** Takes what sinks print; default standard output. */
  print?: (text: string, shown: () => void) => void;
}

/** A topology that runs. */
export interface Running {
  /** Resolves when the input has ended or the topology was stopped; rejects when it failed. */
  readonly finished: Promise<Summary>;
  /** Takes a last checkpoint and ends; a later run goes on from there. */
  stop(): Promise<Summary>;
  /** Takes a checkpoint now. */
  checkpoint(): Promise<void>;
  metrics(): StageMetrics[];
}
