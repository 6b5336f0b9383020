import { isTime, type Key, noTime, type OperatorContext, type Output, type Row } from '#stage';
import { recordOf } from '../records/record-of.ts';
import { keyFields } from '../window/aggregate-fold.ts';
import { KeyTimers } from './key-timers.ts';
import { type ListState, type MapState, UserStates, type ValueState } from './user-state.ts';

/** What a function of the user's gets: at its creation to declare states, and with every call. One object, overwritten. */
export class ProcessContext {
  readonly args: unknown;
  readonly subtask: number;
  /** Key of the record or timer in hand. */
  key: Key = null;
  /** Event time of the record in hand; in a timer, the event time that its records get. */
  time = Number.NaN;
  order = 0;
  /** What sort of timer is going off. */
  timer: 'event' | 'processing' | undefined;
  readonly #context: OperatorContext;
  readonly #states: UserStates;
  readonly #event: KeyTimers;
  readonly #processing: KeyTimers;
  #out: Output | undefined;

  constructor(context: OperatorContext, args: unknown) {
    this.args = args;
    this.subtask = context.subtask;
    this.#context = context;
    this.#states = new UserStates(context, () => this.key);
    this.#event = new KeyTimers(context, 'event timers');
    this.#processing = new KeyTimers(context, 'processing timers');
  }

  /** Declares a value of each key; only at creation, as the other states. */
  value<T>(name: string, initial: T): ValueState<T> {
    return this.#states.value(name, initial);
  }

  list<T>(name: string): ListState<T> {
    return this.#states.list(name);
  }

  map<T>(name: string): MapState<T> {
    return this.#states.map(name);
  }

  get watermark(): number {
    return this.#context.watermark;
  }

  /** Wall clock, milliseconds. */
  now(): number {
    return this.#context.now();
  }

  /** The key's fields by name. */
  keyFields(): Row {
    return keyFields(this.key, this.#context.keyNames, (key) => this.#context.keyValues(key));
  }

  /** Passes a record on with the event time in hand. */
  emit(row: Row): void {
    this.#emit(row, this.time);
  }

  /** Throws `WEIR_NO_EVENT_TIME`. */
  emitAt(row: Row, time: number): void {
    if (!isTime(time)) throw noTime(time);
    this.#emit(row, time);
  }

  side(name: string, row: Row): void {
    this.#out?.side(name, recordOf(row, 'WEIR_PROCESS_RESULT'));
  }

  /** Sets a timer of this key; setting it again changes nothing. */
  setTimer(time: number): void {
    this.#event.set(time, this.key, this.order);
  }

  deleteTimer(time: number): void {
    this.#event.delete(time, this.key);
  }

  /** The same by the wall clock: it goes off at most about 0.2 s late, after a restart as soon as it can. */
  setProcessingTimer(time: number): void {
    this.#processing.set(time, this.key, this.order);
  }

  deleteProcessingTimer(time: number): void {
    this.#processing.delete(time, this.key);
  }

  /** Clears all states of this key. */
  clear(): void {
    this.#states.clear(this.key);
  }

  log(level: 'info' | 'warn' | 'error', text: string): void {
    this.#context.log(level, text);
  }

  /** @internal The states have been declared. */
  created(): void {
    this.#states.close();
  }

  /** @internal */
  restored(): void {
    this.#event.restored();
    this.#processing.restored();
  }

  /** @internal A record is in hand. */
  take(out: Output): void {
    const { key, time, order } = this.#context.at;
    this.#hold(key, time, order, undefined, out);
  }

  /** @internal */
  forget(key: Key): void {
    this.#states.clear(key);
  }

  /** @internal Lets event timers go off; true when there is more. */
  fireEvent(until: number, out: Output, call: (time: number) => void): boolean {
    return this.#event.fire(until, (time, key, order) => {
      this.#hold(key, time, order, 'event', out);
      call(time);
    });
  }

  /** @internal The same by the clock. Its records must not be late for those who follow. */
  fireProcessing(until: number, out: Output, call: (time: number) => void): boolean {
    return this.#processing.fire(until, (time, key, order) => {
      const { watermark } = this.#context;
      this.#hold(key, Number.isFinite(watermark) ? Math.floor(watermark) + 1 : until, order, 'processing', out);
      call(time);
    });
  }

  #emit(row: Row, time: number): void {
    this.#out?.emitAt(recordOf(row, 'WEIR_PROCESS_RESULT'), time, this.order, this.key);
  }

  #hold(key: Key, time: number, order: number, timer: ProcessContext['timer'], out: Output): void {
    this.key = key;
    this.time = time;
    this.order = order;
    this.timer = timer;
    this.#out = out;
  }
}
