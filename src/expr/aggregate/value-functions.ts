import { type ListedAggregate, ROWS } from './function.ts';
import { retractableUnits } from './retractable-units.ts';
import { units } from './units.ts';

/** What is chosen of values, or counted of them. */
export const valueFunctions: readonly ListedAggregate[] = [
  {
    name: 'min',
    signature: 'min(value: number | text): number | text',
    value: 'needed',
    takes: 'ordered',
    units: [units.least],
    result: 'value',
    code: (slots) => `(${slots(units.least)[0]} === 0 ? 0 : ${slots(units.least)[0]})`,
    retractable: {
      units: [retractableUnits.values],
      code: (slots) => `(${slots(retractableUnits.values)[0]}.first ?? null)`,
    },
    doc: 'The least value; of numbers and texts a number.',
    example: ['min(x)', ROWS, 1],
  },
  {
    name: 'max',
    signature: 'max(value: number | text): number | text',
    value: 'needed',
    takes: 'ordered',
    units: [units.greatest],
    result: 'value',
    code: (slots) => `(${slots(units.greatest)[0]} === 0 ? 0 : ${slots(units.greatest)[0]})`,
    retractable: {
      units: [retractableUnits.values],
      code: (slots) => `(${slots(retractableUnits.values)[0]}.last ?? null)`,
    },
    doc: 'The greatest value; of numbers and texts a text.',
    example: ['max(x)', ROWS, 4],
  },
  {
    name: 'first',
    signature: 'first(value: any): any',
    value: 'needed',
    takes: 'anything',
    units: [units.first],
    result: 'value',
    code: (slots) => slots(units.first)[0]!,
    retractable: {
      units: [retractableUnits.events],
      code: (slots) => `$a.eventValue(${slots(retractableUnits.events)[0]}.first)`,
    },
    doc: 'The value of the earliest record by event time, then by its place in the source.',
    example: ['first(x)', ROWS, 4],
  },
  {
    name: 'last',
    signature: 'last(value: any): any',
    value: 'needed',
    takes: 'anything',
    units: [units.last],
    result: 'value',
    code: (slots) => slots(units.last)[0]!,
    retractable: {
      units: [retractableUnits.events],
      code: (slots) => `$a.eventValue(${slots(retractableUnits.events)[0]}.last)`,
    },
    doc: 'The value of the latest record by event time, then by its place in the source.',
    example: ['last(x)', ROWS, 1],
  },
  {
    name: 'collect',
    signature: 'collect(value: any, limit?: number): list',
    value: 'needed',
    takes: 'anything',
    parameters: [{ name: 'limit', min: 1, max: 10_000, integer: true, default: 100 }],
    sizedBy: 0,
    units: [units.list],
    result: 'list',
    code: (slots) => `$a.collectedValues(${slots(units.list)[0]})`,
    retractable: {
      units: [retractableUnits.events],
      code: (slots, [limit]) => `$a.firstValues(${slots(retractableUnits.events)[0]}, ${limit})`,
    },
    doc: 'The values of the earliest records, in order, up to a limit, 100 unless told otherwise.',
    example: ['collect(x, 2)', ROWS, [4, 1]],
  },
  {
    name: 'distinct',
    signature: 'distinct(value: number | text | bool): number',
    value: 'needed',
    takes: 'scalar',
    units: [units.distinct],
    result: 'number',
    code: (slots) => `${slots(units.distinct)[0]}.size`,
    retractable: {
      units: [units.counts],
      code: (slots) => `${slots(units.counts)[0]}.size`,
    },
    doc: 'How many different values. Exact: it remembers all of them.',
    example: ['distinct(x)', ROWS, 2],
  },
  {
    name: 'distinctApprox',
    signature: 'distinctApprox(value: number | text | bool, precision?: number): number',
    value: 'needed',
    takes: 'scalar',
    parameters: [{ name: 'precision', min: 4, max: 18, integer: true, default: 12 }],
    sizedBy: 0,
    units: [units.sketch],
    result: 'number',
    code: (slots) => `$a.sketchedCount(${slots(units.sketch)[0]})`,
    retractable: 'its sketch does not tell which values made it; distinct() knows them',
    doc:
      'How many different values, estimated by HyperLogLog (Flajolet et al. 2007, with the estimator of Ertl 2017) in about ' +
      '2^precision bytes; the standard error is 1.04 / √(2^precision). With 12, unless told otherwise, that is 4 KiB and 1.6 %. ' +
      'Up to 2^precision / 8 values, but no more than 1,024, take less and are counted by their hashes.',
    example: ['distinctApprox(x)', ROWS, 2],
  },
  {
    name: 'topK',
    signature: 'topK(value: number | text | bool, k: number): list',
    value: 'needed',
    takes: 'scalar',
    parameters: [{ name: 'k', min: 1, max: 10_000, integer: true }],
    units: [units.counts],
    result: 'list',
    code: (slots, [k]) => `$a.topCounts(${slots(units.counts)[0]}, ${k})`,
    doc:
      'The k values that came most often, each as `{ value, count }`, the most frequent first; of equally frequent ones ' +
      'numbers before texts before bools, and the lesser first. Exact: it remembers every different value.',
    example: ['topK(x, 1)', ROWS, [{ value: 1, count: 2 }]],
  },
  {
    name: 'heavyHitters',
    signature: 'heavyHitters(value: number | text | bool, k: number, capacity?: number): list',
    value: 'needed',
    takes: 'scalar',
    parameters: [
      { name: 'k', min: 1, max: 10_000, integer: true },
      { name: 'capacity', min: 1, max: 100_000, integer: true, default: 1000 },
    ],
    refuse: (k, capacity) => (k > capacity ? `k, ${k}, is more than capacity, ${capacity}` : undefined),
    sizedBy: 1,
    units: [units.heavy],
    result: 'list',
    code: (slots, [k]) => `$a.topCounts(${slots(units.heavy)[0]}, ${k})`,
    retractable: 'it has forgotten most of what it counted; topK() has not',
    doc:
      'As `topK`, but it remembers no more than `capacity` values, 1,000 unless told otherwise: those that may have come most ' +
      'often (Misra and Gries 1982; merged after Agarwal et al. 2012). Of n values none is counted too often, and none is ' +
      'missed more than n / (capacity + 1) times, so what came more often than that is among the remembered. Exact while ' +
      'no more than `capacity` values differ.',
    example: [
      'heavyHitters(x, 2)',
      ROWS,
      [
        { value: 1, count: 2 },
        { value: 4, count: 1 },
      ],
    ],
  },
];
