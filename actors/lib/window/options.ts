import type { Aggregation, Expression, OperatorContext, Reads } from '#stage';
import { field, WeirError } from '#stage';
import { aggregateFold, windowFields } from './aggregate-fold.ts';
import type { Fold } from './fold.ts';
import type { Cut } from './ranking.ts';
import { topFold } from './top-fold.ts';

const topFields = {
  by: field.expression('The value to rank by. Records for which it is null or NaN have no place.'),
  n: field.count('How many places.', { unit: 'records', min: 1, max: 100_000, default: 1 }),
  ties: field.choice(
    'Whether records that tie with the last place are kept too, or the earlier one wins.',
    ['none', 'all'],
    { default: 'none' },
  ),
  order: field.choice('Which values are best: the largest or the smallest.', ['desc', 'asc'], { default: 'desc' }),
};
const TOP = 'The records with the best values instead of aggregates: they come out as they came in, best first.';

/** What windows without bounds in time give. */
export const unboundedOptions = {
  aggregate: field.aggregates('What to compute of each window: one row per key, with these fields.', {
    optional: true,
  }),
  top: field.group(TOP, topFields, { optional: true }),
};

/** What a window gives: the options that all kinds of window share. */
export const resultOptions = {
  aggregate: unboundedOptions.aggregate,
  top: field.group(
    TOP,
    { ...topFields, windowStart: field.flag('Adds windowStart and windowEnd to the records.', { default: false }) },
    { optional: true },
  ),
  allowedLateness: field.duration(
    'How much longer each window stays open after the watermark has passed its end; its results bear the later time.',
    { min: 0, default: '0' },
  ),
};

/** By which clock a window goes: the option of those that have the choice. */
export const clockOption = field.choice(
  'What the windows are over: the event time of records, or `processing`, the time by the wall clock at which a record is met.',
  ['event', 'processing'],
  { default: 'event' },
);

interface Results {
  clock?: 'event' | 'processing';
  allowedLateness?: number;
  aggregate: Aggregation | undefined;
  top: ({ by: Expression; windowStart?: boolean } & Cut) | undefined;
}

/** Throws `WEIR_OPTION` unless there is exactly one of `aggregate` and `top`. */
export function refuse({ aggregate, top, clock, allowedLateness }: Results): void {
  if (clock === 'processing' && allowedLateness !== 0) {
    throw new WeirError('WEIR_OPTION', 'no record is late by the wall clock: leave out allowedLateness');
  }
  if ((aggregate === undefined) === (top === undefined)) {
    throw new WeirError(
      'WEIR_OPTION',
      'a window takes one of aggregate and top: say what to compute, or what to rank by',
    );
  }
}

/** The fold that the options ask for. Throws `WEIR_OPTION` unless there is exactly one of `aggregate` and `top`. */
export function foldOf(options: Results, context: OperatorContext): Fold<any> {
  refuse(options);
  const { aggregate, top } = options;
  if (top !== undefined) return topFold(top.by, top, top.windowStart === true);
  return aggregateFold(aggregate as Aggregation, context);
}

/** The fields of the results; undefined for `top`, which passes records on. */
export function resultFields(options: Results, keyNames: readonly string[]): readonly string[] | undefined {
  refuse(options);
  return options.aggregate && windowFields(keyNames, options.aggregate);
}

/** What a window reads: for `top`, which passes records on, all. */
export function resultReads({ aggregate }: Results): Reads {
  return aggregate === undefined ? 'all' : aggregate.fields;
}
