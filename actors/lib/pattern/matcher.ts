import {
  type Key,
  type KeyedState,
  messageOf,
  type Operator,
  type OperatorContext,
  type Output,
  type Projection,
  type Row,
  WeirError,
} from '#stage';
import { Expiry } from '../keys/expiry.ts';
import { type Held, HeldRecords } from '../ordered/held-records.ts';
import { keyFields } from '../window/aggregate-fold.ts';
import type { PatternPlan } from './plan.ts';
import { type Arrival, advance, endsAt, type KeyRuns, type Run, waits } from './runs.ts';
import { decodeRuns, encodeRuns, type KeyRunsData } from './runs-data.ts';
import { beginsAfter, type Skip } from './skip.ts';
import { viewOf } from './view.ts';

export interface PatternOptions {
  plan: PatternPlan;
  within: number;
  skip: { how: Skip; to: string | undefined };
  select: Projection | undefined;
  partials: number;
  capacity: number;
}

/** Finds the matches of a pattern: partial matches per key as keyed state, records in the order of event time. */
export class PatternMatcher implements Operator {
  readonly #o: PatternOptions;
  readonly #context: OperatorContext;
  readonly #state: KeyedState<KeyRuns>;
  readonly #held: HeldRecords<number>;
  readonly #expiry: Expiry;

  constructor(options: PatternOptions, context: OperatorContext) {
    this.#o = options;
    this.#context = context;
    const { plan, skip } = options;
    const named = plan.steps.some(({ name, not }) => name === skip.to && !not);
    if (skip.how.startsWith('to-') && skip.how !== 'to-next' && !named) {
      throw new WeirError(
        'WEIR_OPTION',
        `pattern: skip ${skip.how} needs skipTo, the name of a step that takes records`,
      );
    }
    this.#state = context.keyed<KeyRuns>('runs', {
      create: () => ({ next: 0, runs: [] }),
      encode: encodeRuns,
      decode: (data) => decodeRuns(data as KeyRunsData),
    });
    this.#held = new HeldRecords(context, options.capacity, (held, out) => this.#turn(held, out));
    this.#expiry = new Expiry(options.within, (key) => this.#state.peek(0, key)?.runs[0]?.start);
  }

  onRecord(row: Row, out: Output): void {
    // At once, so that a record on which a condition fails is the one that is refused.
    this.#held.hold(row, this.#independent(row), out);
  }

  onWatermark(time: number, out: Output): boolean {
    if (this.#held.release(time, out)) return true;
    return this.#expiry.advance(time, (key) => {
      const known = this.#state.update(0, key);
      this.#timeOut(known, key, out, (end) => end <= time);
      this.#keep(known, key);
    });
  }

  restored(): void {
    this.#held.restored();
    for (const [key, { runs }] of this.#state.entries(0)) this.#expiry.touch(key, (runs[0] as Run).start);
  }

  /** Steps whose conditions the record meets, of those that look at no other record. */
  #independent(row: Row): number {
    const { at } = this.#context;
    return this.#o.plan.steps.reduce((met, { condition, dependent }, i) => {
      return !dependent && condition.evaluate(row, at) ? met | (1 << i) : met;
    }, 0);
  }

  /** Those that look at the records that a partial match has taken, too. */
  readonly #meets = ({ row, time, order, key, met }: Arrival, run: Run | undefined): number => {
    const { plan } = this.#o;
    if (!plan.dependent) return met;
    const seen = { ...row, ...viewOf(plan, run?.last) };
    return plan.steps.reduce((all, { condition, dependent }, i) => {
      return dependent && holds(() => condition.evaluate(seen, { time, order, key })) ? all | (1 << i) : all;
    }, met);
  };

  #turn({ row, extra: met, time, order, key }: Held<number>, out: Output): void {
    const { plan, partials } = this.#o;
    const arrival = { row, time, order, key, met };
    const before = this.#state.peek(0, key);
    if (before === undefined && !plan.starts.some((step) => this.#meets(arrival, undefined) & (1 << step))) return;
    const known = this.#state.update(0, key);
    this.#timeOut(known, key, out, (end) => end < time);
    this.#give(known, key, advance(plan, known, arrival, this.#meets), out);
    for (const run of known.runs.splice(0, Math.max(0, known.runs.length - partials))) {
      const reason = `the key has more than ${partials} partial matches`;
      this.#letter(this.#rowOf(run, key), run, key, 'WEIR_PARTIAL_MATCHES', reason);
    }
    this.#keep(known, key);
  }

  /** Ends the partial matches whose time is over. They lie in the order of their beginnings. */
  #timeOut(known: KeyRuns, key: Key, out: Output, isOver: (end: number) => boolean): void {
    const { plan, within } = this.#o;
    for (let run = known.runs[0]; run !== undefined && isOver(run.start.time + within); run = known.runs[0]) {
      known.runs.shift();
      if (waits(plan, run)) this.#give(known, key, [run], out, run.start.time + within);
      // What may end without more has been given already, with its last record.
      else if (endsAt(plan, run) !== 0) out.side('timeout', this.#rowOf(run, key));
    }
  }

  /** Gives matches, the first of them first, as far as those before let others be. */
  #give(known: KeyRuns, key: Key, matches: readonly Run[], out: Output, end?: number): void {
    const { plan, skip, select } = this.#o;
    let least = 0;
    for (const run of matches) {
      if (run.start.index < least) continue;
      least = Math.max(least, beginsAfter(plan, run, skip.how, skip.to));
      const { order } = run.last;
      const time = end ?? run.last.time;
      const row = this.#rowOf(run, key);
      let made: Row;
      try {
        made = select === undefined ? row : selected(select, row, { time, order, key });
      } catch (error) {
        this.#letter(row, run, key, codeOf(error), messageOf(error));
        continue;
      }
      out.emitAt(made, time, order, key);
    }
    if (least > 0) known.runs = known.runs.filter(({ start }) => start.index >= least);
  }

  #rowOf({ start, last }: Run, key: Key): Row {
    const { keyNames } = this.#context;
    const row = keyFields(key, keyNames, (each) => this.#context.keyValues(each));
    row.matchStart = start.time;
    row.matchEnd = last.time;
    return Object.assign(row, viewOf(this.#o.plan, last));
  }

  #letter(row: Row, { last: { time, order } }: Run, key: Key, code: string, reason: string): void {
    Object.assign(this.#context.at, { time, order, key });
    this.#context.deadLetter(row, code, reason);
  }

  #keep({ runs }: KeyRuns, key: Key): void {
    const [first] = runs;
    if (first === undefined) this.#state.delete(0, key);
    else this.#expiry.touch(key, first.start);
  }
}

function selected({ names, expressions }: Projection, row: Row, at: { time: number; order: number; key: Key }): Row {
  const made: Row = {};
  names.forEach((name, i) => {
    made[name] = expressions[i]?.evaluate(row, at) ?? null;
  });
  return made;
}

function holds(condition: () => unknown): boolean {
  try {
    return Boolean(condition());
  } catch (error) {
    codeOf(error);
    return false;
  }
}

/** A broken invariant of ours is no fault of a record: it is thrown on. */
function codeOf(error: unknown): string {
  if (!(error instanceof WeirError)) return 'WEIR_STAGE_THREW';
  if (error.code === 'WEIR_ASSERTION') throw error;
  return error.code;
}
