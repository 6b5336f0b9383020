import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import type { EarlySessions } from './early-sessions.ts';
import type { Fold } from './fold.ts';
import { Progress } from './progress.ts';
import { Timers } from './timers.ts';
import type { WallClock } from './wall-clock.ts';

/** Keys that one turn closes. */
const PORTION = 1000;

export interface Session<A> {
  first: number;
  last: number;
  /** Smallest of its records' orders. */
  order: number;
  acc: A;
  /** What it has given before its close, of early results. */
  early: EarlyResult | undefined;
}

export interface EarlyResult {
  row: Row | undefined;
  time: number;
  order: number;
  /** Records since the count last gave it. */
  count: number;
  /** A row of it has gone for good, so that another one is due. */
  lost: boolean;
}

/** The open sessions of a key, earliest first, more than a gap apart. */
interface Sessions<A> {
  list: Session<A>[];
  /** When the key's timer goes off: at or before its first session closes. One timer counts; others are stale. */
  due: number;
  /** Order of the session that the timer was set for: sessions that close together do so by order. */
  order: number;
}

/**
 * Sessions: records of a key that are no more than a gap apart. O(1) per record, two merge in O(1). Over event time; given a
 * clock, over its time, of which {@link onWatermark} is then told instead.
 */
export class SessionWindows<A> implements Operator {
  readonly #gap: number;
  readonly #fold: Fold<A>;
  readonly #lateness: number;
  readonly #context: OperatorContext;
  readonly #at: At;
  readonly #state: KeyedState<Sessions<A>>;
  readonly #timers = new Timers<{ due: number; order: number; key: Key }>();
  /** What ends at or before its time has been closed. */
  readonly #watermark: Progress;
  readonly #clock: WallClock | undefined;
  readonly #early: EarlySessions<A> | undefined;
  onTick?: (now: number, out: Output) => boolean;

  constructor(
    gap: number,
    fold: Fold<A>,
    allowedLateness: number,
    context: OperatorContext,
    { clock, early }: { clock?: WallClock; early?: EarlySessions<A> } = {},
  ) {
    this.#gap = gap;
    this.#fold = fold;
    this.#lateness = allowedLateness;
    this.#context = context;
    this.#at = context.at;
    this.#clock = clock;
    this.#early = early;
    this.#watermark = clock?.passed ?? new Progress(context);
    this.#state = context.keyed<Sessions<A>>(clock === undefined ? 'sessions' : 'clock-sessions', {
      create: () => ({ list: [], due: Number.POSITIVE_INFINITY, order: 0 }),
      encode: ({ list }) => {
        return list.map(({ first, last, order, acc, early }) => [first, last, order, fold.encode(acc), early ?? null]);
      },
      decode: (data) => ({
        list: (data as [number, number, number, unknown, EarlyResult?][]).map(([first, last, order, acc, early]) => {
          return { first, last, order, acc: fold.decode(acc), early: early ?? undefined };
        }),
        due: Number.POSITIVE_INFINITY,
        order: 0,
      }),
    });
    if (early?.goesByClock) this.onTick = (now, out) => early.tick(now, (key) => this.#changing(key), out);
  }

  /** A key's open sessions, which may be changed. */
  #changing(key: Key): readonly Session<A>[] {
    return this.#state.peek(0, key) === undefined ? [] : this.#state.update(0, key).list;
  }

  /** A session closes when the watermark reaches this: no record can join it any more. */
  #closesAt(last: number): number {
    return last + this.#gap + this.#lateness;
  }

  onRecord(row: Row, out: Output): void {
    const { key, order } = this.#at;
    const time = this.#clock === undefined ? this.#at.time : this.#clock.now();
    if (!Number.isFinite(time)) {
      this.#context.deadLetter(row, 'WEIR_TIME', `${time} is no event time`);
      return;
    }
    const open = this.#state.peek(0, key)?.list;
    let i = open === undefined ? 0 : open.length;
    // From the end: most records belong to the latest session.
    while (open !== undefined && i > 0 && (open[i - 1] as Session<A>).first - this.#gap > time) i--;
    const before = open?.[i - 1];
    if (before === undefined || time > before.last + this.#gap) {
      this.#begin(i, row, time, out);
      return;
    }
    this.#fold.add(before.acc, row, this.#at);
    const { list } = this.#state.update(0, key);
    if (time < before.first) before.first = time;
    if (time > before.last) before.last = time;
    if (order < before.order) before.order = order;
    if (list.length > 1) this.#join(list, i - 1, out);
    if (this.#early === undefined) return;
    const grown = list.find(({ first, last }) => first <= time && time <= last) as Session<A>;
    this.#early.added(key, grown, out);
  }

  /** A session of its own, at place `i` of the key's list. */
  #begin(i: number, row: Row, time: number, out: Output): void {
    const { key, order } = this.#at;
    const closesAt = this.#closesAt(time);
    if (closesAt <= this.#watermark.time) {
      this.#context.late(row, time + this.#gap, out);
      return;
    }
    const session: Session<A> = { first: time, last: time, order, acc: this.#fold.create(), early: undefined };
    // Before any change of state: a record that cannot be taken must leave nothing behind.
    this.#fold.add(session.acc, row, this.#at);
    const sessions = this.#state.update(0, key);
    sessions.list.splice(i, 0, session);
    if (closesAt < sessions.due) this.#schedule(key, sessions, closesAt, order);
    this.#early?.added(key, session, out);
  }

  /** Joins the session at `i` with those that it has come to touch; it has grown at either end. */
  #join(list: Session<A>[], i: number, out: Output): void {
    const touches = (at: number) => {
      const [a, b] = [list[at], list[at + 1]];
      return a !== undefined && b !== undefined && b.first - a.last <= this.#gap;
    };
    for (const at of [i, i - 1]) {
      if (!touches(at)) continue;
      const [a, b] = [list[at] as Session<A>, list[at + 1] as Session<A>];
      this.#fold.merge(a.acc, b.acc);
      a.last = Math.max(a.last, b.last);
      a.order = Math.min(a.order, b.order);
      this.#early?.joined(a, b, out);
      list.splice(at + 1, 1);
    }
  }

  #schedule(key: Key, sessions: Sessions<A>, due: number, order: number): void {
    sessions.due = due;
    sessions.order = order;
    this.#timers.add(due, { due, order, key }, order);
  }

  onWatermark(time: number, out: Output): boolean {
    // The clock goes on when nothing happens, too: that is not worth a change of state.
    const worth = this.#clock === undefined || this.#timers.next <= time || time === Number.POSITIVE_INFINITY;
    if (worth) this.#watermark.advance(time);
    for (let done = 0; this.#timers.next <= time; done++) {
      if (done === PORTION) return true;
      const { due, order, key } = this.#timers.take() as { due: number; order: number; key: Key };
      const sessions = this.#state.peek(0, key);
      if (sessions?.due === due && sessions.order === order) this.#goOff(key, sessions, out);
    }
    return false;
  }

  /** Closes the key's first session, unless it has grown since the timer was set: then the timer is set again. */
  #goOff(key: Key, sessions: Sessions<A>, out: Output): void {
    const { list, due, order } = sessions;
    const [first, second] = list as [Session<A>, Session<A> | undefined];
    const time = this.#closesAt(first.last);
    if (time > due || first.order !== order) {
      this.#schedule(key, sessions, time, first.order);
      return;
    }
    const closing = {
      start: first.first,
      end: first.last + this.#gap,
      time: this.#clock?.watermark.after(time) ?? time,
      out,
    };
    if (this.#early === undefined) this.#fold.emit(first.acc, key, order, closing);
    else this.#early.close(key, first, out);
    if (second === undefined) {
      this.#state.delete(0, key);
      return;
    }
    this.#state.update(0, key).list.shift();
    this.#schedule(key, sessions, this.#closesAt(second.last), second.order);
  }

  restored(): void {
    this.#watermark.restored();
    for (const [key, sessions] of this.#state.entries(0)) {
      const { last, order } = sessions.list[0] as Session<A>;
      this.#early?.restored(key);
      this.#schedule(key, sessions, this.#closesAt(last), order);
    }
  }
}
