import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { Progress } from '../window/progress.ts';
import { DueKeys } from './due-keys.ts';
import { inTime } from './in-time.ts';
import { type Kept, type Sides, sidesState } from './kept.ts';
import type { Pairing } from './pairing.ts';
import type { JoinKind } from './window-join.ts';

/** Keys that one turn looks after. */
const PORTION = 1000;

/**
 * What a record has found: false for nothing, true when all that hangs on it is done. With `semi` a number until then: the time
 * of its earliest match so far, which may yet be followed by an earlier one.
 */
type Found = boolean | number;
type Left = Kept & { found: Found };

/** Which records of the other stream one reaches: `time − before ≤ other time ≤ time + after`. */
export interface Reach {
  before: number;
  after: number;
  /** Without both ends. */
  open?: boolean;
  /** Of those that it reaches only one has its key, so who has met it is let go. */
  unique?: boolean;
}

/**
 * Joins records whose event times lie within an interval: `time − before ≤ other time ≤ time + after`. Pairs are given as
 * soon as both are there; what found nothing when the watermark has passed its interval. With `semi` a record is given at the
 * time of its earliest match, once the watermark says that none comes before it. A record is kept until the watermark says
 * that no other can match it.
 */
export class IntervalJoin implements Operator {
  readonly #reach: Reach;
  readonly #before: number;
  readonly #after: number;
  readonly #pairing: Pairing;
  readonly #kind: JoinKind;
  readonly #context: OperatorContext;
  readonly #at: At;
  readonly #state: KeyedState<Sides<Found>>;
  readonly #due = new DueKeys();
  readonly #watermark: Progress;

  constructor(reach: Reach, pairing: Pairing, kind: JoinKind, context: OperatorContext) {
    this.#reach = reach;
    this.#before = reach.before;
    this.#after = reach.after;
    this.#pairing = pairing;
    this.#kind = kind;
    this.#context = context;
    this.#at = context.at;
    this.#watermark = new Progress(context);
    this.#state = context.keyed('sides', sidesState<Found>());
  }

  onRecord(row: Row, out: Output): void {
    const at = this.#at;
    const key = this.#pairing.leftKey(row, at);
    if (!inTime(row, at.time + this.#after, this.#context, this.#watermark, out)) return;
    const one: Left = { row, time: at.time, order: at.order, found: false };
    const sides = this.#state.update(0, key);
    const { right } = sides;
    for (let i = firstFrom(right, one.time - this.#before); i < right.length; i++) {
      const other = right[i] as Kept;
      if (other.time > one.time + this.#after) break;
      this.#meet(one, other, key, out);
    }
    if (this.#isDone(one)) return;
    insert(sides.left, one);
    this.#due.add(key, one.time + this.#after);
  }

  onOther(_input: string, row: Row, out: Output): void {
    const at = this.#at;
    const key = this.#pairing.rightKey(row, at);
    if (key === undefined) return;
    if (!inTime(row, at.time + this.#before, this.#context, this.#watermark, out)) return;
    const other: Kept = { row, time: at.time, order: at.order };
    const sides = this.#state.update(0, key);
    const { left } = sides;
    let done = false;
    for (let i = firstFrom(left, other.time - this.#after); i < left.length; i++) {
      const one = left[i] as Left;
      if (one.time > other.time + this.#before) break;
      this.#meet(one, other, key, out);
      done ||= this.#isDone(one);
    }
    if (done) sides.left = left.filter((one) => !this.#isDone(one));
    insert(sides.right, other);
    this.#due.add(key, other.time + this.#before);
  }

  #meet(one: Left, other: Kept, key: Key, out: Output): void {
    const kind = this.#kind;
    const { open, unique } = this.#reach;
    if (one.found === true && (kind === 'semi' || kind === 'anti')) return;
    if (open && (other.time <= one.time - this.#before || other.time >= one.time + this.#after)) return;
    if (!this.#pairing.holds(one, other)) {
      if (unique && one.found === false) one.found = true;
      return;
    }
    const time = Math.max(one.time, other.time);
    if (kind === 'semi' && time > one.time) {
      // One that comes yet may be nearer to it.
      one.found = Math.min(time, one.found === false ? time : (one.found as number));
      this.#due.add(key, one.found);
      return;
    }
    one.found = true;
    if (kind !== 'anti') this.#pairing.emit(out, one, kind === 'semi' ? null : other, time, key);
  }

  /** Nothing that comes can change what is given of it. */
  #isDone({ found }: Left): boolean {
    return found === true && (this.#kind === 'semi' || this.#reach.unique === true);
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
    for (const one of sides.left) {
      if (typeof one.found === 'number' && one.found <= time) {
        this.#pairing.emit(out, one, null, one.found, key);
        one.found = true;
      }
      if (one.time + this.#after > time || one.found) continue;
      if (this.#kind === 'left' || this.#kind === 'anti') {
        this.#pairing.emit(out, one, null, one.time + this.#after, key);
      }
    }
    sides.left = sides.left.filter((one) => one.time + this.#after > time && !this.#isDone(one));
    sides.right = sides.right.filter((other) => other.time + this.#before > time);
    if (sides.left.length === 0 && sides.right.length === 0) this.#state.delete(0, key);
    else this.#schedule(key, sides);
  }

  #schedule(key: Key, { left, right }: Sides<Found>): void {
    if (left[0] !== undefined) this.#due.add(key, left[0].time + this.#after);
    if (right[0] !== undefined) this.#due.add(key, right[0].time + this.#before);
    if (this.#kind !== 'semi') return;
    for (const { found } of left) if (typeof found === 'number') this.#due.add(key, found);
  }

  restored(): void {
    this.#watermark.restored();
    for (const [key, sides] of this.#state.entries(0)) this.#schedule(key, sides);
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
