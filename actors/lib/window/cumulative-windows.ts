import type { At, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { type Cell, cellState, type Fold, mergeCell } from './fold.ts';
import { inOrder } from './in-order.ts';
import { inOpenWindow } from './open-window.ts';
import { Progress } from './progress.ts';
import { isPartial, type PartialRow } from './slice-partial.ts';
import type { Steps } from './steps.ts';
import { OpenTimes } from './timers.ts';

/** Keys that one turn merges or gives. */
const PORTION = 1000;
/** Steps that one turn looks for. */
const LOOKS = 10_000;

/**
 * Windows that grow by steps, over event time. Records of a step that goes on are folded into a cell per key and step; at its
 * end that is merged into the cell of the period, once, and what comes for it later goes there at once.
 */
export class CumulativeWindows<A> implements Operator {
  readonly #steps: Steps;
  readonly #fold: Fold<A>;
  readonly #lateness: number;
  readonly #context: OperatorContext;
  readonly #at: At;
  /** By the begin of the step. */
  readonly #running: KeyedState<Cell<A>>;
  /** By the begin of the period: all of its steps that have ended. */
  readonly #ended: KeyedState<Cell<A>>;
  readonly #periods = new OpenTimes();
  /** The step in hand is [from, to), and its cells are `cells` of `namespace`. Empty after each watermark. */
  #from = 0;
  #to = 0;
  #cells: KeyedState<Cell<A>>;
  #namespace = 0;
  /** Windows that end at or before its time have been given. */
  readonly #closed: Progress;
  #closing: Generator<void> | undefined;
  #work = 0;
  #looked = 0;
  #out!: Output;

  constructor(steps: Steps, fold: Fold<A>, allowedLateness: number, context: OperatorContext) {
    this.#steps = steps;
    this.#fold = fold;
    this.#lateness = allowedLateness;
    this.#context = context;
    this.#at = context.at;
    this.#running = context.keyed('steps', cellState(fold));
    this.#ended = context.keyed('periods', cellState(fold));
    this.#cells = this.#running;
    this.#closed = new Progress(context);
  }

  onRecord(row: Row, out: Output): void {
    if (isPartial(row)) {
      this.#takePartial(row);
      return;
    }
    const at = this.#at;
    const time = at.time;
    if (!(time >= this.#from && time < this.#to) && !this.#moveTo(time, row, out)) return;
    const cell = this.#cells.update(this.#namespace, at.key);
    this.#fold.add(cell.acc, row, at);
    if (at.order < cell.order) cell.order = at.order;
  }

  #moveTo(time: number, row: Row, out: Output): boolean {
    const end = this.#steps.periodOf(time) + this.#steps.size;
    if (!inOpenWindow(row, end, this.#closed.time, this.#context, out)) return false;
    this.#take(this.#steps.grid.sliceOf(time));
    return true;
  }

  /** Makes a step the one in hand. */
  #take(step: number): void {
    const period = this.#steps.periodOf(step);
    this.#periods.add(period);
    this.#from = step;
    this.#to = step + this.#steps.every;
    const over = this.#to <= this.#closed.time;
    this.#cells = over ? this.#ended : this.#running;
    this.#namespace = over ? period : step;
  }

  #takePartial({ $partial: step, acc, order }: PartialRow): void {
    this.#take(step);
    mergeCell(this.#fold, this.#cells.update(this.#namespace, null), this.#fold.decode(acc), order);
  }

  onWatermark(time: number, out: Output): boolean {
    this.#out = out;
    this.#closing ??= this.#close(time + 1 - this.#lateness);
    if (!this.#closing.next().done) return true;
    this.#closing = undefined;
    this.#to = this.#from;
    return false;
  }

  /** Ends the steps that end by `until`, earliest first. */
  *#close(until: number): Generator<void> {
    const { size, every } = this.#steps;
    while (this.#periods.min < until) {
      const period = this.#periods.min;
      const last = period + size;
      const begun = this.#steps.grid.floor(this.#closed.time);
      for (let end = Math.max(period, begun) + every; end <= Math.min(last, until); end += every) {
        yield* this.#endStep(period, end);
        // A day by seconds has many steps, also when its only record is of the evening.
        if (++this.#looked % LOOKS === 0) yield;
      }
      if (last > until) break;
      this.#ended.drop(period);
      this.#periods.takeMin();
    }
    this.#closed.advance(until);
  }

  *#endStep(period: number, end: number): Generator<void> {
    const step = end - this.#steps.every;
    for (const [key, { acc, order }] of this.#running.entries(step)) {
      // A cell whose only record was refused while it was being added has no order.
      if (order !== Number.POSITIVE_INFINITY) mergeCell(this.#fold, this.#ended.update(period, key), acc, order);
      if (++this.#work % PORTION === 0) yield;
    }
    this.#running.drop(step);
    for (const [key, { acc, order }] of yield* inOrder(this.#ended.entries(period), PORTION)) {
      const closing = { start: period, end, time: end - 1 + this.#lateness, out: this.#out };
      if (order !== Number.POSITIVE_INFINITY) this.#fold.emit(acc, key, order, closing);
      if (++this.#work % PORTION === 0) yield;
    }
  }

  restored(): void {
    this.#closed.restored();
    for (const period of this.#ended.namespaces()) this.#periods.add(period);
    for (const step of this.#running.namespaces()) this.#periods.add(this.#steps.periodOf(step));
  }
}
