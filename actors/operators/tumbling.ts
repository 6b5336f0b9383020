import { field, operator } from '#stage';
import { ClockPartial, ClockWindows } from '../lib/window/clock-windows.ts';
import { Grid } from '../lib/window/grid.ts';
import {
  clockOption,
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

/** Windows of equal length, one after the other. */
export default operator({
  summary: 'Aggregate or rank the records of each key in windows of equal length, one after the other.',
  docs: `A record of event time \`t\` belongs to the window [start, end) with
\`start = floor((t − offset) / size) · size + offset\`. A window closes when the watermark reaches \`end − 1\`
(\`allowedLateness\` later, if given), and gives its result once: one row per key with the key's fields, the aggregates,
\`windowStart\` and \`windowEnd\` in milliseconds. With \`top\` it gives the best records themselves.

A record whose window has closed is counted as late and goes to the side output \`late\`. A stream without a key has one
group; its records are folded before they cross threads.

With \`early\` a window gives its current result before it closes, and with \`lateness: update\` again after its end. Then the
result is updating: of the rows of a key with the same \`windowStart\` the last one counts, and all have the same event time.
A row that is what was given last is not given again. Write it to a sink that keeps one row per key and window.

With \`clock: processing\` a record belongs to the window of the wall clock at which this stage meets it, whatever its event
time. A window closes when the clock has passed its end (looked at every 100 ms or so), and at the end of the input. So the
result depends on when and how fast the stage ran: nothing is late, but a second run, or records read again after a crash,
may fall into other windows. A row's event time is \`end − 1\`, or just past the watermark where that is further on.`,
  since: '0.1.0',
  stateVersion: 1,
  options: {
    size: field.duration('Length of a window.', { min: 1 }),
    offset: field.duration('Shifts the windows, which else begin at multiples of their size since 1970.', {
      min: 0,
      default: '0',
    }),
    clock: clockOption,
    ...resultOptions,
    ...updateOptions,
  },
  cost: 'O(1) per record; one accumulator per key and open window',
  references: ['T. Akidau et al., The Dataflow Model, VLDB 2015'],
  partition: 'key',
  eventTime: ({ clock }) => clock === 'event',
  updates: isUpdating,
  outputKey: (options, keyNames) => windowKey(options, keyNames),
  reads: resultReads,
  fields: resultFields,
  types: resultTypes,
  sides: ({ clock }) => (clock === 'event' ? ['late'] : []),
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'a mean per key and window',
      options: { size: '10s', aggregate: { load: 'mean(value)', n: 'count()' } },
      given: [
        { $time: 1000, $key: 'a', value: 2 },
        { $time: 2000, $key: 'b', value: 5 },
        { $time: 9000, $key: 'a', value: 4 },
        { $time: 10000, $key: 'a', value: 7 },
      ],
      expect: [
        { key: 'a', load: 3, n: 2, windowStart: 0, windowEnd: 10000 },
        { key: 'b', load: 5, n: 1, windowStart: 0, windowEnd: 10000 },
        { key: 'a', load: 7, n: 1, windowStart: 10000, windowEnd: 20000 },
      ],
    },
    {
      title: 'the highest bid of each window, ties all kept',
      options: { size: '10s', top: { by: 'price', ties: 'all' } },
      given: [
        { $time: 1000, bidder: 1, price: 7 },
        { $time: 2000, bidder: 2, price: 9 },
        { $time: 3000, bidder: 3, price: 9 },
      ],
      expect: [
        { bidder: 2, price: 9 },
        { bidder: 3, price: 9 },
      ],
    },
    {
      title: 'requests per ten seconds of the wall clock, which stands at 0',
      options: { size: '10s', clock: 'processing', aggregate: { n: 'count()' } },
      given: [
        { $time: 90000, $key: 'a' },
        { $time: 50000, $key: 'a' },
      ],
      expect: [{ key: 'a', n: 2, windowStart: 0, windowEnd: 10000 }],
    },
    {
      title: 'the count of the day so far, with every second record',
      options: { size: '1d', early: { records: 2 }, aggregate: { n: 'count()' } },
      given: [
        { $time: 1000, $key: 'a' },
        { $time: 2000, $key: 'a' },
        { $time: 3000, $key: 'a' },
      ],
      expect: [
        { key: 'a', n: 2, windowStart: 0, windowEnd: 86400000 },
        { key: 'a', n: 3, windowStart: 0, windowEnd: 86400000 },
      ],
    },
    {
      title: 'a result at the end of each ten seconds, and again for what comes up to a minute later',
      options: { size: '10s', lateness: 'update', allowedLateness: '1m', aggregate: { n: 'count()' } },
      given: [
        { $time: 1000, $key: 'a' },
        { $time: 12000, $key: 'a' },
      ],
      expect: [
        { key: 'a', n: 1, windowStart: 0, windowEnd: 10000 },
        { key: 'a', n: 1, windowStart: 10000, windowEnd: 20000 },
      ],
    },
  ],
  partial: (options, context) => {
    if (isUpdating(options)) return UNFOLDED;
    const fold = foldOf(options, context);
    return options.clock === 'event'
      ? new SlicePartial(gridOf(options), fold, context)
      : new ClockPartial(fold, context);
  },
  create: (options, context) => {
    const fold = foldOf(options, context);
    if (isUpdating(options)) return updatingWindows(gridOf(options), fold, options, context);
    return options.clock === 'event'
      ? new SliceWindows(gridOf(options), fold, options.allowedLateness, context)
      : new ClockWindows(gridOf(options), fold, context);
  },
});

function gridOf({ size, offset }: { size: number; offset: number }): Grid {
  return new Grid({ size, every: size, offset });
}
