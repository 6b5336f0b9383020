import { addToDigest, mergeDigest, newDigest, quantileOf } from './digest.ts';
import { collect, collectedValues, isBefore, mergeCollected } from './ordered.ts';

/** Which values a unit takes; all others are WEIR_TYPE, but nulls, which it never sees. */
export type Takes = 'anything' | 'finite' | 'ordered' | 'scalar';

type Slots = readonly string[];

/**
 * One thing that is kept of a group of values, from which aggregates are computed: a few slots of the accumulator, and the
 * JavaScript that adds a value to them and merges two of them. `s` and `o` are the sources of the slots, `v` that of the
 * value, `parameter` the aggregate's number; `$a` holds {@link tools}.
 */
export interface Unit {
  readonly takes: Takes;
  /** The source of each slot's first value. */
  readonly slots: Slots;
  readonly add: (s: Slots, v: string, parameter: number) => string;
  readonly merge: (s: Slots, o: Slots, parameter: number) => string;
  /** Between the slot and what is stored of it, where that is not the same. */
  readonly encode?: (s: string) => string;
  readonly decode?: (s: string) => string;
}

/** What the code of units and of aggregates reaches as `$a`. */
export const tools = Object.freeze({
  addToDigest,
  mergeDigest,
  newDigest,
  quantileOf,
  collect,
  collectedValues,
  isBefore,
  mergeCollected,
});

/** How many values: of all records where there is no value. */
const count: Unit = {
  takes: 'anything',
  slots: ['0'],
  add: ([n]) => `${n}++;`,
  merge: ([n], [o]) => `${n} += ${o};`,
};

const twoSum = ([high, low]: Slots, v: string) =>
  `{ const t = ${high} + ${v}, z = t - ${high}; ${low} += (${high} - (t - z)) + (${v} - z); ${high} = t; }`;

/**
 * A sum in two parts, the rounded one and what rounding has lost (TwoSum of Knuth, TAOCP 4.2.2; kept apart as Neumaier
 * does, 1974): exact for integers, even beyond 2^53, until the result is rounded; for others the order hardly ever shows.
 */
const sum: Unit = {
  takes: 'finite',
  slots: ['0', '0'],
  add: (s, v) => twoSum(s, v),
  merge: (s, o) => `${twoSum(s, o[0]!)} ${s[1]} += ${o[1]};`,
};

/**
 * Count, mean and sum of squared distances from it. Sources: B. P. Welford, Technometrics 4 (1962); for the merge
 * T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
 */
const moments: Unit = {
  takes: 'finite',
  slots: ['0', '0', '0'],
  add: ([n, mean, squares], v) =>
    `{ const d = ${v} - ${mean}; ${mean} += d / ++${n}; ${squares} += d * (${v} - ${mean}); }`,
  // The mean in a form in which both sides can change places without another rounding.
  merge: ([n, mean, squares], [m, otherMean, otherSquares]) => `if (${m} > 0) {
    const n = ${n} + ${m}, d = ${otherMean} - ${mean};
    ${squares} += ${otherSquares} + d * d * (${n} * ${m} / n);
    ${mean} = (${n} * ${mean} + ${m} * ${otherMean}) / n;
    ${n} = n; }`,
};

/** The least or the greatest value. Numbers come before texts, so that there is one answer whatever comes first. */
const extreme = (sign: '<' | '>'): Unit => {
  const first = sign === '<' ? 'number' : 'string';
  const isNearer = (v: string, m: string) =>
    `(${m} === null || (typeof ${v} === typeof ${m} ? ${v} ${sign} ${m} : typeof ${v} === "${first}"))`;
  return {
    takes: 'ordered',
    slots: ['null'],
    add: ([m], v) => `if ${isNearer(v, m!)} ${m} = ${v};`,
    merge: ([m], [o]) => `if (${o} !== null && ${isNearer(o!, m!)}) ${m} = ${o};`,
  };
};

/** The first or the last value with its time and order. */
const end = (sign: '<' | '>'): Unit => {
  const replace = ([value, time, order]: Slots, v: string, atTime: string, atOrder: string) => {
    const [a, b] = [`${atOrder}, ${v}`, `${order}, ${value}`];
    const tie = sign === '<' ? `$a.isBefore(${a}, ${b})` : `$a.isBefore(${b}, ${a})`;
    const wins = `${value} === null || ${atTime} ${sign} ${time} || (${atTime} === ${time} && ${tie})`;
    return `if (${wins}) { ${value} = ${v}; ${time} = ${atTime}; ${order} = ${atOrder}; }`;
  };
  return {
    takes: 'anything',
    slots: ['null', '0', '0'],
    add: (s, v) => replace(s, v, 'at.time', 'at.order'),
    merge: (s, o) => `if (${o[0]} !== null) { ${replace(s, o[0]!, o[1]!, o[2]!)} }`,
  };
};

const digest: Unit = {
  takes: 'finite',
  slots: ['$a.newDigest()'],
  add: ([s], v) => `$a.addToDigest(${s}, ${v});`,
  merge: ([s], [o]) => `$a.mergeDigest(${s}, ${o});`,
};

/** The set of different values: stored as a list. */
const distinct: Unit = {
  takes: 'scalar',
  slots: ['new Set()'],
  add: ([s], v) => `${s}.add(${v});`,
  merge: ([s], [o]) => `for (const each of ${o}) ${s}.add(each);`,
  encode: (s) => `Array.from(${s})`,
  decode: (s) => `new Set(${s})`,
};

const list: Unit = {
  takes: 'anything',
  slots: ['[]'],
  add: ([s], v, limit) => `$a.collect(${s}, ${limit}, at.time, at.order, ${v});`,
  merge: ([s], [o], limit) => `$a.mergeCollected(${s}, ${o}, ${limit});`,
};

/** The units by name. */
export const units = {
  count,
  sum,
  moments,
  least: extreme('<'),
  greatest: extreme('>'),
  first: end('<'),
  last: end('>'),
  digest,
  distinct,
  list,
} satisfies Record<string, Unit>;

export type UnitName = keyof typeof units;
