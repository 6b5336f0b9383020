import type { Unit } from './unit.ts';
import { twoSum } from './units.ts';

/** A sum with the number of its values: without any it begins anew, so that no rounding outlives what it came from. */
const balance: Unit = {
  slots: ['0', '0', '0'],
  add: ([n, ...s], v) => `${n}++; ${twoSum(s, v)}`,
  merge: ([n, ...s], [m, ...o]) => `${n} += ${m}; ${s[1]} += ${o[1]}; ${twoSum(s, o[0]!)}`,
  holds: ([n]) => `${n} > 0`,
  remove: ([n, ...s], v) => `if (--${n} === 0) ${s[0]} = ${s[1]} = 0; else ${twoSum(s, `-${v}`)}`,
};

/** Count, sum and sum of squares. */
const spread: Unit = {
  slots: ['$a.newSpread()'],
  add: ([s], v) => `$a.addToSpread(${s}, ${v}, 1);`,
  merge: ([s], [o]) => `$a.mergeSpread(${s}, ${o});`,
  holds: ([s]) => `${s}[0] > 0`,
  remove: ([s], v) => `$a.addToSpread(${s}, ${v}, -1);`,
};

/** All values by size: each once, with how often it is there. */
const values: Unit = {
  slots: ['$a.newValues()'],
  add: ([s], v) => `${s}.add(${v} === 0 ? 0 : ${v});`,
  merge: ([s], [o]) => `$a.mergeKept(${s}, ${o});`,
  encode: (s) => `$a.packKept(${s})`,
  decode: (s) => `$a.unpackValues(${s})`,
  holds: ([s], v) => `${s}.has(${v})`,
  remove: ([s], v) => `${s}.remove(${v});`,
};

/** All values by event time and order. */
const events: Unit = {
  slots: ['$a.newEvents()'],
  add: ([s], v) => `${s}.add([at.time, at.order, ${v}]);`,
  merge: ([s], [o]) => `$a.mergeKept(${s}, ${o});`,
  encode: (s) => `$a.packKept(${s})`,
  decode: (s) => `$a.unpackEvents(${s})`,
  holds: ([s], v) => `${s}.has([at.time, at.order, ${v}])`,
  remove: ([s], v) => `${s}.remove([at.time, at.order, ${v}]);`,
};

/** The units of aggregates whose own cannot take a value back. */
export const retractableUnits = {
  balance,
  spread,
  values,
  events,
} satisfies Record<string, Unit>;
