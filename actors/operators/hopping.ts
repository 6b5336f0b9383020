import { field, operator } from '#stage';
import { Grid } from '../lib/window/grid.ts';
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
import { SliceWindows } from '../lib/window/slice-windows.ts';
import { UNFOLDED, updatingWindows, windowKey } from '../lib/window/updating.ts';

/** Windows of equal length that overlap, over event time. */
export default operator({
  summary: 'Aggregate or rank the records of each key in windows that begin at a steady pace and overlap.',
  docs: `A window [start, start + size) begins at every multiple of \`every\` (plus \`offset\`). Windows share slices as long as
the greatest common divisor of \`size\` and \`every\`: a record is folded once, into its slice, however many windows it is in,
and a window merges its slices when the watermark reaches its last millisecond. Of windows of more than eight slices only
those are merged that are new in it, so that an hour every second costs what a minute every second does.

The results are those of \`tumbling\`. A record is late when the last window that it belongs to has closed; one that only
some of its windows have closed for counts in the others. With \`every\` longer than \`size\` there are gaps between the
windows, and what falls into them is left out.

\`early\` and \`lateness: update\` are as in \`tumbling\`. A record changes all windows that it is in, so of a changed key each of
them gives a row: \`size / every\` rows, each a merge of up to as many slices. \`early.records\` counts a record in each.`,
  since: '0.1.0',
  stateVersion: 1,
  options: {
    size: field.duration('Length of a window.', { min: 1 }),
    every: field.duration('Time from the begin of one window to the next.', { min: 1 }),
    offset: field.duration('Shifts the windows, which else begin at multiples of `every` since 1970.', {
      min: 0,
      default: '0',
    }),
    ...resultOptions,
    ...updateOptions,
  },
  cost: 'O(1) per record; one accumulator per key and slice; at the close of a window one row per key, and a merge per key and slice, above eight slices about four per key and slice in all',
  references: [
    'P. Carbone et al., Cutty: Aggregate Sharing for User-Defined Windows, CIKM 2016',
    'K. Tangwongsan et al., Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time, DEBS 2017',
  ],
  partition: 'key',
  eventTime: true,
  updates: isUpdating,
  outputKey: (options, keyNames) => windowKey(options, keyNames),
  reads: resultReads,
  fields: resultFields,
  types: resultTypes,
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'bids per auction over ten seconds, every five',
      options: { size: '10s', every: '5s', aggregate: { bids: 'count()' } },
      given: [
        { $time: 1000, $key: 7 },
        { $time: 6000, $key: 7 },
      ],
      expect: [
        { key: 7, bids: 1, windowStart: -5000, windowEnd: 5000 },
        { key: 7, bids: 2, windowStart: 0, windowEnd: 10000 },
        { key: 7, bids: 1, windowStart: 5000, windowEnd: 15000 },
      ],
    },
    {
      title: 'with every second bid, what is known of the windows that it is in',
      options: { size: '10s', every: '5s', early: { records: 2 }, aggregate: { bids: 'count()' } },
      given: [
        { $time: 6000, $key: 7 },
        { $time: 7000, $key: 7 },
        { $time: 11000, $key: 7 },
      ],
      expect: [
        { key: 7, bids: 2, windowStart: 0, windowEnd: 10000 },
        { key: 7, bids: 2, windowStart: 5000, windowEnd: 15000 },
        { key: 7, bids: 3, windowStart: 5000, windowEnd: 15000 },
        { key: 7, bids: 1, windowStart: 10000, windowEnd: 20000 },
      ],
    },
  ],
  partial: (options, context) =>
    isUpdating(options) ? UNFOLDED : new SlicePartial(new Grid(options), foldOf(options, context), context),
  create: (options, context) => {
    const fold = foldOf(options, context);
    return isUpdating(options)
      ? updatingWindows(new Grid(options), fold, options, context)
      : new SliceWindows(new Grid(options), fold, options.allowedLateness, context);
  },
});
