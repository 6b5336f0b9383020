import { field, operator } from '#stage';
import { CumulativeWindows } from '../lib/window/cumulative-windows.ts';
import {
  foldOf,
  isUpdating,
  resultFields,
  resultOptions,
  resultReads,
  resultTypes,
  updateOptions,
} from '../lib/window/options.ts';
import { SlicePartial } from '../lib/window/slice-partial.ts';
import { Steps } from '../lib/window/steps.ts';
import { UNFOLDED, updatingWindows, windowKey } from '../lib/window/updating.ts';

/** Windows that grow step by step up to a size, and begin anew. */
export default operator({
  summary: 'Aggregate or rank the records of each key since the begin of a period, step by step until it is over.',
  docs: `The visitors of the day so far, every hour: with \`size: 1d\` and \`every: 1h\` the windows of a day are its first hour, its first
two hours, and so on to the whole day. Window k of a period is [period, period + k · every); periods begin at multiples of
\`size\` since 1970-01-01 UTC, plus \`offset\`. \`size\` must be a multiple of \`every\`.

When the watermark reaches a step's last millisecond (\`allowedLateness\` later, if given), each key that has records in the
period so far gives one row, also one that had none in this step: the key's fields, the aggregates, \`windowStart\` (the
period's begin) and \`windowEnd\` (the step's end). With \`top\` it gives the best records so far.

\`early\` and \`lateness: update\` are as in \`tumbling\`, with rows told apart by \`windowEnd\` too. Early results are of the step that
has not ended, not of the longer windows that follow. Each row is then a merge of all steps of the period so far.

A record whose step has ended counts from the next step's end on. One whose period is over is late and goes to the side
output \`late\`. A stream without a key has one group; its records are folded before they cross threads.`,
  since: '0.2.0',
  stateVersion: 1,
  options: {
    size: field.duration('Length of a period, after which windows begin anew.', { min: 1 }),
    every: field.duration('Length of a step: how much a window is longer than the one before.', { min: 1 }),
    offset: field.duration('Shifts the periods, which else begin at multiples of their size since 1970.', {
      min: 0,
      default: '0',
    }),
    ...resultOptions,
    ...updateOptions,
  },
  cost: 'O(1) per record; one accumulator per key and period, and one per key and open step; at the end of a step one merge per key that it has, and one row per key of the period',
  references: ['Apache Flink, CUMULATE windowing table-valued function'],
  partition: 'key',
  eventTime: true,
  updates: isUpdating,
  outputKey: (options, keyNames) => windowKey(options, keyNames, true),
  reads: resultReads,
  fields: resultFields,
  types: resultTypes,
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'sales of half a minute so far, every ten seconds',
      options: { size: '30s', every: '10s', aggregate: { sold: 'sum(n)' } },
      given: [
        { $time: 1000, $key: 'tea', n: 2 },
        { $time: 12000, $key: 'milk', n: 1 },
        { $time: 23000, $key: 'tea', n: 3 },
      ],
      expect: [
        { key: 'tea', sold: 2, windowStart: 0, windowEnd: 10000 },
        { key: 'tea', sold: 2, windowStart: 0, windowEnd: 20000 },
        { key: 'milk', sold: 1, windowStart: 0, windowEnd: 20000 },
        { key: 'tea', sold: 5, windowStart: 0, windowEnd: 30000 },
        { key: 'milk', sold: 1, windowStart: 0, windowEnd: 30000 },
      ],
    },
  ],
  partial: (options, context) =>
    isUpdating(options) ? UNFOLDED : new SlicePartial(new Steps(options).grid, foldOf(options, context), context),
  create: (options, context) => {
    const fold = foldOf(options, context);
    return isUpdating(options)
      ? updatingWindows(new Steps(options), fold, options, context)
      : new CumulativeWindows(new Steps(options), fold, options.allowedLateness, context);
  },
});
