import type { At, Operator, OperatorContext, Output, Row } from '#stage';
import { type Cell, type Fold, newCell } from './fold.ts';
import type { Grid } from './grid.ts';

/** Slices that are held at most before all are passed on. */
const LIMIT = 10_000;

/**
 * What a first half passes on in place of the records of one slice. Names that begin with `$` are Weir's own, so no field
 * of a record is mistaken for it.
 */
export interface PartialRow extends Row {
  /** Where the slice begins. */
  $partial: number;
  acc: unknown;
  order: number;
}

export function isPartial(row: Row): row is PartialRow {
  return row.$partial !== undefined;
}

/**
 * The first half of windows without a key: folds the records of one subtask before they cross to the single one that closes
 * the windows. Holds nothing across a barrier. Records behind its own watermark are passed on as they are: whether they
 * are late is for the second half to say, whose watermark may be behind, and it needs the record itself for that.
 */
export class SlicePartial<A> implements Operator {
  readonly #grid: Grid;
  readonly #fold: Fold<A>;
  readonly #at: At;
  readonly #cells = new Map<number, Cell<A>>();
  #watermark = Number.NEGATIVE_INFINITY;
  #from = 0;
  #to = 0;
  #cell: Cell<A>;

  constructor(grid: Grid, fold: Fold<A>, context: OperatorContext) {
    this.#grid = grid;
    this.#fold = fold;
    this.#at = context.at;
    this.#cell = newCell(fold);
  }

  onRecord(row: Row, out: Output): void {
    const at = this.#at;
    const time = at.time;
    if (!(time >= this.#from && time < this.#to) && !this.#moveTo(time, out)) {
      out.emit(row);
      return;
    }
    const cell = this.#cell;
    this.#fold.add(cell.acc, row, at);
    if (at.order < cell.order) cell.order = at.order;
  }

  #moveTo(time: number, out: Output): boolean {
    const slice = this.#grid.sliceOf(time);
    // Without a window, behind the watermark, or no time at all: not for this half.
    if (!(this.#grid.lastEnd(slice) > slice) || slice + this.#grid.slice - 1 <= this.#watermark) return false;
    let cell = this.#cells.get(slice);
    if (cell === undefined) {
      if (this.#cells.size >= LIMIT) this.#pass(Number.POSITIVE_INFINITY, out);
      cell = newCell(this.#fold);
      this.#cells.set(slice, cell);
    }
    this.#cell = cell;
    this.#from = slice;
    this.#to = slice + this.#grid.slice;
    return true;
  }

  /** Passes on the slices that end by `until`. */
  #pass(until: number, out: Output): void {
    for (const [slice, { acc, order }] of this.#cells) {
      const end = slice + this.#grid.slice;
      if (end > until) continue;
      this.#cells.delete(slice);
      if (order === Number.POSITIVE_INFINITY) continue;
      const row: PartialRow = { $partial: slice, acc: this.#fold.encode(acc), order };
      out.emitAt(row, end - 1, order, null);
    }
    this.#to = this.#from;
  }

  onWatermark(time: number, out: Output): void {
    this.#watermark = time;
    this.#pass(time + 1, out);
  }

  onBarrier(out: Output): void {
    this.#pass(Number.POSITIVE_INFINITY, out);
  }
}
