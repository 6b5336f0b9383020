import type { Expression } from '../expr/expression.ts';
import type { Bytes } from './bytes.ts';
import type { Projection } from './field.ts';
import type { Row } from './row.ts';

/**
 * What the plan wants of each record, so that a decoder need not build what is thrown away: a filter over the record as it
 * came in, its event time, and the fields to keep. A codec that does not care decodes the record and calls `accept`.
 */
export interface RowProgram {
  /** Paths that filter, time and projection read; undefined when the whole record is wanted. */
  readonly fields?: readonly (readonly string[])[] | undefined;
  readonly filter?: Expression | undefined;
  readonly time?: Expression | undefined;
  /** Undefined keeps the record as it came. */
  readonly select?: Projection | undefined;
}

/** Where a decoder's records go. */
export interface DecoderOutput {
  /** A record as decoded: the engine runs the program over it. */
  accept(row: Row, order: number): void;
  /** A record that the decoder has already run the whole program over. `time` is NaN without an event time of its own. */
  emit(row: Row, time: number, order: number): void;
  /** Records that the filter left out, for the counters. */
  skipped(count: number): void;
  /** Input that is no record: a dead letter. `input` is the offending bytes. */
  malformed(input: Uint8Array, reason: string, order: number): void;
}

/** Takes bytes apart into records. Holds no bytes between calls: what it did not consume is given again. */
export interface Decoder {
  /** Its records are whole lines, one or several, and only the line behind a record may tell that it is whole. */
  readonly byLines?: boolean;
  /**
   * Decodes whole records from `bytes[start, end)` and says where the first one that is not whole begins. With `last`
   * nothing follows: a trailing record without its delimiter counts. A record's order is `order` + its offset − `start`.
   */
  decode(bytes: Buffer, start: number, end: number, order: number, last: boolean): number;
  /**
   * Takes what stands once at the beginning of a file, such as a CSV header, and says where it ends; −1 while it is not
   * whole. Called before the first `decode` of a file, wherever in it that begins: so a file with a header can be split.
   */
  header?(bytes: Buffer, start: number, end: number, last: boolean): number;
  /**
   * What must come from outside before this message can be decoded, such as its schema; undefined: it can be. Rejects where that
   * cannot be had. For sources of messages that can wait; a decoder that was not asked throws a coded error.
   */
  awaits?(bytes: Buffer, start: number, end: number): Promise<void> | undefined;
}

/** Puts records into bytes. */
export interface Encoder {
  /** Bytes that stand once at the beginning of a file, such as a CSV header. `weir check` tells a coded error that it throws. */
  header?(into: Bytes): void;
  encode(row: Row, into: Bytes): void;
  /** Asks outside for what it needs to encode, such as the number of a schema. For sinks that can wait, before the first record. */
  ready?(): Promise<void>;
}

export interface DecoderContext {
  readonly program: RowProgram;
  readonly out: DecoderOutput;
}

export interface EncoderContext {
  /** The records' fields, exactly and in order, when the plan knows them. */
  readonly fields?: readonly string[] | undefined;
}
