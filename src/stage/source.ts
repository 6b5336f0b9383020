import type { Disk } from '../world/disk.ts';
import type { Decoder, DecoderOutput } from './codec.ts';
import type { Row } from './row.ts';

/**
 * A part of a source that is read in order and has its own position and watermark: a file's chunks, a partition. Splits
 * are dealt out to subtasks; a job that comes back with other parallelism deals the same splits out anew.
 */
export interface Split {
  readonly id: string;
  /** What the source needs to know of it; msgpack-able. */
  readonly data?: unknown;
}

export interface AssignedSplit extends Split {
  /** Where the last checkpoint left it; undefined at the first start. */
  readonly position: unknown;
}

/** Where a source's records go. */
export interface SourceOutput {
  /**
   * A record. `order` grows within its split and is the same in every run. `time` is its event time when the stream names
   * none: the time that the source knows best, else now.
   */
  emit(split: string, row: Row, order: number, time: number): void;
  /** Input that is no record: a dead letter. */
  malformed(split: string, input: Uint8Array | string, reason: string, order: number): void;
  /** A split that has come to its end: it no longer holds the watermark. */
  endSplit(split: string): void;
  /** A split that is read from now on, found while the source runs: it holds the watermark until it has records or is idle. */
  beginSplit(split: string): void;
  /** A split that somebody else reads from now on: it no longer holds the watermark. It may come back. */
  dropSplit(split: string): void;
}

export interface SourceContext {
  readonly subtask: number;
  readonly parallelism: number;
  readonly disk: Disk;
  /** This run has read of the source before and fell: what it took then does not come again by itself. */
  readonly restarted: boolean;
  /** Says that `poll` has something to do again after it answered 'wait'. May be called at any time. */
  wake(): void;
  /** A decoder of the stream's codec for one split. Only for sources that declare `codec: true`. */
  decoder(split: string, output: SourceOutput): Decoder;
  /**
   * A decoder of the stream's codec whose records the source takes itself, to add to them before it emits them. Filter, event
   * time and projection of the plan run when it emits. Only for sources that declare `codec`.
   */
  rowDecoder(output: DecoderOutput): Decoder;
  /** Paths of all fields that anything reads of its records, for sources that can leave out others; undefined: all are wanted. */
  readonly fields?: readonly (readonly string[])[] | undefined;
  /** Whether the codec's records can be found from any byte on (a record never spans its delimiter). */
  readonly splittable: boolean;
  /** Ends the topology with this error: a source that cannot go on. */
  fail(error: unknown): void;
  now(): number;
  after(ms: number, task: () => void): () => void;
  log(level: 'info' | 'warn' | 'error', text: string): void;
}

/** One subtask of a source. `poll` never blocks and never awaits; I/O goes on between polls and calls `wake`. */
export interface SourceReader {
  open(splits: readonly AssignedSplit[]): void | Promise<void>;
  /**
   * Emits what is at hand, about a thousand records or a millisecond's work at most. 'more': poll again; 'wait': nothing
   * at hand until `wake`; 'end': all splits are at their end.
   */
  poll(out: SourceOutput): 'more' | 'wait' | 'end';
  /**
   * Read no more of these splits, and again of all others, until told anew: they are too far ahead of the rest. 'wait' when
   * the others have nothing at hand. Without it a subtask stands still only when all that it reads of is too far ahead.
   */
  hold?(splits: ReadonlySet<string>): void;
  /** Position of every split behind the last record emitted. Reading on from it gives the same records. */
  positions(): Record<string, unknown>;
  /** A checkpoint that holds these positions is durable: acknowledge to the other side what lies before them. */
  committed?(positions: Record<string, unknown>): void;
  /** Take in no more from outside; 'end' once what was taken in has been emitted. Not for replayable sources. */
  drain?(): void;
  /** Gives back all that it holds, at the end and before every restart, also when `open` failed: its thread lives on. */
  close?(): void | Promise<void>;
}
