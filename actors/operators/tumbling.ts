import { field, operator } from '#stage';
import { Grid } from '../lib/window/grid.ts';
import { foldOf, resultFields, resultOptions, resultReads } from '../lib/window/options.ts';
import { SlicePartial } from '../lib/window/slice-partial.ts';
import { SliceWindows } from '../lib/window/slice-windows.ts';

/** Windows of equal length, one after the other, over event time. */
export default operator({
  summary: 'Aggregate or rank the records of each key in windows of equal length, one after the other.',
  docs: `A record of event time \`t\` belongs to the window [start, end) with
\`start = floor((t − offset) / size) · size + offset\`. A window closes when the watermark reaches \`end − 1\`
(\`allowedLateness\` later, if given), and gives its result once: one row per key with the key's fields, the aggregates,
\`windowStart\` and \`windowEnd\` in milliseconds. With \`top\` it gives the best records themselves.

A record whose window has closed is counted as late and goes to the side output \`late\`. A stream without a key has one
group; its records are folded before they cross threads.`,
  since: '0.1.0',
  stateVersion: 1,
  options: {
    size: field.duration('Length of a window.', { min: 1 }),
    offset: field.duration('Shifts the windows, which else begin at multiples of their size since 1970.', {
      min: 0,
      default: '0',
    }),
    ...resultOptions,
  },
  cost: 'O(1) per record; one accumulator per key and open window',
  references: ['T. Akidau et al., The Dataflow Model, VLDB 2015'],
  partition: 'key',
  eventTime: true,
  reads: resultReads,
  fields: resultFields,
  sides: () => ['late'],
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
  ],
  partial: (options, context) => new SlicePartial(gridOf(options), foldOf(options, context), context),
  create: (options, context) =>
    new SliceWindows(gridOf(options), foldOf(options, context), options.allowedLateness, context),
});

function gridOf({ size, offset }: { size: number; offset: number }): Grid {
  return new Grid({ size, every: size, offset });
}
