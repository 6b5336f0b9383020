import type { Slots, Unit } from './unit.ts';

/** How many values: of all records where there is no value. */
const count: Unit = {
  slots: ['0'],
  add: ([n]) => `${n}++;`,
  merge: ([n], [o]) => `${n} += ${o};`,
  holds: ([n]) => `${n} > 0`,
  remove: ([n]) => `${n}--;`,
};

/** Adds to a sum in two parts, see `sum`. */
export const twoSum = ([high, low]: Slots, v: string) =>
  `{ const t = ${high} + ${v}, z = t - ${high}; ${low} += (${high} - (t - z)) + (${v} - z); ${high} = t; }`;

/**
 * A sum in two parts, the rounded one and what rounding has lost (TwoSum of Knuth, TAOCP 4.2.2; kept apart as Neumaier
 * does, 1974): exact for integers, even beyond 2^53, until the result is rounded; for others the order hardly ever shows.
 */
const sum: Unit = {
  slots: ['0', '0'],
  add: (s, v) => twoSum(s, v),
  // What was lost first: in this order both sides can change places to the last bit.
  merge: (s, o) => `${s[1]} += ${o[1]}; ${twoSum(s, o[0]!)}`,
};

/**
 * Count, mean and sum of squared distances from it. Sources: B. P. Welford, Technometrics 4 (1962); for the merge
 * T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
 */
const moments: Unit = {
  slots: ['0', '0', '0'],
  add: ([n, mean, squares], v) =>
    `{ const d = ${v} - ${mean}; ${mean} += d / ++${n}; ${squares} += d * (${v} - ${mean}); }`,
  // Both in a form in which both sides can change places without another rounding.
  merge: ([n, mean, squares], [m, otherMean, otherSquares]) => `if (${m} > 0) {
    const n = ${n} + ${m}, d = ${otherMean} - ${mean};
    ${squares} = ${squares} + ${otherSquares} + d * d * (${n} * ${m} / n);
    ${mean} = (${n} * ${mean} + ${m} * ${otherMean}) / n;
    ${n} = n; }`,
};

/** The least or the greatest value. Numbers come before texts, so that there is one answer whatever comes first. */
const extreme = (sign: '<' | '>'): Unit => {
  const first = sign === '<' ? 'number' : 'string';
  const isNearer = (v: string, m: string) =>
    `(${m} === null || (typeof ${v} === typeof ${m} ? ${v} ${sign} ${m} : typeof ${v} === "${first}"))`;
  return {
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
    slots: ['null', '0', '0'],
    add: (s, v) => replace(s, v, 'at.time', 'at.order'),
    merge: (s, o) => `if (${o[0]} !== null) { ${replace(s, o[0]!, o[1]!, o[2]!)} }`,
  };
};

const digest: Unit = {
  slots: ['$a.newDigest()'],
  add: ([s], v) => `$a.addToDigest(${s}, ${v});`,
  merge: ([s], [o]) => `$a.mergeDigest(${s}, ${o});`,
};

/** The set of different values: stored as a list. */
const distinct: Unit = {
  slots: ['new Set()'],
  add: ([s], v) => `${s}.add(${v});`,
  merge: ([s], [o]) => `for (const each of ${o}) ${s}.add(each);`,
  encode: (s) => `Array.from(${s})`,
  decode: (s) => `new Set(${s})`,
};

const list: Unit = {
  slots: ['[]'],
  add: ([s], v, limit) => `$a.collect(${s}, ${limit}, at.time, at.order, ${v});`,
  merge: ([s], [o], limit) => `$a.mergeCollected(${s}, ${o}, ${limit});`,
};

/** An estimate of the number of different values. */
const sketch: Unit = {
  slots: ['[]'],
  add: ([s], v, precision) => `${s} = $a.addToSketch(${s}, ${v}, ${precision});`,
  merge: ([s], [o], precision) => `${s} = $a.mergeSketch(${s}, ${o}, ${precision});`,
  encode: (s) => `$a.packSketch(${s})`,
  decode: (s, precision) => `$a.unpackSketch(${s}, ${precision})`,
};

/** How often each value came: stored as two lists. */
const counts: Unit = {
  slots: ['new Map()'],
  add: ([s], v) => `${s}.set(${v}, (${s}.get(${v}) ?? 0) + 1);`,
  merge: ([s], [o]) => `$a.mergeCounts(${s}, ${o});`,
  encode: (s) => `$a.packCounts(${s})`,
  decode: (s) => `$a.unpackCounts(${s})`,
  holds: ([s], v) => `${s}.has(${v})`,
  remove: ([s], v) => `$a.uncount(${s}, ${v});`,
};

/** How often those values came, nearly, that came most often. */
const heavy: Unit = {
  slots: counts.slots,
  encode: counts.encode,
  decode: counts.decode,
  add: ([s], v, capacity) => `$a.countHeavy(${s}, ${v}, ${capacity});`,
  merge: ([s], [o], capacity) => `$a.mergeHeavy(${s}, ${o}, ${capacity});`,
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
  sketch,
  counts,
  heavy,
} satisfies Record<string, Unit>;
