import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { type Cell, cellState, type Fold, mergeCell, newCell } from './fold.ts';
import type { Grid } from './grid.ts';
import { inOrder } from './in-order.ts';
import { isPartial, type PartialRow } from './slice-partial.ts';
import { OpenTimes } from './timers.ts';
import { WallClock } from './wall-clock.ts';

/** Keys that one turn closes. */
const PORTION = 1000;

/** Tumbling windows by the wall clock: a record belongs to the window in which it is met. */
export class ClockWindows<A> implements Operator {
  readonly #grid: Grid;
  readonly #fold: Fold<A>;
  readonly #at: At;
  readonly #clock: WallClock;
  readonly #state: KeyedState<Cell<A>>;
  readonly #open = new OpenTimes();
  /** The window in hand is [from, to). */
  #from = 0;
  #to = 0;
  /** Windows that end by then are to be closed. */
  #until = Number.NEGATIVE_INFINITY;
  #closing: Generator<void> | undefined;
  #work = 0;
  #out!: Output;

  constructor(grid: Grid, fold: Fold<A>, context: OperatorContext) {
    this.#grid = grid;
    this.#fold = fold;
    this.#at = context.at;
    this.#clock = new WallClock(context);
    this.#state = context.keyed('clock-windows', cellState(fold));
  }

  onRecord(row: Row): void {
    const now = this.#clock.now();
    if (!(now >= this.#from && now < this.#to)) this.#moveTo(now);
    const at = this.#at;
    const cell = this.#state.update(this.#from, at.key);
    if (isPartial(row)) {
      mergeCell(this.#fold, cell, this.#fold.decode(row.acc), row.order);
      return;
    }
    this.#fold.add(cell.acc, row, at);
    if (at.order < cell.order) cell.order = at.order;
  }

  #moveTo(now: number): void {
    this.#from = this.#grid.sliceOf(now);
    this.#to = this.#from + this.#grid.size;
    this.#open.add(this.#from);
  }

  onTick(now: number, out: Output): boolean {
    this.#out = out;
    this.#until = now;
    // Before any row is given: a barrier may come between two portions, and no record may come to what has been given.
    if (now === Number.POSITIVE_INFINITY) this.#clock.passed.advance(now);
    else if (!(this.#open.min + this.#grid.size <= now)) return false;
    else this.#clock.passed.advance(this.#grid.floor(now) - 1);
    this.#closing ??= this.#close();
    if (!this.#closing.next().done) return true;
    this.#closing = undefined;
    return false;
  }

  onWatermark(time: number, out: Output): boolean {
    this.#clock.watermark.reach(time);
    return time === Number.POSITIVE_INFINITY && this.onTick(time, out);
  }

  *#close(): Generator<void> {
    while (this.#open.min + this.#grid.size <= this.#until) {
      const start = this.#open.min;
      const end = start + this.#grid.size;
      for (const [key, { acc, order }] of yield* inOrder(this.#state.entries(start), PORTION)) {
        // One by one, for the sake of barriers in between: what has been given must not come again.
        this.#state.delete(start, key);
        const closing = { start, end, time: this.#clock.watermark.after(end - 1), out: this.#out };
        // A cell whose only record was refused has no order, and gives no row.
        if (order !== Number.POSITIVE_INFINITY) this.#fold.emit(acc, key, order, closing);
        if (++this.#work % PORTION === 0) yield;
      }
      this.#open.takeMin();
    }
  }

  restored(): void {
    this.#clock.restored();
    for (const start of this.#state.namespaces()) this.#open.add(start);
  }
}

/** The first half of such windows without a key: folds each batch, and leaves it to the second half in which window that falls. */
export class ClockPartial<A> implements Operator {
  readonly #fold: Fold<A>;
  readonly #at: At;
  #cell: Cell<A>;
  #time = 0;

  constructor(fold: Fold<A>, context: OperatorContext) {
    this.#fold = fold;
    this.#at = context.at;
    this.#cell = newCell(fold);
  }

  onRecord(row: Row): void {
    const { time, order } = this.#at;
    this.#fold.add(this.#cell.acc, row, this.#at);
    this.#time = time;
    if (order < this.#cell.order) this.#cell.order = order;
  }

  onBatchEnd(out: Output): void {
    const { acc, order } = this.#cell;
    if (order === Number.POSITIVE_INFINITY) return;
    this.#cell = newCell(this.#fold);
    const row: PartialRow = { $partial: 0, acc: this.#fold.encode(acc), order };
    out.emitAt(row, this.#time, order, null as Key);
  }

  onBarrier(out: Output): void {
    this.onBatchEnd(out);
  }

  onWatermark(_: number, out: Output): void {
    this.onBatchEnd(out);
  }
}
