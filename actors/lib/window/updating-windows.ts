import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { Every } from './every.ts';
import { type Cell, cellState, type Fold, mergeCell, newCell } from './fold.ts';
import type { GivenRows, GivenWindow } from './given-rows.ts';
import type { Ends } from './grid.ts';
import { inOrder } from './in-order.ts';
import { inOpenWindow } from './open-window.ts';
import type { Updating } from './options.ts';
import { Progress } from './progress.ts';
import { OpenTimes } from './timers.ts';

/** Keys that one turn gives. */
const PORTION = 1000;
/** Late changes that may wait, so that no turn gives more rows. */
const LIMIT = 5000;

/** With what is to be given of it; after a restart all is looked at anew, and what has not changed is not given again. */
interface Changing<A> extends Cell<A> {
  /** It is on the list of what the clock gives. */
  changed: boolean;
  /** It is on the list of late changes. */
  late: boolean;
}

type Changes = Map<number, Key[]>;

/**
 * Tumbling, hopping and cumulative windows that give current results before they close, or again when late records have
 * changed them. Records are folded into one cell per key and slice; each time a window gives the row of a key, the cells of its
 * slices are merged anew.
 */
export class UpdatingWindows<A> implements Operator {
  readonly #ends: Ends;
  readonly #fold: Fold<A>;
  readonly #given: GivenRows;
  readonly #lateness: number;
  /** Windows give at their end, and this long again. Else they end this much later. */
  readonly #updates: boolean;
  readonly #every: Every | undefined;
  readonly #records: number | undefined;
  readonly #context: OperatorContext;
  readonly #at: At;
  readonly #state: KeyedState<Changing<A>>;
  readonly #slices = new OpenTimes();
  /** Ends of windows that have not given their result, and, if late records may change that, of all that are kept. */
  readonly #running = new OpenTimes();
  readonly #kept = new OpenTimes();
  /** The slice in hand is [from, to). Empty after each watermark. */
  #from = 0;
  #to = 0;
  #handIsLate = false;
  /** Windows that end at or before its time are gone. */
  readonly #closed: Progress;
  #changes: Changes = new Map();
  #lateChanges: [slice: number, key: Key][] = [];
  #closing: Generator<void> | undefined;
  #giving: Generator<void> | undefined;
  #work = 0;
  #out!: Output;

  constructor(ends: Ends, fold: Fold<A>, given: GivenRows, options: Updating, context: OperatorContext) {
    this.#ends = ends;
    this.#fold = fold;
    this.#given = given;
    this.#lateness = options.allowedLateness;
    this.#updates = options.lateness === 'update';
    this.#every = options.early?.every === undefined ? undefined : new Every(options.early.every);
    this.#records = options.early?.records;
    this.#context = context;
    this.#at = context.at;
    const cells = cellState(fold);
    const changing = (cell: Cell<A>) => ({ ...cell, changed: false, late: false });
    this.#state = context.keyed<Changing<A>>('windows', {
      create: () => changing(cells.create()),
      encode: cells.encode as (cell: Cell<A>) => unknown,
      decode: (data) => changing((cells.decode as (data: unknown) => Cell<A>)(data)),
    });
    this.#closed = new Progress(context);
  }

  /** Windows that end by then have given their result. */
  get #ended(): number {
    return this.#closed.time + (this.#updates ? this.#lateness : 0);
  }

  onRecord(row: Row, out: Output): void {
    const at = this.#at;
    const { time, key, order } = at;
    if (!(time >= this.#from && time < this.#to) && !this.#moveTo(time, row, out)) return;
    const slice = this.#from;
    const cell = this.#state.update(slice, key);
    this.#fold.add(cell.acc, row, at);
    if (order < cell.order) cell.order = order;
    if (this.#every !== undefined) this.#change(slice, key, cell);
    if (this.#handIsLate) this.#changeLate(slice, key, cell);
    if (this.#records === undefined) return;
    for (const end of this.#earlyEnds(slice)) {
      if (this.#given.count(end, key, this.#records)) this.#give(end, key, out);
    }
  }

  #moveTo(time: number, row: Row, out: Output): boolean {
    const slice = this.#ends.sliceOf(time);
    if (!inOpenWindow(row, this.#ends.lastEnd(slice), this.#closed.time, this.#context, out)) return false;
    this.#open(slice);
    this.#from = slice;
    this.#to = slice + this.#ends.slice;
    this.#handIsLate = this.#isLate(slice);
    return true;
  }

  #open(slice: number): void {
    if (this.#slices.has(slice)) return;
    this.#slices.add(slice);
    for (const end of this.#endsOf(slice, this.#closed.time)) {
      if (end > this.#ended) this.#running.add(end);
      if (this.#updates) this.#kept.add(end);
    }
  }

  /** Whether a window that holds a slice has given its result already. */
  #isLate(slice: number): boolean {
    return this.#updates && this.#ends.firstEnd(slice) <= this.#ended;
  }

  /** Ends of the windows that hold a slice, those behind `after`. */
  *#endsOf(slice: number, after: number): Generator<number> {
    const last = this.#ends.lastEnd(slice);
    for (let end = this.#ends.firstEnd(slice); end <= last; end += this.#ends.every) if (end > after) yield end;
  }

  /** Ends of the windows that a slice gives early results of: where they only grow, of the one in hand. */
  *#earlyEnds(slice: number): Generator<number> {
    for (const end of this.#endsOf(slice, this.#ended)) {
      yield end;
      if (this.#ends.growing) return;
    }
  }

  #change(slice: number, key: Key, cell: Changing<A>): void {
    if (cell.changed) return;
    cell.changed = true;
    const keys = this.#changes.get(slice);
    if (keys === undefined) this.#changes.set(slice, [key]);
    else keys.push(key);
  }

  #changeLate(slice: number, key: Key, cell: Changing<A>): void {
    if (cell.late) return;
    cell.late = true;
    this.#lateChanges.push([slice, key]);
  }

  /** Gives the current row of a window's key. */
  #give(end: number, key: Key, out: Output): void {
    const cell = this.#cellOf(end, key);
    if (cell !== undefined) this.#given.give(key, cell, this.#windowOf(end), true, out);
  }

  #windowOf(end: number): GivenWindow {
    const time = end - 1 + (this.#updates ? 0 : this.#lateness);
    return { start: this.#ends.startOf(end), end, time, ended: end <= this.#ended };
  }

  /** What a window has of a key: the cell of its only slice, or the merged ones. */
  #cellOf(end: number, key: Key): Cell<A> | undefined {
    let found: Cell<A> | undefined;
    let merged = false;
    for (let slice = this.#ends.startOf(end); slice < end; slice += this.#ends.slice) {
      const cell = this.#slices.has(slice) ? this.#state.peek(slice, key) : undefined;
      if (cell === undefined) continue;
      if (found !== undefined && !merged) {
        const both = newCell(this.#fold);
        mergeCell(this.#fold, both, found.acc, found.order);
        found = both;
        merged = true;
      }
      if (found === undefined) found = cell;
      else mergeCell(this.#fold, found, cell.acc, cell.order);
    }
    return found;
  }

  onTick(now: number, out: Output): boolean {
    this.#out = out;
    this.#giveLate(out);
    if (this.#giving === undefined) {
      if (this.#every?.isOver(now) !== true) return false;
      const changes = this.#changes;
      this.#changes = new Map();
      this.#giving = this.#giveEarly(changes);
    }
    if (!this.#giving.next().done) return true;
    this.#giving = undefined;
    return false;
  }

  onBatchEnd(out: Output): void {
    if (this.#lateChanges.length >= LIMIT) this.#giveLate(out);
  }

  #giveLate(out: Output): void {
    const changes = this.#lateChanges;
    if (changes.length === 0) return;
    this.#lateChanges = [];
    for (const [slice, key] of changes) {
      const cell = this.#state.peek(slice, key);
      if (cell !== undefined) cell.late = false;
      for (const end of this.#endsOf(slice, this.#closed.time)) if (end <= this.#ended) this.#give(end, key, out);
    }
  }

  *#giveEarly(changes: Changes): Generator<void> {
    const windows = new Map<number, Set<Key>>();
    for (const [slice, keys] of changes) {
      for (const key of keys) {
        const cell = this.#state.peek(slice, key);
        if (cell !== undefined) cell.changed = false;
        for (const end of this.#earlyEnds(slice)) {
          const known = windows.get(end);
          if (known === undefined) windows.set(end, new Set([key]));
          else known.add(key);
        }
        if (++this.#work % PORTION === 0) yield;
      }
    }
    for (const [end, keys] of [...windows].sort(([a], [b]) => a - b)) {
      for (const key of keys) {
        // It may have given its result since.
        if (end <= this.#ended) break;
        this.#give(end, key, this.#out);
        if (++this.#work % PORTION === 0) yield;
      }
    }
  }

  onWatermark(time: number, out: Output): boolean {
    this.#out = out;
    this.#closing ??= this.#close(time + 1);
    if (!this.#closing.next().done) return true;
    this.#closing = undefined;
    this.#to = this.#from;
    return false;
  }

  /** Gives the results of windows that end by `until`, earliest first, and lets go of those that nothing can change any more. */
  *#close(until: number): Generator<void> {
    this.#giveLate(this.#out);
    const gone = until - this.#lateness;
    const over = this.#updates ? until : gone;
    while (this.#running.min <= over) {
      const end = this.#running.min;
      yield* this.#end(end);
      this.#running.takeMin();
      if (!this.#updates) this.#drop(end);
    }
    while (this.#kept.min <= gone) {
      this.#drop(this.#kept.min);
      this.#kept.takeMin();
    }
    this.#closed.advance(gone);
  }

  /** Gives what a window has of each key, unless that has been given. */
  *#end(end: number): Generator<void> {
    const window = { ...this.#windowOf(end), ended: true };
    for (const [key, cell] of yield* inOrder((yield* this.#merge(window)).entries(), PORTION)) {
      this.#given.give(key, cell as Cell<unknown>, window, this.#updates, this.#out);
      if (++this.#work % PORTION === 0) yield;
    }
  }

  *#merge({ start, end }: GivenWindow): Generator<void, Map<Key, Cell<A>>> {
    const merged = new Map<Key, Cell<A>>();
    for (let slice = start; slice < end; slice += this.#ends.slice) {
      if (++this.#work % PORTION === 0) yield;
      if (!this.#slices.has(slice)) continue;
      const only = end - start === this.#ends.slice;
      for (const [key, own] of this.#state.entries(slice)) {
        let cell = only ? own : merged.get(key);
        if (cell === undefined) cell = newCell(this.#fold);
        if (!only) mergeCell(this.#fold, cell, own.acc, own.order);
        merged.set(key, cell);
        if (++this.#work % PORTION === 0) yield;
      }
    }
    return merged;
  }

  /** Forgets a window, and the slices that no later one has. */
  #drop(end: number): void {
    this.#given.drop(end);
    while (this.#ends.lastEnd(this.#slices.min) <= end) {
      this.#state.drop(this.#slices.min);
      this.#changes.delete(this.#slices.min);
      this.#slices.takeMin();
    }
  }

  restored(): void {
    this.#closed.restored();
    for (const slice of this.#state.namespaces()) {
      this.#open(slice);
      const late = this.#isLate(slice);
      for (const [key, cell] of this.#state.entries(slice)) {
        if (this.#every !== undefined) this.#change(slice, key, cell);
        if (late) this.#changeLate(slice, key, cell);
      }
    }
  }
}
