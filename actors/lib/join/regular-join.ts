import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { sameValue } from '../records/same-value.ts';
import { Progress } from '../window/progress.ts';
import { DueKeys } from './due-keys.ts';
import { inTime } from './in-time.ts';
import { type Kept, type Sides, sidesState } from './kept.ts';
import type { Pairing } from './pairing.ts';

/** Keys that one turn frees. */
const PORTION = 1000;

/** A record of this stream, with how many of the other it has found. */
type Left = Kept & { found: number };

export interface RegularOptions {
  kind: 'inner' | 'left' | 'semi';
  /** At most one record of the other stream has a key, so who has met it waits for no other. */
  unique: boolean;
  /** Records that lie so far apart or farther do not match. Not with `semi`. */
  ttl: number | undefined;
}

/**
 * Joins all records of two streams so far. Each is kept for those that are still to come; what is retracted is taken out
 * and its pairs are retracted. O(records of the other side with the same key) per record. Whether one has been let go of already,
 * by `ttl`, must not matter: the event times of two records say alone whether they are a pair.
 */
export class RegularJoin implements Operator {
  readonly #pairing: Pairing;
  readonly #o: RegularOptions;
  readonly #context: OperatorContext;
  readonly #at: At;
  readonly #state: KeyedState<Sides<number>>;
  readonly #due = new DueKeys();
  /** Only with `ttl`. */
  readonly #watermark: Progress | undefined;

  constructor(pairing: Pairing, options: RegularOptions, context: OperatorContext) {
    this.#pairing = pairing;
    this.#o = options;
    this.#context = context;
    this.#at = context.at;
    if (options.ttl !== undefined) this.#watermark = new Progress(context);
    this.#state = context.keyed('sides', sidesState<number>());
  }

  onRecord(row: Row, out: Output): void {
    const at = this.#at;
    const key = this.#pairing.leftKey(row, at);
    if (!this.#inTime(row, out)) return;
    const sides = this.#state.peek(0, key);
    if (at.retract) {
      this.#removeLeft(row, key, sides, out);
      return;
    }
    const one: Left = { row, time: at.time, order: at.order, found: 0 };
    const { kind, unique } = this.#o;
    // It will never match: only with `left` is there something to give, and to take back.
    if (key === null && kind !== 'left') return;
    let met = false;
    for (const other of sides?.right ?? []) {
      if (!this.#reaches(one, other)) continue;
      met = true;
      if (!this.#pairing.holds(one, other)) continue;
      one.found++;
      if (kind !== 'semi') this.#emit(one, other, key, out);
    }
    if (kind === 'semi' && one.found > 0) this.#emit(one, null, key, out);
    if (kind === 'left' && one.found === 0) this.#emit(one, null, key, out);
    if (unique && met) return;
    this.#state.update(0, key).left.push(one);
    this.#schedule(key, one.time);
  }

  onOther(_input: string, row: Row, out: Output): void {
    const at = this.#at;
    const key = this.#pairing.rightKey(row, at);
    if (key === undefined || !this.#inTime(row, out)) return;
    if (at.retract) {
      this.#removeRight(row, key, out);
      return;
    }
    const other: Kept = { row, time: at.time, order: at.order };
    const sides = this.#state.update(0, key);
    const { kind, unique } = this.#o;
    for (const one of sides.left) {
      if (!this.#reaches(one, other) || !this.#pairing.holds(one, other)) continue;
      one.found++;
      if (kind === 'semi') {
        if (one.found === 1) this.#emit(one, null, key, out);
        continue;
      }
      if (kind === 'left' && one.found === 1) this.#retract(one, null, key, out);
      this.#emit(one, other, key, out);
    }
    if (unique) sides.left = sides.left.filter((one) => !this.#reaches(one, other));
    sides.right.push(other);
    this.#schedule(key, other.time);
  }

  #inTime(row: Row, out: Output): boolean {
    if (this.#watermark === undefined) return true;
    return inTime(row, this.#at.time + (this.#o.ttl as number), this.#context, this.#watermark, out);
  }

  #reaches(one: Kept, other: Kept): boolean {
    const { ttl } = this.#o;
    return ttl === undefined || Math.abs(one.time - other.time) < ttl;
  }

  #removeLeft(row: Row, key: Key, sides: Sides<number> | undefined, out: Output): void {
    const i = sides === undefined ? -1 : indexOf(sides.left, row);
    if (sides === undefined || i < 0) {
      // With `unique` it was not kept once it had found its match.
      if (this.#o.unique) this.#retractGone(row, key, sides, out);
      return;
    }
    const [one] = this.#state.update(0, key).left.splice(i, 1) as [Left];
    if (this.#o.kind !== 'inner' && (one.found === 0) === (this.#o.kind === 'left')) this.#retract(one, null, key, out);
    if (this.#o.kind === 'semi') return;
    for (const other of sides.right) {
      if (this.#pairing.holds(one, other)) this.#retract(one, other, key, out);
    }
  }

  #retractGone(row: Row, key: Key, sides: Sides<number> | undefined, out: Output): void {
    const { time, order } = this.#at;
    const one: Left = { row, time, order, found: 0 };
    const other = sides?.right.find((each) => this.#pairing.holds(one, each));
    if (other !== undefined) this.#retract(one, this.#o.kind === 'semi' ? null : other, key, out);
    else if (this.#o.kind === 'left') this.#retract(one, null, key, out);
  }

  #removeRight(row: Row, key: Key, out: Output): void {
    const sides = this.#state.peek(0, key);
    const i = sides === undefined ? -1 : indexOf(sides.right, row);
    if (sides === undefined || i < 0) return;
    this.#state.update(0, key);
    const [other] = sides.right.splice(i, 1) as [Kept];
    const { kind } = this.#o;
    for (const one of sides.left) {
      if (!this.#pairing.holds(one, other)) continue;
      one.found--;
      if (kind !== 'semi') this.#retract(one, other, key, out);
      else if (one.found === 0) this.#retract(one, null, key, out);
      if (kind === 'left' && one.found === 0) this.#emit(one, null, key, out);
    }
  }

  #emit(one: Kept, other: Kept | null, key: Key, out: Output): void {
    this.#pairing.emit(out, one, other, timeOf(one, other), key);
  }

  #retract(one: Kept, other: Kept | null, key: Key, out: Output): void {
    this.#pairing.retract(out, one, other, timeOf(one, other), key);
  }

  #schedule(key: Key, time: number): void {
    if (this.#o.ttl !== undefined) this.#due.add(key, time + this.#o.ttl);
  }

  /** Forgets what is as old as the time to live: results that it has given stay. */
  onWatermark(time: number): boolean {
    const { ttl } = this.#o;
    if (ttl === undefined) return false;
    this.#watermark?.advance(time);
    // Behind the end of the input comes nothing.
    if (time === Number.POSITIVE_INFINITY) this.#state.drop(0);
    for (let done = 0; done < PORTION; done++) {
      const key = this.#due.take(time);
      if (key === undefined) return false;
      this.#expire(key, time - ttl);
    }
    return true;
  }

  #expire(key: Key, until: number): void {
    const sides = this.#state.update(0, key);
    sides.left = sides.left.filter((one) => one.time > until);
    sides.right = sides.right.filter((one) => one.time > until);
    const rest = [...sides.left, ...sides.right];
    if (rest.length === 0) this.#state.delete(0, key);
    else
      this.#schedule(
        key,
        rest.reduce((least, one) => Math.min(least, one.time), Number.POSITIVE_INFINITY),
      );
  }

  restored(): void {
    if (this.#o.ttl === undefined) return;
    this.#watermark?.restored();
    for (const [key, { left, right }] of this.#state.entries(0)) {
      for (const { time } of [...left, ...right]) this.#schedule(key, time);
    }
  }
}

/** A pair is of the time at which it could first be known. */
function timeOf(one: Kept, other: Kept | null): number {
  return other === null ? one.time : Math.max(one.time, other.time);
}

/** The last of the kept records that equals a row; retractions mostly take back what is new. */
function indexOf(list: readonly Kept[], row: Row): number {
  return list.findLastIndex((one) => sameValue(one.row, row));
}
