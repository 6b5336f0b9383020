import type { Row } from '#stage';
import type { FeatureRow } from './feature-row.ts';
import { LARGEST, notTiny, SMALLEST } from './measurable.ts';
import type { Slots } from './slots.ts';

/** Puts the numbers of a record that have a slot into the row, and notes the rest. Gives how many slots the row has then. */
type Fill = (
  row: Row,
  plan: Int32Array,
  dense: Float64Array,
  index: Int32Array,
  seen: Int32Array,
  stamp: number,
  rest: { list: Int32Array; n: number },
) => number;

/**
 * The same where every feature's slot holds that of the record before: false where a value is no number that it takes, or the
 * record has other fields.
 */
type Refill = (row: Row, plan: Int32Array, dense: Float64Array) => boolean;

/** Records that are read until code is made for their fields: for those that never come again it is not worth it. */
const COMMON = 64;
/** Fields of records for which code is made. */
const MOST_FIELDS = 300;

/** Reads the features out of records that have them in the same fields: the numbers that are known first, then the rest. */
export class RowReader {
  /** What the features are called. */
  readonly names: readonly string[];
  /** The fields that they stand in. */
  readonly #fields: readonly string[];
  readonly #others: readonly string[] | undefined;
  /** The plan of models whose first features these are, and in this order. */
  readonly inOrder: Int32Array;
  #fill: Fill;
  #refill: Refill | undefined;
  #read = 0;
  readonly #rest: { list: Int32Array; n: number };

  /** `others`: what else a record has, where it may have nothing more. */
  constructor(names: readonly string[], fields: readonly string[], others?: readonly string[]) {
    this.names = names;
    this.#fields = fields;
    this.#others = others;
    this.inOrder = Int32Array.from(fields, (_, i) => i);
    this.#rest = { list: new Int32Array(fields.length), n: 0 };
    this.#fill = (...given) => fill(fields, ...given);
  }

  /** Reads a record that has numbers where the one before had them, and no other fields; or gives false. */
  again(row: Row, slots: Slots, x: FeatureRow): boolean {
    const plan = slots.planOf(this);
    if (x.filled !== plan || this.#refill?.(row, plan, x.dense) !== true) return false;
    x.refilled();
    return true;
  }

  /** Fills the row with a record's features, in the slots of a model. Throws `WEIR_FEATURE`. O(features). */
  read(row: Row, slots: Slots, x: FeatureRow): void {
    if (!this.again(row, slots, x)) this.anew(row, slots, x);
  }

  /** The same whatever the one before had. */
  anew(row: Row, slots: Slots, x: FeatureRow): void {
    const plan = slots.planOf(this);
    x.clear();
    if (++this.#read === COMMON && this.#fields.length <= MOST_FIELDS) {
      this.#fill = made(this.#fields);
      this.#refill = madeAgain(this.#fields, this.#others);
    }
    const rest = this.#rest;
    rest.n = 0;
    x.reserve(slots.names.length, this.#fields.length);
    x.n = this.#fill(row, plan, x.dense, x.index, x.seen, x.stamp, rest);
    if (x.n === this.#fields.length) {
      x.filled = plan;
      return;
    }
    // All of them first: a record that is refused must not have decided what a feature is.
    for (let i = 0; i < rest.n; i++) {
      const feature = rest.list[i] as number;
      slots.check(this.names[feature] as string, row[this.#fields[feature] as string]);
    }
    for (let i = 0; i < rest.n; i++) {
      const feature = rest.list[i] as number;
      slots.put(this.names[feature] as string, row[this.#fields[feature] as string], x);
    }
  }
}

/** What {@link made} makes code of. */
function fill(fields: readonly string[], ...[row, plan, dense, index, seen, stamp, rest]: Parameters<Fill>): number {
  let n = 0;
  for (let i = 0; i < fields.length; i++) {
    const value = row[fields[i] as string];
    const slot = plan[i] as number;
    if (typeof value === 'number' && slot >= 0 && value >= -LARGEST && value <= LARGEST) {
      dense[slot] = notTiny(value);
      seen[slot] = stamp;
      index[n++] = slot;
    } else if (value !== null && value !== undefined) rest.list[rest.n++] = i;
  }
  return n;
}

/** The same as {@link fill} in code of its own for these fields: 5 to 20 times as fast, since each is read in one place. */
function made(fields: readonly string[]): Fill {
  const lines = fields.map(
    (field, i) => `v = row[${JSON.stringify(field)}];
  s = plan[${i}];
  if (typeof v === 'number' && s >= 0 && (a = Math.abs(v)) <= ${LARGEST}) { dense[s] = a < ${SMALLEST} ? 0 : v; seen[s] = stamp; index[n++] = s; }
  else if (v !== null && v !== undefined) rest.list[rest.n++] = ${i};`,
  );
  return new Function(
    'row',
    'plan',
    'dense',
    'index',
    'seen',
    'stamp',
    'rest',
    `let v, s, a, n = 0;\n  ${lines.join('\n  ')}\n  return n;`,
  ) as Fill;
}

function madeAgain(fields: readonly string[], others: readonly string[] | undefined): Refill {
  const lines = fields.map(
    (field, i) => `v = row[${JSON.stringify(field)}];
  if (typeof v !== 'number' || !((a = Math.abs(v)) <= ${LARGEST})) return false;
  dense[plan[${i}]] = a < ${SMALLEST} ? 0 : v;`,
  );
  // That all are there and there are no more is quicker told than their names.
  const alike = (others ?? []).map((other) => `if (row[${JSON.stringify(other)}] === undefined) return false;`);
  if (others !== undefined)
    alike.push(`for (v in row) n++;\n  if (n !== ${fields.length + others.length}) return false;`);
  return new Function(
    'row',
    'plan',
    'dense',
    `let v, a, n = 0;\n  ${[...alike, ...lines].join('\n  ')}\n  return true;`,
  ) as Refill;
}

/** Readers that are known at a time. */
const KNOWN = 8;

/** Finds the reader of a record by its fields, where all but some are features. */
export class RowReaders {
  /** Fields that are no features. */
  readonly #left: ReadonlySet<string>;
  readonly #known: { keys: readonly string[]; reader: RowReader }[] = [];
  #next = 0;
  #latest: { keys: readonly string[]; reader: RowReader } | undefined;

  constructor(left: ReadonlySet<string>) {
    this.#left = left;
  }

  /** See {@link RowReader.read}. */
  read(row: Row, slots: Slots, x: FeatureRow): void {
    if (this.#latest?.reader.again(row, slots, x) !== true) this.#of(row).anew(row, slots, x);
  }

  #of(row: Row): RowReader {
    const latest = this.#latest;
    if (latest !== undefined && hasKeys(row, latest.keys)) return latest.reader;
    const keys = Object.keys(row);
    let found = this.#known.find((one) => hasKeys(row, one.keys));
    if (found === undefined) {
      const features = keys.filter((key) => !this.#left.has(key));
      const others = keys.filter((key) => this.#left.has(key));
      found = { keys, reader: new RowReader(features, features, others) };
      this.#known[this.#next] = found;
      this.#next = (this.#next + 1) % KNOWN;
    }
    this.#latest = found;
    return found.reader;
  }
}

/** Whether a record has these fields in this order: without a list of its own. */
function hasKeys(row: Row, keys: readonly string[]): boolean {
  let i = 0;
  for (const key in row) if (keys[i++] !== key) return false;
  return i === keys.length;
}
