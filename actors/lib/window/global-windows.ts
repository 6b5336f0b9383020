import type { At, Expression, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { Expiry } from '../keys/expiry.ts';
import { Every } from './every.ts';
import { inOrder } from './in-order.ts';
import { LastWatermark } from './last-watermark.ts';

/** Keys that one turn gives. */
const PORTION = 1000;

/** What is kept of the records of a key, and what that gives. */
export interface Gathering<A> {
  create(): A;
  /** Takes a record in. May throw on a record that it cannot take, and leaves all as it was. */
  add(acc: A, row: Row, at: At): void;
  /** The rows of a key, mostly one; a window that has no result gives none. */
  rows(acc: A, key: Key, place: { time: number; order: number }): readonly Row[];
  encode(acc: A): unknown;
  decode(data: unknown): A;
}

/** When the window of a key is given, and what becomes of it. */
export interface Triggers {
  readonly records: number | undefined;
  readonly when: Expression | undefined;
  readonly every: number | undefined;
  readonly keep: boolean;
  readonly ttl: number | undefined;
}

interface Gathered<A> {
  acc: A;
  /** Records that have not been given. */
  fresh: number;
  /** Order of the first of them: by it keys are given that the clock gives. */
  order: number;
  /** Latest event time, and of the records with it the largest order. */
  time: number;
  latest: number;
  /** What was given last, when that may have to be taken back. */
  given: { row: Row; time: number; order: number } | undefined;
  /** It is on the list of keys that have something to give. */
  listed: boolean;
}

/** All records of a key in one window, which triggers give and, unless it is kept, begin anew. */
export class GlobalWindows<A> implements Operator {
  readonly #gathering: Gathering<A>;
  readonly #triggers: Triggers;
  readonly #context: OperatorContext;
  readonly #state: KeyedState<Gathered<A>>;
  readonly #watermark: LastWatermark;
  readonly #expiry: Expiry | undefined;
  /** Keys with records that have not been given. */
  #waiting: [Key, Gathered<A>][] = [];
  #giving: Generator<void> | undefined;
  #ending: Generator<void> | undefined;
  #out!: Output;
  onTick?: (now: number, out: Output) => boolean;

  constructor(gathering: Gathering<A>, triggers: Triggers, context: OperatorContext) {
    this.#gathering = gathering;
    this.#triggers = triggers;
    this.#context = context;
    this.#watermark = new LastWatermark(context);
    this.#state = context.keyed<Gathered<A>>('global', {
      create: () => this.#gathered(gathering.create()),
      encode: ({ acc, fresh, order, time, latest, given }) => {
        return [gathering.encode(acc), fresh, order, time, latest, given && [given.row, given.time, given.order]];
      },
      decode: (data) => {
        const [acc, fresh, order, time, latest, given] = data as [unknown, number, number, number, number, unknown];
        const [row, at, as] = (given ?? []) as [Row?, number?, number?];
        const before = row && { row, time: at as number, order: as as number };
        return { ...this.#gathered(gathering.decode(acc)), fresh, order, time, latest, given: before };
      },
    });
    const { ttl, every } = triggers;
    const seenOf = (key: Key) => {
      const one = this.#state.peek(0, key);
      return one && { time: one.time, order: one.latest };
    };
    if (ttl !== undefined) this.#expiry = new Expiry(ttl, seenOf);
    // Without it the stage does not go by the clock at all.
    if (every === undefined) return;
    const clock = new Every(every);
    this.onTick = (now, out) => (this.#giving !== undefined || clock.isOver(now)) && this.#giveWaiting(out);
  }

  #gathered(acc: A): Gathered<A> {
    const never = Number.NEGATIVE_INFINITY;
    return { acc, fresh: 0, order: 0, time: never, latest: never, given: undefined, listed: false };
  }

  onRecord(row: Row, out: Output): void {
    const { at } = this.#context;
    const { key, time, order } = at;
    const { when, records, ttl } = this.#triggers;
    if (ttl !== undefined && !Number.isFinite(time)) {
      this.#context.deadLetter(row, 'WEIR_TIME', `${time} is no event time`);
      return;
    }
    // Before any change of state: a record that cannot be taken must leave nothing behind.
    const holds = when !== undefined && Boolean(when.evaluate(row, at));
    const known = this.#state.peek(0, key);
    const one = known ?? this.#gathered(this.#gathering.create());
    this.#gathering.add(one.acc, row, at);
    if (known === undefined) this.#state.set(0, key, one);
    else this.#state.update(0, key);
    if (one.fresh++ === 0) one.order = order;
    if (time > one.time || (time === one.time && order > one.latest)) {
      one.time = time;
      one.latest = order;
    }
    this.#expiry?.touch(key, { time, order });
    if (holds || one.fresh === records) this.#give(key, one, one.time, out);
    else this.#list(key, one);
  }

  /** Notes that a key has something to give, when it is the clock that gives it. */
  #list(key: Key, one: Gathered<A>): void {
    if (one.listed || this.#triggers.every === undefined) return;
    one.listed = true;
    this.#waiting.push([key, one]);
  }

  /** Gives a key's window, and begins it anew unless it is kept. */
  #give(key: Key, one: Gathered<A>, time: number, out: Output): void {
    const { latest, given } = one;
    const rows = this.#gathering.rows(one.acc, key, { time, order: latest });
    one.fresh = 0;
    if (this.#triggers.keep) {
      const [row] = rows;
      this.#state.update(0, key);
      if (row === undefined) return;
      if (given !== undefined && this.#context.retractions) out.retract(given.row, given.time, given.order, key);
      // Places grow, so that a later row is the newer one.
      const place = { time: Math.max(time, given?.time ?? time), order: Math.max(latest, given?.order ?? latest) };
      one.given = { row, ...place };
      out.emitAt(row, place.time, place.order, key);
      return;
    }
    this.#state.delete(0, key);
    for (const row of rows) out.emitAt(row, time, latest, key);
  }

  /** Gives what waits, in portions; true when there is more. */
  #giveWaiting(out: Output): boolean {
    this.#out = out;
    this.#giving ??= this.#giveAll(this.#waiting.splice(0));
    if (!this.#giving.next().done) return true;
    this.#giving = undefined;
    return false;
  }

  /** Gives what has not been given, in portions. */
  *#giveAll(waiting: Iterable<[Key, Gathered<A>]>): Generator<void> {
    let work = 0;
    for (const [key, one] of yield* inOrder(waiting, PORTION)) {
      // A record may have come since and have given it.
      if (one.fresh > 0) this.#give(key, one, this.#watermark.after(one.time), this.#out);
      one.listed = false;
      if (++work % PORTION === 0) yield;
    }
  }

  onWatermark(time: number, out: Output): boolean {
    this.#watermark.reach(time);
    if (time !== Number.POSITIVE_INFINITY) {
      return this.#expiry?.advance(time, (key) => this.#expire(key, out)) === true;
    }
    this.#out = out;
    this.#ending ??= this.#end();
    return this.#ending.next().done !== true;
  }

  *#end(): Generator<void> {
    // What was begun by the clock, then what has come since.
    if (this.#giving !== undefined) yield* this.#giving;
    yield* this.#giveAll(this.#state.entries(0));
    this.#state.drop(0);
  }

  #expire(key: Key, out: Output): void {
    const one = this.#state.peek(0, key) as Gathered<A>;
    if (!this.#triggers.keep) {
      this.#give(key, one, this.#watermark.after(one.time), out);
      return;
    }
    const { given } = one;
    one.fresh = 0;
    this.#state.delete(0, key);
    if (given !== undefined) out.retract(given.row, given.time, given.order, key);
  }

  restored(): void {
    this.#watermark.restored();
    for (const [key, one] of this.#state.entries(0)) {
      this.#expiry?.touch(key, { time: one.time, order: one.latest });
      if (one.fresh > 0) this.#list(key, one);
    }
  }
}
