import type { Row } from '../../stage/row.ts';
import type { Type } from '../node.ts';
import type { Slots, Unit } from './unit.ts';
import { units } from './units.ts';

/** Where an aggregate finds the slots of its units, as sources. */
export type SlotsOf = (unit: Unit) => Slots;

/** A literal number that follows an aggregate's value: its bounds, and its default if it can be left out. */
export interface AggregateParameter {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  readonly default?: number;
}

/** A function of many records, as data. */
export interface AggregateFunction {
  readonly name: string;
  /** As its author reads it; each takes `{ where: condition }` last, too. */
  readonly signature: string;
  /** Whether it takes a value of each record. */
  readonly value: 'none' | 'optional' | 'needed';
  readonly parameters?: readonly AggregateParameter[];
  readonly units: readonly Unit[];
  /** Which of the parameters is the size of the units; without one, calls with different numbers share them. */
  readonly sizedBy?: number;
  /** The type of the result; `value` is that of the values. */
  readonly result: Type | 'value';
  /** The source of the result, null for no values. */
  readonly code: (slots: SlotsOf, parameters: readonly number[]) => string;
  readonly doc: string;
  /** An aggregate, records and what it gives of them; run as a test. */
  readonly example: readonly [text: string, rows: readonly Row[], value: unknown];
}

const ROWS: readonly Row[] = [{ x: 4 }, { x: 1 }, { x: null }, { x: 1 }];

/** The rounded sum with what rounding has lost, which is NaN where the sum is infinite. */
const total = (slots: SlotsOf) => {
  const [high, low] = slots(units.sum);
  return `(${low} - ${low} === 0 ? ${high} + ${low} : ${high})`;
};

const none = (unit: Unit, code: (slots: SlotsOf) => string) => (slots: SlotsOf) =>
  `(${slots(unit)[0]} === 0 ? null : ${code(slots)})`;

const variance = (slots: SlotsOf, code: (variance: string) => string) => {
  const [n, , squares] = slots(units.moments);
  return `(${n} < 2 ? null : ${code(`${squares} / (${n} - 1)`)})`;
};

const quantile = (slots: SlotsOf, q: number) => `$a.quantileOf(${slots(units.digest)[0]}, ${q})`;

/** Every aggregate. Values that are null or missing are passed over, as in SQL. */
const all: readonly AggregateFunction[] = [
  {
    name: 'count',
    signature: 'count(value?: any): number',
    value: 'optional',
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
    units: [units.sum, units.count],
    result: 'number',
    code: none(units.count, total),
    doc: 'The sum; exact for integers.',
    example: ['sum(x)', ROWS, 6],
  },
  {
    name: 'mean',
    signature: 'mean(value: number): number',
    value: 'needed',
    units: [units.sum, units.count],
    result: 'number',
    code: none(units.count, (slots) => `${total(slots)} / ${slots(units.count)[0]}`),
    doc: 'The arithmetic mean.',
    example: ['mean(x)', ROWS, 2],
  },
  {
    name: 'min',
    signature: 'min(value: number | text): number | text',
    value: 'needed',
    units: [units.least],
    result: 'value',
    code: (slots) => `(${slots(units.least)[0]} === 0 ? 0 : ${slots(units.least)[0]})`,
    doc: 'The least value; of numbers and texts a number.',
    example: ['min(x)', ROWS, 1],
  },
  {
    name: 'max',
    signature: 'max(value: number | text): number | text',
    value: 'needed',
    units: [units.greatest],
    result: 'value',
    code: (slots) => `(${slots(units.greatest)[0]} === 0 ? 0 : ${slots(units.greatest)[0]})`,
    doc: 'The greatest value; of numbers and texts a text.',
    example: ['max(x)', ROWS, 4],
  },
  {
    name: 'first',
    signature: 'first(value: any): any',
    value: 'needed',
    units: [units.first],
    result: 'value',
    code: (slots) => slots(units.first)[0]!,
    doc: 'The value of the earliest record by event time, then by its place in the source.',
    example: ['first(x)', ROWS, 4],
  },
  {
    name: 'last',
    signature: 'last(value: any): any',
    value: 'needed',
    units: [units.last],
    result: 'value',
    code: (slots) => slots(units.last)[0]!,
    doc: 'The value of the latest record by event time, then by its place in the source.',
    example: ['last(x)', ROWS, 1],
  },
  {
    name: 'variance',
    signature: 'variance(value: number): number',
    value: 'needed',
    units: [units.moments],
    result: 'number',
    code: (slots) => variance(slots, (code) => code),
    doc: 'The sample variance, by n − 1; null of fewer than two values.',
    example: ['variance(x)', ROWS, 3],
  },
  {
    name: 'stddev',
    signature: 'stddev(value: number): number',
    value: 'needed',
    units: [units.moments],
    result: 'number',
    code: (slots) => variance(slots, (code) => `Math.sqrt(${code})`),
    doc: 'The sample standard deviation, the square root of `variance`.',
    example: ['stddev(x)', [{ x: 1 }, { x: 3 }, { x: 5 }], 2],
  },
  {
    name: 'quantile',
    signature: 'quantile(value: number, q: number): number',
    value: 'needed',
    parameters: [{ name: 'q', min: 0, max: 1 }],
    units: [units.digest],
    result: 'number',
    code: (slots, [q = 0]) => quantile(slots, q),
    doc: 'The value below which a share q of the values lies. Exact of up to 200 values, then by a t-digest (Dunning 2021).',
    example: ['quantile(x, 0.75)', ROWS, 2.5],
  },
  {
    name: 'median',
    signature: 'median(value: number): number',
    value: 'needed',
    units: [units.digest],
    result: 'number',
    code: (slots) => quantile(slots, 0.5),
    doc: 'As `quantile(value, 0.5)`.',
    example: ['median(x)', ROWS, 1],
  },
  {
    name: 'distinct',
    signature: 'distinct(value: number | text | bool): number',
    value: 'needed',
    units: [units.distinct],
    result: 'number',
    code: (slots) => `${slots(units.distinct)[0]}.size`,
    doc: 'How many different values. Exact: it remembers all of them.',
    example: ['distinct(x)', ROWS, 2],
  },
  {
    name: 'distinctApprox',
    signature: 'distinctApprox(value: number | text | bool, precision?: number): number',
    value: 'needed',
    parameters: [{ name: 'precision', min: 4, max: 18, integer: true, default: 12 }],
    sizedBy: 0,
    units: [units.sketch],
    result: 'number',
    code: (slots) => `$a.sketchedCount(${slots(units.sketch)[0]})`,
    doc:
      'How many different values, estimated by HyperLogLog (Flajolet et al. 2007, with the estimator of Ertl 2017) in about ' +
      '2^precision bytes; the standard error is 1.04 / √(2^precision). With 12, unless told otherwise, that is 4 KiB and 1.6 %. ' +
      'Up to 2^precision / 8 values, but no more than 1,024, take less and are counted by their hashes.',
    example: ['distinctApprox(x)', ROWS, 2],
  },
  {
    name: 'collect',
    signature: 'collect(value: any, limit?: number): list',
    value: 'needed',
    parameters: [{ name: 'limit', min: 1, max: 10_000, integer: true, default: 100 }],
    sizedBy: 0,
    units: [units.list],
    result: 'list',
    code: (slots) => `$a.collectedValues(${slots(units.list)[0]})`,
    doc: 'The values of the earliest records, in order, up to a limit, 100 unless told otherwise.',
    example: ['collect(x, 2)', ROWS, [4, 1]],
  },
];

/** The aggregates by name. */
export const aggregates: ReadonlyMap<string, AggregateFunction> = new Map(all.map((fn) => [fn.name, fn]));
