import { type ListedAggregate, ROWS, type SlotsOf } from './function.ts';
import { retractableUnits } from './retractable-units.ts';
import type { Slots, Unit } from './unit.ts';
import { units } from './units.ts';

/** The rounded sum with what rounding has lost, which is NaN where the sum is infinite. */
const total = ([high, low]: Slots) => `(${low} - ${low} === 0 ? ${high} + ${low} : ${high})`;

/** What is made of a sum and the number of its values, null of none. */
const balanced = (slots: SlotsOf, code: (total: string, n: string) => string) => {
  const [n = '', ...sum] = slots(retractableUnits.balance);
  return `(${n} === 0 ? null : ${code(total(sum), n)})`;
};

const none = (unit: Unit, code: (slots: SlotsOf) => string) => (slots: SlotsOf) =>
  `(${slots(unit)[0]} === 0 ? null : ${code(slots)})`;

const variance = (slots: SlotsOf, code: (variance: string) => string) => {
  const [n, , squares] = slots(units.moments);
  return `(${n} < 2 ? null : ${code(`${squares} / (${n} - 1)`)})`;
};

const quantile = (slots: SlotsOf, q: number) => `$a.quantileOf(${slots(units.digest)[0]}, ${q})`;

/** How many, and what is computed of numbers. */
export const numberFunctions: readonly ListedAggregate[] = [
  {
    name: 'count',
    signature: 'count(value?: any): number',
    value: 'optional',
    takes: 'anything',
    units: [units.count],
    result: 'number',
    code: (slots) => slots(units.count)[0]!,
    doc: 'How many records; with a value, how many in which it is not null.',
    example: ['count({ where: x > 1 })', ROWS, 1],
  },
  {
    name: 'sum',
    signature: 'sum(value: number): number',
    value: 'needed',
    takes: 'finite',
    units: [units.sum, units.count],
    result: 'number',
    code: none(units.count, (slots) => total(slots(units.sum))),
    retractable: {
      units: [retractableUnits.balance],
      code: (slots) => balanced(slots, (total) => total),
    },
    doc: 'The sum; exact for integers.',
    example: ['sum(x)', ROWS, 6],
  },
  {
    name: 'mean',
    signature: 'mean(value: number): number',
    value: 'needed',
    takes: 'finite',
    units: [units.sum, units.count],
    result: 'number',
    code: none(units.count, (slots) => `${total(slots(units.sum))} / ${slots(units.count)[0]}`),
    retractable: {
      units: [retractableUnits.balance],
      code: (slots) => balanced(slots, (total, n) => `${total} / ${n}`),
    },
    doc: 'The arithmetic mean.',
    example: ['mean(x)', ROWS, 2],
  },
  {
    name: 'variance',
    signature: 'variance(value: number): number',
    value: 'needed',
    takes: 'finite',
    units: [units.moments],
    result: 'number',
    code: (slots) => variance(slots, (code) => code),
    retractable: {
      units: [retractableUnits.spread],
      code: (slots) => `$a.varianceOf(${slots(retractableUnits.spread)[0]})`,
    },
    doc: 'The sample variance, by n − 1; null of fewer than two values.',
    example: ['variance(x)', ROWS, 3],
  },
  {
    name: 'stddev',
    signature: 'stddev(value: number): number',
    value: 'needed',
    takes: 'finite',
    units: [units.moments],
    result: 'number',
    code: (slots) => variance(slots, (code) => `Math.sqrt(${code})`),
    retractable: {
      units: [retractableUnits.spread],
      code: (slots) => `$a.rootOf($a.varianceOf(${slots(retractableUnits.spread)[0]}))`,
    },
    doc: 'The sample standard deviation, the square root of `variance`.',
    example: ['stddev(x)', [{ x: 1 }, { x: 3 }, { x: 5 }], 2],
  },
  {
    name: 'quantile',
    signature: 'quantile(value: number, q: number): number',
    value: 'needed',
    takes: 'finite',
    parameters: [{ name: 'q', min: 0, max: 1 }],
    units: [units.digest],
    result: 'number',
    code: (slots, [q = 0]) => quantile(slots, q),
    retractable: {
      units: [retractableUnits.values],
      code: (slots, [q]) => `$a.keptQuantile(${slots(retractableUnits.values)[0]}, ${q})`,
    },
    doc: 'The value below which a share q of the values lies. Exact of up to 200 values, then by a t-digest (Dunning 2021).',
    example: ['quantile(x, 0.75)', ROWS, 2.5],
  },
  {
    name: 'median',
    signature: 'median(value: number): number',
    value: 'needed',
    takes: 'finite',
    units: [units.digest],
    result: 'number',
    code: (slots) => quantile(slots, 0.5),
    retractable: {
      units: [retractableUnits.values],
      code: (slots) => `$a.keptQuantile(${slots(retractableUnits.values)[0]}, 0.5)`,
    },
    doc: 'As `quantile(value, 0.5)`.',
    example: ['median(x)', ROWS, 1],
  },
];
