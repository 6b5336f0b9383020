import type { Key, OperatorContext, Output, Row } from '#stage';
import type { RowMaker } from './aggregate-fold.ts';
import { Every } from './every.ts';
import { isSame, keyOfRow } from './given-rows.ts';
import type { EarlyResult, Session } from './sessions.ts';

/** Keys that one turn gives. */
const PORTION = 1000;

/** When open sessions give what they have so far, and how their rows are told apart. */
export interface EarlyOptions {
  readonly every: number | undefined;
  readonly records: number | undefined;
  readonly gap: number;
  readonly allowedLateness: number;
  readonly keyNames: readonly string[];
}

/**
 * Gives the rows of sessions before they close. A row is known by the session's begin: when that moves, or when the session is
 * joined to an earlier one, the row goes for good, and the session gives the new one at once. What a session has given is part
 * of it, and so of its key's state.
 */
export class EarlySessions<A> {
  readonly #rowOf: RowMaker;
  readonly #options: EarlyOptions;
  readonly #context: OperatorContext;
  readonly #every: Every | undefined;
  #changed = new Set<Key>();
  #giving: Generator<void> | undefined;
  #out!: Output;

  constructor(rowOf: RowMaker, options: EarlyOptions, context: OperatorContext) {
    this.#rowOf = rowOf;
    this.#options = options;
    this.#context = context;
    if (options.every !== undefined) this.#every = new Every(options.every);
  }

  get goesByClock(): boolean {
    return this.#every !== undefined;
  }

  /** A record has come to a session. */
  added(key: Key, session: Session<A>, out: Output): void {
    if (this.#every !== undefined) this.#changed.add(key);
    const early = (session.early ??= { row: undefined, time: 0, order: 0, count: 0, lost: false });
    if (early.row !== undefined && early.row.windowStart !== session.first) this.#takeBack(early, out);
    const { records } = this.#options;
    const due = ++early.count >= (records ?? Number.POSITIVE_INFINITY);
    if (due) early.count = 0;
    if (due || early.lost) this.#give(key, session, false, out);
  }

  /** `b` has been joined to `a`, which begins before it. */
  joined(a: Session<A>, b: Session<A>, out: Output): void {
    if (b.early === undefined) return;
    a.early ??= { row: undefined, time: 0, order: 0, count: 0, lost: false };
    a.early.count += b.early.count;
    if (b.early.row !== undefined) this.#takeBack(b.early, out);
    if (b.early.lost) a.early.lost = true;
  }

  /** Takes a row back that goes for good. */
  #takeBack(early: EarlyResult, out: Output): void {
    const row = early.row as Row;
    out.retract(row, early.time, early.order, keyOfRow(row, this.#options.keyNames));
    early.row = undefined;
    early.lost = true;
  }

  /** Gives a session's row unless it is the one that was given last. */
  #give(key: Key, session: Session<A>, closes: boolean, out: Output): void {
    const { first, last, acc } = session;
    const early = session.early as EarlyResult;
    const end = last + this.#options.gap;
    // Places grow, so that a later row is the newer one.
    const place = {
      time: end + this.#options.allowedLateness,
      order: early.row === undefined ? session.order : Math.max(early.order, session.order),
    };
    early.lost = false;
    const row = this.#rowOf(acc, key, place, { start: first, end }, !closes);
    if (row === undefined || (early.row !== undefined && isSame(early.row, row))) return;
    const own = keyOfRow(row, this.#options.keyNames);
    if (early.row !== undefined && this.#context.retractions) out.retract(early.row, early.time, early.order, own);
    out.emitAt(row, place.time, place.order, own);
    Object.assign(early, { row, ...place });
  }

  /** The session has its result. */
  close(key: Key, session: Session<A>, out: Output): void {
    this.#give(key, session, true, out);
  }

  /** The clock has gone on: gives the sessions of keys that have changed, in portions. */
  tick(now: number, sessionsOf: (key: Key) => readonly Session<A>[], out: Output): boolean {
    this.#out = out;
    if (this.#giving === undefined) {
      if (this.#every?.isOver(now) !== true) return false;
      const changed = this.#changed;
      this.#changed = new Set();
      this.#giving = this.#giveAll(changed, sessionsOf);
    }
    if (!this.#giving.next().done) return true;
    this.#giving = undefined;
    return false;
  }

  *#giveAll(keys: Iterable<Key>, sessionsOf: (key: Key) => readonly Session<A>[]): Generator<void> {
    let work = 0;
    for (const key of keys) {
      for (const session of sessionsOf(key)) this.#give(key, session, false, this.#out);
      if (++work % PORTION === 0) yield;
    }
  }

  /** After a restart all is looked at anew: what has not changed is not given again. */
  restored(key: Key): void {
    if (this.#every !== undefined) this.#changed.add(key);
  }
}
