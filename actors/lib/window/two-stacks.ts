import type { Key, KeyedState } from '#stage';
import { type Cell, type Fold, mergeCell, newCell } from './fold.ts';
import type { OpenTimes } from './timers.ts';

/** What is merged of a key's slices: the window is that of the top of `front` and of `back`. */
interface Stacks<A> {
  /** For each slice of a first part that of it and all later ones of that part. The earliest is on top, at the end. */
  front: { slice: number; cell: Cell<A> }[];
  /** The slices of the second part, and what they are together. */
  slices: number[];
  back: Cell<A> | undefined;
}

/**
 * The cells of windows that overlap in many slices, merged step by step: a slice is merged into what is behind it when it comes
 * into the window, and once more when it moves to the front, by key; so each slice's cell is merged a fixed number of times,
 * however many windows it is in. Not part of a snapshot: it is made anew of the slices.
 *
 * Source: the two-stacks algorithm of K. Tangwongsan, M. Hirzel and S. Schneider, Low-Latency Sliding-Window Aggregation in
 * Worst-Case Constant Time, DEBS 2017. It is amortized: a key turns its stacks over once in the length of a window.
 */
export class TwoStacks<A> {
  readonly #fold: Fold<A>;
  readonly #state: KeyedState<Cell<A>>;
  readonly #open: OpenTimes;
  readonly #step: number;
  readonly #portion: number;
  readonly #stacks = new Map<Key, Stacks<A>>();
  /** Keys whose slices have changed since they came into the window. */
  readonly #changed = new Set<Key>();
  /** Slices before this one have come in. */
  #to = Number.NEGATIVE_INFINITY;
  #work = 0;

  /** The slices are those of `state` that are in `open`, `step` long. A turn does about `portion` merges. */
  constructor(fold: Fold<A>, state: KeyedState<Cell<A>>, open: OpenTimes, step: number, portion: number) {
    this.#fold = fold;
    this.#state = state;
    this.#open = open;
    this.#step = step;
    this.#portion = portion;
  }

  /** A slice that has come into a window already has got another record. */
  changed(key: Key): void {
    this.#stacks.delete(key);
    this.#changed.add(key);
  }

  /** What a window has of each key. Windows come in the order of their times. The cells are for reading, until the next one. */
  *window(start: number, end: number): Generator<void, [Key, Cell<A>][]> {
    const begun = Math.max(this.#to, start);
    yield* this.#renew(start, begun);
    for (let slice = begun; slice < end; slice += this.#step) {
      if (++this.#work % this.#portion === 0) yield;
      if (!this.#open.has(slice)) continue;
      for (const [key, cell] of this.#state.entries(slice)) {
        this.#enter(key, slice, cell);
        if (++this.#work % this.#portion === 0) yield;
      }
    }
    this.#to = end;
    const cells: [Key, Cell<A>][] = [];
    for (const [key, stacks] of this.#stacks) {
      const cell = this.#cellOf(key, stacks, start);
      if (cell === undefined) this.#stacks.delete(key);
      else cells.push([key, cell]);
      if (++this.#work % this.#portion === 0) yield;
    }
    return cells;
  }

  /** Makes the stacks of changed keys anew. */
  *#renew(start: number, end: number): Generator<void> {
    for (const key of this.#changed) {
      for (let slice = start; slice < end; slice += this.#step) {
        const cell = this.#open.has(slice) ? this.#state.peek(slice, key) : undefined;
        if (cell !== undefined) this.#enter(key, slice, cell);
        if (++this.#work % this.#portion === 0) yield;
      }
    }
    this.#changed.clear();
  }

  #enter(key: Key, slice: number, cell: Cell<A>): void {
    // A cell whose only record was refused while it was being added has no order.
    if (cell.order === Number.POSITIVE_INFINITY) return;
    let stacks = this.#stacks.get(key);
    if (stacks === undefined) {
      stacks = { front: [], slices: [], back: undefined };
      this.#stacks.set(key, stacks);
    }
    const { back, slices } = stacks;
    if (back === undefined) stacks.back = cell;
    // The cell of an only slice is that of the state, and stays as it is.
    else if (slices.length === 1) stacks.back = this.#both(back, cell);
    else mergeCell(this.#fold, back, cell.acc, cell.order);
    slices.push(slice);
  }

  #both(a: Cell<A>, b: Cell<A>): Cell<A> {
    const both = newCell(this.#fold);
    mergeCell(this.#fold, both, a.acc, a.order);
    mergeCell(this.#fold, both, b.acc, b.order);
    return both;
  }

  #cellOf(key: Key, stacks: Stacks<A>, start: number): Cell<A> | undefined {
    const { front } = stacks;
    while (front.length > 0 && (front.at(-1) as { slice: number }).slice < start) front.pop();
    if (front.length === 0 && (stacks.slices[0] as number) < start) this.#turnOver(key, stacks, start);
    const first = front.at(-1)?.cell;
    if (first === undefined || stacks.back === undefined) return first ?? stacks.back;
    return this.#both(first, stacks.back);
  }

  /** Moves the second part to the front, which is empty. */
  #turnOver(key: Key, stacks: Stacks<A>, start: number): void {
    let cell: Cell<A> | undefined;
    for (const slice of stacks.slices.reverse()) {
      if (slice < start) break;
      const own = this.#state.peek(slice, key) as Cell<A>;
      cell = cell === undefined ? own : this.#both(own, cell);
      stacks.front.push({ slice, cell });
      this.#work++;
    }
    stacks.slices = [];
    stacks.back = undefined;
  }
}
