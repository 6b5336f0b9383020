import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import type { Grid } from '../window/grid.ts';
import { inOrder } from '../window/in-order.ts';
import { Progress } from '../window/progress.ts';
import { OpenTimes } from '../window/timers.ts';
import { decodeKept, encodeKept, type Kept } from './kept.ts';
import type { Pairing } from './pairing.ts';

/** Pairs that one turn makes. */
const PORTION = 1000;

export type JoinKind = 'inner' | 'left' | 'semi' | 'anti';

interface Cell {
  left: Kept[];
  right: Kept[];
}

/**
 * Joins the records of each window when it closes. The results of a window come in the order of this stream's records, then
 * of the other's, whatever order they came in.
 */
export class WindowJoin implements Operator {
  readonly #grid: Grid;
  readonly #pairing: Pairing;
  readonly #kind: JoinKind;
  readonly #context: OperatorContext;
  readonly #at: At;
  readonly #state: KeyedState<Cell>;
  readonly #open = new OpenTimes();
  readonly #closed: Progress;
  #closing: Generator<void> | undefined;
  #work = 0;
  #out!: Output;

  constructor(grid: Grid, pairing: Pairing, kind: JoinKind, context: OperatorContext) {
    this.#grid = grid;
    this.#pairing = pairing;
    this.#kind = kind;
    this.#context = context;
    this.#at = context.at;
    this.#state = context.keyed<Cell>('windows', {
      create: () => ({ left: [], right: [] }),
      encode: ({ left, right }) => [left.map(encodeKept), right.map(encodeKept)],
      decode: (data) => {
        const [left, right] = data as [unknown[], unknown[]];
        return { left: left.map(decodeKept), right: right.map(decodeKept) };
      },
    });
    this.#closed = new Progress(context);
  }

  onRecord(row: Row, out: Output): void {
    const key = this.#pairing.leftKey(row, this.#at);
    this.#cellOf(row, key, out)?.left.push(this.#kept(row));
  }

  onOther(_input: string, row: Row, out: Output): void {
    const key = this.#pairing.rightKey(row, this.#at);
    if (key !== undefined) this.#cellOf(row, key, out)?.right.push(this.#kept(row));
  }

  #kept(row: Row): Kept {
    return { row, time: this.#at.time, order: this.#at.order };
  }

  #cellOf(row: Row, key: Key, out: Output): Cell | undefined {
    const { time } = this.#at;
    const start = this.#grid.sliceOf(time);
    if (Number.isNaN(start) || !Number.isFinite(time)) {
      this.#context.deadLetter(row, 'WEIR_TIME', `${time} is no event time`);
      return undefined;
    }
    if (start + this.#grid.size <= this.#closed.time) {
      this.#context.late(row, start + this.#grid.size, out);
      return undefined;
    }
    this.#open.add(start);
    return this.#state.update(start, key);
  }

  onWatermark(time: number, out: Output): boolean {
    this.#out = out;
    this.#closing ??= this.#close(time + 1);
    if (!this.#closing.next().done) return true;
    this.#closing = undefined;
    return false;
  }

  *#close(until: number): Generator<void> {
    while (this.#open.min + this.#grid.size <= until) {
      const start = this.#open.min;
      yield* this.#closeWindow(start);
      this.#state.drop(start);
      this.#open.takeMin();
    }
    this.#closed.advance(until);
  }

  *#closeWindow(start: number): Generator<void> {
    const cells = this.#state.entries(start);
    for (const [key, { left, right }] of yield* inOrder(withOrder(cells), PORTION)) {
      left.sort(byOrder);
      right.sort(byOrder);
      for (const one of left) {
        let found = 0;
        for (const other of right) {
          if (++this.#work % PORTION === 0) yield;
          if (!this.#pairing.holds(one, other)) continue;
          found++;
          if (this.#kind === 'semi' || this.#kind === 'anti') break;
          this.#emit(start, one, other, key);
        }
        if (found > 0 ? this.#kind === 'semi' : this.#kind === 'left' || this.#kind === 'anti') {
          this.#emit(start, one, null, key);
        }
        if (++this.#work % PORTION === 0) yield;
      }
    }
  }

  #emit(start: number, { row, ...one }: Kept, other: Kept | null, key: Key): void {
    const end = start + this.#grid.size;
    const left = { ...one, row: Object.assign({}, row, { windowStart: start, windowEnd: end }) };
    this.#pairing.emit(this.#out, left, other, end - 1, key);
  }

  restored(): void {
    this.#closed.restored();
    for (const start of this.#state.namespaces()) this.#open.add(start);
  }
}

function byOrder(a: Kept, b: Kept): number {
  return a.time - b.time || a.order - b.order;
}

/** Keys without a record of this stream give nothing. */
function* withOrder<K>(cells: Iterable<[K, Cell]>): Generator<[K, Cell & { order: number }]> {
  for (const [key, cell] of cells) {
    if (cell.left.length === 0) continue;
    yield [
      key,
      { ...cell, order: cell.left.reduce((least, { order }) => Math.min(least, order), Number.POSITIVE_INFINITY) },
    ];
  }
}
