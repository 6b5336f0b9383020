import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { type Cell, type Closing, cellState, type Fold, mergeCell, newCell } from './fold.ts';
import type { Grid } from './grid.ts';
import { inOrder } from './in-order.ts';
import { inOpenWindow } from './open-window.ts';
import { Progress } from './progress.ts';
import { isPartial, type PartialRow } from './slice-partial.ts';
import { OpenTimes } from './timers.ts';
import { TwoStacks } from './two-stacks.ts';

/** Keys that one turn closes. */
const PORTION = 1000;
/** Slices that one turn looks for. */
const LOOKS = 10_000;
/** Windows of more slices than these are not merged anew each time; for few that is the faster way. */
const FEW = 8;

/**
 * Tumbling and hopping windows over event time. Records are folded into one cell per key and slice; a window that closes
 * merges the cells of its slices; of many slices, those that are new in it ({@link TwoStacks}). The hot path does one look-up
 * of keyed state: the bounds of the slice in hand, and that it is not late, are remembered from the record before.
 */
export class SliceWindows<A> implements Operator {
  readonly #grid: Grid;
  readonly #fold: Fold<A>;
  readonly #lateness: number;
  readonly #context: OperatorContext;
  readonly #at: At;
  readonly #state: KeyedState<Cell<A>>;
  readonly #open = new OpenTimes();
  readonly #stacks: TwoStacks<A> | undefined;
  /** The slice in hand is [from, to). Empty after each watermark, since that may have made it late. */
  #from = 0;
  #to = 0;
  /** Windows that end at or before its time are closed: none closes twice. */
  readonly #closed: Progress;
  #closing: Generator<void> | undefined;
  /** Cells merged or given so far: the measure of a turn's work. */
  #work = 0;
  /** Slices looked for so far. */
  #looked = 0;
  #out!: Output;

  constructor(grid: Grid, fold: Fold<A>, allowedLateness: number, context: OperatorContext) {
    this.#grid = grid;
    this.#fold = fold;
    this.#lateness = allowedLateness;
    this.#context = context;
    this.#at = context.at;
    this.#state = context.keyed('windows', cellState(fold));
    this.#closed = new Progress(context);
    const { size, slice } = grid;
    if (size > FEW * slice) this.#stacks = new TwoStacks(fold, this.#state, this.#open, slice, PORTION);
  }

  onRecord(row: Row, out: Output): void {
    if (isPartial(row)) {
      this.#takePartial(row);
      return;
    }
    const at = this.#at;
    const time = at.time;
    if (!(time >= this.#from && time < this.#to) && !this.#moveTo(time, row, out)) return;
    const cell = this.#state.update(this.#from, at.key);
    this.#fold.add(cell.acc, row, at);
    if (at.order < cell.order) cell.order = at.order;
  }

  /** Makes the slice of a time the one in hand; false when the record is in no window that is still open. */
  #moveTo(time: number, row: Row, out: Output): boolean {
    const slice = this.#grid.sliceOf(time);
    if (!inOpenWindow(row, this.#grid.lastEnd(slice), this.#closed.time, this.#context, out)) return false;
    this.#open.add(slice);
    this.#from = slice;
    this.#to = slice + this.#grid.slice;
    this.#change(slice, this.#at.key);
    return true;
  }

  /** A slice that a window has had already, and a later one will have, gets another record; each goes this way. */
  #change(slice: number, key: Key): void {
    if (this.#stacks === undefined || slice + this.#grid.slice > this.#closed.time) return;
    this.#stacks.changed(key);
    this.#to = this.#from;
  }

  /** What a first half has folded already. It kept late records apart, so this is never late. */
  #takePartial({ $partial: slice, acc, order }: PartialRow): void {
    this.#open.add(slice);
    this.#change(slice, null);
    mergeCell(this.#fold, this.#state.update(slice, null), this.#fold.decode(acc), order);
  }

  onWatermark(time: number, out: Output): boolean {
    this.#out = out;
    this.#closing ??= this.#close(time + 1 - this.#lateness);
    if (!this.#closing.next().done) return true;
    this.#closing = undefined;
    this.#to = this.#from;
    return false;
  }

  /** Closes the windows that end by `until`, earliest first, and frees the slices that no later window has. */
  *#close(until: number): Generator<void> {
    let next = this.#grid.firstEndingAfter(this.#closed.time);
    for (;;) {
      const slice = this.#open.min;
      if (Number.isNaN(slice)) break;
      const start = Math.max(this.#grid.firstEndingAfter(slice), next);
      if (start + this.#grid.size > until) break;
      yield* this.#closeWindow(start);
      next = start + this.#grid.every;
      while (this.#open.min < next) {
        this.#state.drop(this.#open.min);
        this.#open.takeMin();
      }
    }
    this.#closed.advance(until);
  }

  *#closeWindow(start: number): Generator<void> {
    const end = start + this.#grid.size;
    const windows = this;
    const closing: Closing = {
      start,
      end,
      time: end - 1 + this.#lateness,
      get out() {
        return windows.#out;
      },
    };
    const cells =
      this.#stacks === undefined ? yield* this.#cellsOf(start, end) : yield* this.#stacks.window(start, end);
    for (const [key, { acc, order }] of yield* inOrder(cells, PORTION)) {
      // A cell whose only record was refused while it was being added has no order, and gives no row.
      if (order !== Number.POSITIVE_INFINITY) this.#fold.emit(acc, key, order, closing);
      if (++this.#work % PORTION === 0) yield;
    }
    if (++this.#work % PORTION === 0) yield;
  }

  *#cellsOf(start: number, end: number): Generator<void, Iterable<[Key, Cell<A>]>> {
    const step = this.#grid.slice;
    const slices: number[] = [];
    for (let slice = start; slice < end; slice += step) {
      if (this.#open.has(slice)) slices.push(slice);
      // A window that is much longer than its distance to the next has many slices, also where nothing came.
      if (++this.#looked % LOOKS === 0) yield;
    }
    // The cells of an only slice are the window's: nothing to merge.
    return slices.length === 1 ? this.#state.entries(slices[0] as number) : yield* this.#merge(slices);
  }

  *#merge(slices: readonly number[]): Generator<void, Map<Key, Cell<A>>> {
    const merged = new Map<Key, Cell<A>>();
    for (const slice of slices) {
      for (const [key, { acc, order }] of this.#state.entries(slice)) {
        let cell = merged.get(key);
        if (cell === undefined) {
          cell = newCell(this.#fold);
          merged.set(key, cell);
        }
        mergeCell(this.#fold, cell, acc, order);
        if (++this.#work % PORTION === 0) yield;
      }
    }
    return merged;
  }

  restored(): void {
    this.#closed.restored();
    for (const slice of this.#state.namespaces()) this.#open.add(slice);
  }
}
