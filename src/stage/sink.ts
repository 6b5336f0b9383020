import type { Disk } from '../world/disk.ts';
import type { Encoder } from './codec.ts';
import type { PendingPart } from './pending-part.ts';
import type { At, Row } from './row.ts';

/** The terminal that the topology was started from. Text of several sinks arrives in whole pieces. */
export interface Terminal {
  write(text: string): void;
  /** A promise while it cannot take more. */
  busy(): Promise<void> | undefined;
}

export interface SinkContext {
  /** The topology's name and the stage's id: unique, and the same in every run. */
  readonly name: string;
  readonly terminal: Terminal;
  readonly at: At;
  readonly subtask: number;
  readonly parallelism: number;
  readonly disk: Disk;
  /** Where pending parts lie: a folder of this run's state. */
  readonly pendingFolder: string;
  /** A new pending part of this subtask, see {@link PendingPart}. */
  pendingPart(): PendingPart;
  /** The records' fields, exactly and in order, when the plan knows them. */
  readonly fields?: readonly string[] | undefined;
  /** The names of the key fields that reach this sink. */
  readonly keyNames: readonly string[];
  /**
   * The stream is updating: a row takes the place of the one before with its key, whatever their times, and `at.retract` takes it
   * away. Only for sinks that take upserts.
   */
  readonly updating: boolean;
  /**
   * With `updating`: the rows of one key may come from several subtasks, so what takes a row's place may come before that row
   * is taken back. Then every row that goes is taken back itself, by its values, and only at a barrier are the changes of a key
   * complete: what is left of them counts. Else they come in their order, and what is replaced need not be taken back.
   */
  readonly scattered: boolean;
  /**
   * The records' times come of the records, and so are the same in every run. Else some are of the wall clock, when they were
   * read: another one after a restart.
   */
  readonly eventTime: boolean;
  /** The checkpoint that this run goes on from; 0 at first. */
  readonly epoch: number;
  /** An encoder of the sink's codec. Only for sinks that declare `codec`. */
  encoder(): Encoder;
  now(): number;
  after(ms: number, task: () => void): () => void;
  /** Asks for a checkpoint before its time. One that is under way, to its commits' end, comes first. */
  checkpoint(): void;
  deadLetter(row: unknown, code: string, reason: string): void;
  /** Ends the topology's run with this error: the supervisor restarts it from the last checkpoint. */
  fail(error: unknown): void;
  log(level: 'info' | 'warn' | 'error', text: string): void;
}

/** One subtask of a sink. `write` is synchronous, into buffers; I/O goes on behind. */
export interface SinkWriter {
  open?(): void | Promise<void>;
  write(row: Row, at: At): void;
  /** A promise while the writer cannot take more: the chain, and so the source, waits. */
  busy?(): Promise<void> | undefined;
  /**
   * The barrier of a checkpoint is here. Makes durable all that was written before it and resolves with what `commit` needs
   * (msgpack-able, becomes part of the checkpoint). Writes after the call belong to the next checkpoint.
   */
  prepare?(epoch: number): Promise<unknown>;
  /**
   * A checkpoint has begun, and its barrier is on its way behind what comes before it: a writer that is busy until a checkpoint takes
   * away what it holds must take this now.
   */
  barrierAhead?(): void;
  /** The checkpoint `epoch` is durable. */
  committed?(epoch: number): void;
  /** The run is asked to stop: what is on its way is the last. */
  stopping?(): void;
  /** All records have come. Resolves when a run whose input has ended need not wait for this sink any more. */
  drained?(): Promise<void>;
  close?(): void | Promise<void>;
}

/** Makes prepared parts visible. One per sink stage, beside the checkpoint's coordinator. */
export interface Committer {
  /**
   * Checkpoint `epoch` is durable: make its parts visible. `base` is what the commit before returned (undefined at first);
   * the result is kept with the next checkpoint. Called again with the same arguments after a crash: must give the same.
   */
  commit(epoch: number, parts: readonly unknown[], base: unknown): Promise<unknown>;
  /** The input has ended and the last commit is done. */
  finish?(base: unknown): Promise<void>;
  /** Whoever stops the run has waited long enough: what waits for a system that does not answer rejects, now and from here on. */
  abandon?(): void;
  close?(): Promise<void>;
}

export interface CommitterContext {
  readonly disk: Disk;
  readonly keyNames: readonly string[];
  readonly fields?: readonly string[] | undefined;
  encoder(): Encoder;
  log(level: 'info' | 'warn' | 'error', text: string): void;
}
