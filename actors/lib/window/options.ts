import type { Aggregation, Expression, FieldTypes, OperatorContext, Reads } from '#stage';
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

/** When windows give their result besides at their end: options of those that can take back what they gave. */
export const updateOptions = {
  early: field.group(
    'Gives current results of windows before they close, of keys that have changed: the result is then updating.',
    {
      every: field.duration('Whenever so much time of the wall clock is over, at multiples of it.', {
        min: 1,
        optional: true,
      }),
      records: field.count('With every so many records that a key has in a window.', {
        unit: 'records',
        min: 1,
        optional: true,
      }),
    },
    { optional: true },
  ),
  lateness: field.choice(
    'What `allowedLateness` means: a window waits so long and gives once, or gives at its end and again when late records change it, an updating result.',
    ['wait', 'update'],
    { default: 'wait' },
  ),
};

/** When results come, of windows that can give some more than once. */
export interface Updating {
  readonly early: { readonly every: number | undefined; readonly records: number | undefined } | undefined;
  readonly lateness: 'wait' | 'update';
  readonly allowedLateness: number;
}

/** The only one that sessions have. */
export const earlyOption = { early: updateOptions.early };

/** Whether later rows may take the place of earlier ones. */
export function isUpdating({ early, lateness }: { early: unknown; lateness?: 'wait' | 'update' }): boolean {
  return early !== undefined || lateness === 'update';
}

interface Results {
  early?: Updating['early'];
  lateness?: Updating['lateness'];
  clock?: 'event' | 'processing';
  allowedLateness?: number;
  aggregate: Aggregation | undefined;
  top: ({ by: Expression; windowStart?: boolean } & Cut) | undefined;
}

/** Throws `WEIR_OPTION` unless there is exactly one of `aggregate` and `top`. */
export function refuse({ aggregate, top, clock, allowedLateness, early, lateness }: Results): void {
  const updating = early !== undefined || lateness === 'update';
  if (updating && top !== undefined) {
    throw new WeirError(
      'WEIR_OPTION',
      'rows of `top` have no key of their own: early and late updates are of aggregates',
    );
  }
  if (updating && clock === 'processing') {
    throw new WeirError(
      'WEIR_OPTION',
      'windows by the wall clock give their result once: leave out early and lateness',
    );
  }
  if (early !== undefined && early.every === undefined && early.records === undefined) {
    throw new WeirError('WEIR_OPTION', 'early needs to be told when: say every, records, or both');
  }
  if (lateness === 'update' && allowedLateness === 0) {
    throw new WeirError('WEIR_OPTION', 'lateness: update needs allowedLateness: how late a record may be');
  }
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

const BOUNDS = { windowStart: 'time', windowEnd: 'time' } as const;

/** The types of what a window adds to what it aggregates, or to the records of `top`. */
export function resultTypes({ aggregate, top }: Pick<Results, 'aggregate' | 'top'>): FieldTypes {
  return aggregate !== undefined || top?.windowStart ? BOUNDS : {};
}

/** What a window reads: for `top`, which passes records on, all. */
export function resultReads({ aggregate }: Results): Reads {
  return aggregate === undefined ? 'all' : aggregate.fields;
}
