import {
  type At,
  compilePair,
  compilePairPredicate,
  type Expression,
  type FieldTypes,
  type Key,
  keyFunction,
  type Match,
  messageOf,
  type OperatorContext,
  type Output,
  type Projection,
  type Reads,
  type Row,
  WeirError,
} from '#stage';
import { matchKey } from '../keys/match-key.ts';
import { copyOf } from '../records/copy-of.ts';
import type { Kept } from './kept.ts';

/** What the options of a join say of pairs. */
export interface PairOptions {
  on: Match;
  with: string;
  as: string | undefined;
  where: Expression | undefined;
  select: Projection | undefined;
}

/** The field that holds the other record. */
function nameOf({ as, with: stream }: Pick<PairOptions, 'as' | 'with'>): string {
  return as ?? stream;
}

/** How records are matched and what becomes of a pair. `eventTime()` in its expressions is that of the result. */
export class Pairing {
  readonly leftKey: (row: Row, at: At) => Key;
  /** Undefined for a record whose key is null: it matches nothing, so nobody needs to keep it. */
  readonly rightKey: (row: Row, at: At) => Key | undefined;
  readonly #holds: ((row: Row, other: Row, at: At) => boolean) | undefined;
  readonly #make: (row: Row, other: Row | null, at: At) => Row;
  readonly #at: At = { time: 0, order: 0, key: null, retract: false };
  readonly #context: OperatorContext;

  constructor(options: PairOptions, context: OperatorContext) {
    this.#context = context;
    const { on, where, select } = options;
    const name = nameOf(options);
    this.leftKey = keyFunction(on.left);
    this.rightKey = matchKey(on.right);
    this.#holds = where && compilePairPredicate(where, name);
    this.#make = select ? compilePair(select, name) : wholePair(name);
  }

  /** Whether the further condition holds; both records have the same key. */
  holds(one: Kept, other: Kept): boolean {
    if (this.#holds === undefined) return true;
    this.#at.time = Math.max(one.time, other.time);
    this.#at.order = one.order;
    try {
      return this.#holds(one.row, other.row, this.#at);
    } catch (error) {
      this.#refuse(one, other, error);
      return false;
    }
  }

  /** Passes the record of a pair on, with the key that it was matched by; `other` is null for one that found none. */
  emit(out: Output, one: Kept, other: Kept | null, time: number, key: Key): void {
    const made = this.#made(one, other, time, key);
    if (made !== undefined) out.emitAt(made, time, one.order, key);
  }

  /** Takes back what {@link emit} has passed on for the same arguments. */
  retract(out: Output, one: Kept, other: Kept | null, time: number, key: Key): void {
    const made = this.#made(one, other, time, key);
    if (made !== undefined) out.retract(made, time, one.order, key);
  }

  #made(one: Kept, other: Kept | null, time: number, key: Key): Row | undefined {
    this.#at.time = time;
    this.#at.order = one.order;
    this.#at.key = key;
    try {
      return this.#make(one.row, other === null ? null : other.row, this.#at);
    } catch (error) {
      this.#refuse(one, other, error);
      return undefined;
    }
  }

  /** What is wrong with one pair must not be laid on the record in hand, which may have others. */
  #refuse(one: Kept, other: Kept | null, error: unknown): void {
    const code = error instanceof WeirError ? error.code : 'WEIR_STAGE_THREW';
    if (code === 'WEIR_ASSERTION') throw error;
    this.#context.deadLetter({ row: one.row, other: other === null ? null : other.row }, code, messageOf(error));
  }
}

/** Without a projection: the record with the other one as a field. */
function wholePair(name: string): (row: Row, other: Row | null) => Row {
  return (row, other) => {
    const made = copyOf(row);
    made[name] = other;
    return made;
  };
}

/** What a pair has beside the fields of the record: the other one under its name, and the bounds of a window. */
export function pairTypes(options: Pick<PairOptions, 'as' | 'with'>, inWindow: boolean): FieldTypes {
  const other = { [nameOf(options)]: { record: 'with' } } as const;
  return inWindow ? { windowStart: 'time', windowEnd: 'time', ...other } : other;
}

/** What a join reads of either stream. */
export function pairReads(options: PairOptions): { left: Reads; right: Reads } {
  const { on, where, select } = options;
  const name = nameOf(options);
  const pairs = [where, ...(select?.expressions ?? [])].filter((e) => e !== undefined);
  const known = [...pairs, ...on.left.expressions, ...on.right.expressions].every((e) => e.node !== undefined);
  if (select === undefined || !known) return { left: 'all', right: 'all' };
  const paths = pairs.flatMap((e) => [...e.fields]);
  const others = paths.filter(([first]) => first === name);
  const whole = others.some((path) => path.length === 1);
  const own = paths.filter(([first]) => first !== name);
  return {
    left: [...own, ...on.left.expressions.flatMap((e) => [...e.fields])],
    right: whole
      ? 'all'
      : [...others.map((path) => path.slice(1)), ...on.right.expressions.flatMap((e) => [...e.fields])],
  };
}
