import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { Progress } from '../window/progress.ts';
import { DueKeys } from './due-keys.ts';
import { type Kept, type Sides, sidesState } from './kept.ts';
import type { Pairing } from './pairing.ts';
import type { JoinKind } from './window-join.ts';

/** Keys that one turn looks after. */
const PORTION = 1000;

type Left = Kept & { found: boolean };

/**
 * Joins records whose event times lie within an interval: `time − before ≤ other time ≤ time + after`. Pairs are given as
 * soon as both are there; what found nothing when the watermark has passed its interval. A record is kept until the watermark
 * says that no other can match it.
 */
export class IntervalJoin implements Operator {
  readonly #before: number;
  readonly #after: number;
  readonly #pairing: Pairing;
  readonly #kind: JoinKind;
  readonly #context: OperatorContext;
  readonly #at: At;
  readonly #state: KeyedState<Sides<boolean>>;
  readonly #due = new DueKeys();
  readonly #watermark: Progress;

  constructor(
    { before, after }: { before: number; after: number },
    pairing: Pairing,
    kind: JoinKind,
    context: OperatorContext,
  ) {
    this.#before = before;
    this.#after = after;
    this.#pairing = pairing;
    this.#kind = kind;
    this.#context = context;
    this.#at = context.at;
    this.#watermark = new Progress(context);
    this.#state = context.keyed('sides', sidesState<boolean>());
  }

  onRecord(row: Row, out: Output): void {
    const at = this.#at;
    const key = this.#pairing.leftKey(row, at);
    if (!this.#inTime(row, at.time + this.#after, out)) return;
    const one: Left = { row, time: at.time, order: at.order, found: false };
    const sides = this.#state.update(0, key);
    const { right } = sides;
    for (let i = firstFrom(right, one.time - this.#before); i < right.length; i++) {
      const other = right[i] as Kept;
      if (other.time > one.time + this.#after) break;
      this.#meet(one, other, key, out);
    }
    insert(sides.left, one);
    this.#due.add(key, one.time + this.#after);
  }

  onOther(_input: string, row: Row, out: Output): void {
    const at = this.#at;
    const key = this.#pairing.rightKey(row, at);
    if (key === undefined) return;
    if (!this.#inTime(row, at.time + this.#before, out)) return;
    const other: Kept = { row, time: at.time, order: at.order };
    const sides = this.#state.update(0, key);
    const { left } = sides;
    for (let i = firstFrom(left, other.time - this.#after); i < left.length; i++) {
      const one = left[i] as Left;
      if (one.time > other.time + this.#before) break;
      this.#meet(one, other, key, out);
    }
    insert(sides.right, other);
    this.#due.add(key, other.time + this.#before);
  }

  /** A record at or before the watermark may have missed some that matched it: it is late as a whole. */
  #inTime(row: Row, lastMatch: number, out: Output): boolean {
    const { time } = this.#at;
    if (!Number.isFinite(time)) {
      this.#context.deadLetter(row, 'WEIR_TIME', `${time} is no event time`);
      return false;
    }
    if (time > this.#watermark.time) return true;
    this.#context.late(row, lastMatch, out);
    return false;
  }

  #meet(one: Left, other: Kept, key: Key, out: Output): void {
    const kind = this.#kind;
    if ((kind === 'semi' || kind === 'anti') && one.found) return;
    if (!this.#pairing.holds(one, other)) return;
    one.found = true;
    if (kind === 'anti') return;
    this.#pairing.emit(out, one, kind === 'semi' ? null : other, Math.max(one.time, other.time), key);
  }

  onWatermark(time: number, out: Output): boolean {
    this.#watermark.advance(time);
    for (let done = 0; done < PORTION; done++) {
      const key = this.#due.take(time);
      if (key === undefined) return false;
      this.#expire(key, time, out);
    }
    return true;
  }

  /** Lets go of what nothing on time can match any more. */
  #expire(key: Key, time: number, out: Output): void {
    const sides = this.#state.update(0, key);
    const kept = sides.left.filter((one) => one.time + this.#after > time);
    for (const one of sides.left) {
      if (one.time + this.#after > time || one.found) continue;
      if (this.#kind === 'left' || this.#kind === 'anti') {
        this.#pairing.emit(out, one, null, one.time + this.#after, key);
      }
    }
    sides.left = kept;
    sides.right = sides.right.filter((other) => other.time + this.#before > time);
    const [left] = sides.left;
    const [right] = sides.right;
    if (left === undefined && right === undefined) {
      this.#state.delete(0, key);
      return;
    }
    this.#schedule(key, left, right);
  }

  #schedule(key: Key, left: Kept | undefined, right: Kept | undefined): void {
    if (left !== undefined) this.#due.add(key, left.time + this.#after);
    if (right !== undefined) this.#due.add(key, right.time + this.#before);
  }

  restored(): void {
    this.#watermark.restored();
    for (const [key, { left, right }] of this.#state.entries(0)) this.#schedule(key, left[0], right[0]);
  }
}

/** The first of a sorted list that is not before `time`. */
function firstFrom(list: readonly Kept[], time: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as Kept).time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** From the end: most records are the latest. */
function insert<T extends Kept>(list: T[], one: T): void {
  let i = list.length;
  while (i > 0 && isBefore(one, list[i - 1] as T)) i--;
  list.splice(i, 0, one);
}

function isBefore(a: Kept, b: Kept): boolean {
  return a.time === b.time ? a.order < b.order : a.time < b.time;
}
