import type { KeyedState, KeyedStateOptions } from './keyed-state.ts';
import type { At, Key, Row } from './row.ts';

/** Where an operator's records go. Valid during the call it is given to. */
export interface Output {
  /** Passes a record on with the event time, order and key of the record in hand. */
  emit(row: Row): void;
  /** Passes a record on with its own event time, order and key: what a closing window does. */
  emitAt(row: Row, time: number, order: number, key: Key): void;
  /**
   * Takes back a record that was passed on before: equal to it, with the same key. Only operators that declare `updates` do so,
   * and only when {@link OperatorContext.retractions} asks for it or a row goes for good.
   */
  retract(row: Row, time: number, order: number, key: Key): void;
  /** Passes a record to a named side output. Without a consumer it is only counted. */
  side(name: string, row: Row): void;
}

/** What an operator may reach of the engine. */
export interface OperatorContext {
  /** The record in hand; one object, overwritten. */
  readonly at: At;
  readonly subtask: number;
  readonly parallelism: number;
  /** The names of the key fields that reach this operator, empty when the stream has no key. */
  readonly keyNames: readonly string[];
  /** The values of the key's fields, in the order of `keyNames`. */
  keyValues(key: Key): readonly unknown[];
  /** Keyed state of this operator; one call per name, in `create`. Restored before the first record. */
  keyed<T>(name: string, options: KeyedStateOptions<T>): KeyedState<T>;
  /**
   * What follows needs to be told which row an update takes the place of. When false, a new row of a key stands for the
   * update, and only rows that go for good are retracted.
   */
  readonly retractions: boolean;
  /** The stream that it stands in is updating: records may be retractions. Only for operators that take changes. */
  readonly updating: boolean;
  /** One of the other streams that it reads is updating. */
  readonly othersUpdating: boolean;
  /**
   * All records were stamped by the clock when they were read, so their order is that of arrival: there is nothing to wait for.
   * Only for operators that declare `eventTime: 'if-any'`.
   */
  readonly clocked: boolean;
  /** The checkpoint that this run goes on from; 0 at first. */
  readonly epoch: number;
  /** Whether anything reads a side output: what nobody reads need not be made. */
  reads(side: string): boolean;
  /** The watermark that has reached this operator: no record before it will be accepted as on time. */
  readonly watermark: number;
  /** Counts a record that came after its window had closed and sends it to the side output `late`. */
  late(row: Row, windowEnd: number, out: Output): void;
  /** Sends a record to the dead letters with a coded reason. */
  deadLetter(row: unknown, code: string, reason: string): void;
  /** Wall clock, milliseconds; for processing time only. */
  now(): number;
  /** Runs a task later, outside of the chain's turns; gives what cancels it. Only for stages that ask outside. */
  after(ms: number, task: () => void): () => void;
  /**
   * Asks the stage's answerer, which runs on the engine's thread. Question and answer are plain data; what it throws rejects.
   * The questions of one turn travel in one message. What was asked before a restart is not answered behind it.
   */
  ask(question: unknown): Promise<unknown>;
  /** Asks for a turn in which `onWake` is called: an answer has come. */
  wake(): void;
  log(level: 'info' | 'warn' | 'error', text: string): void;
}

/** One instance of an operator: synchronous, runs to completion. What it throws on a record follows the error policy. */
export interface Operator {
  onRecord(row: Row, out: Output): void;
  /** A record of another input: `input` is the option that names its stream. */
  onOther?(input: string, row: Row, out: Output): void;
  /** Another input has come to its end; told again after a restart. True asks to be called again, before any other input. */
  onOtherEnd?(input: string, out: Output): boolean | void;
  /**
   * Event time has reached `time`. True asks to be called again with the same time in a later turn, before any other
   * input: work that grows with the number of keys is done in portions of about 1,000.
   */
  onWatermark?(time: number, out: Output): boolean | void;
  /**
   * The wall clock has gone on, by about 0.1 to 0.2 s each time; `now` is in milliseconds. Not called behind the end of the
   * input. True asks to be called again in a later turn; a barrier may come in between.
   */
  onTick?(now: number, out: Output): boolean | void;
  /** Behind {@link OperatorContext.wake}: passes on what has come. True when it has passed on anything. */
  onWake?(out: Output): boolean;
  /**
   * Records are in it whose answers are yet to come from outside. While that is so no watermark and no barrier passes it, so
   * they are neither late nor part of a snapshot: a stage that asks outside must end each question after some time.
   */
  pending?(): boolean;
  /** It takes no more records for now, until it wakes its chain. What is in hand, up to a batch, still comes. */
  busy?(): boolean;
  /** The batch in hand is done: emit what was held back for this. Never called between a batch and its barrier. */
  onBatchEnd?(out: Output): void;
  /** A barrier is next: pass on everything that is not part of the snapshot. */
  onBarrier?(out: Output): void;
  /** State that has no key, msgpack-able. Keyed state is kept without asking. */
  snapshot?(): unknown;
  restore?(state: unknown): void;
  /** Keyed state has been restored: rebuild what hangs on it. */
  restored?(): void;
  close?(): void;
}
