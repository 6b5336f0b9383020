import { field, operator } from '#stage';
import { foldOf, resultFields, resultOptions, resultReads } from '../lib/window/options.ts';
import { SessionWindows } from '../lib/window/sessions.ts';

/** Windows of activity, ended by a pause, over event time. */
export default operator({
  summary: 'Aggregate or rank the records of each key in sessions: runs of records with no pause longer than the gap.',
  docs: `Records of a key belong to one session as long as each comes no more than \`gap\` after another one; exactly \`gap\` apart
they still do. A record that fits between two sessions joins them. A session closes when the watermark reaches its last
record's time plus \`gap\`, and gives one row: the key's fields, the aggregates, \`windowStart\` (the first record's time) and
\`windowEnd\` (the last one's plus \`gap\`).

A record is late when it touches no open session and one of its own would have closed already.`,
  since: '0.1.0',
  stateVersion: 1,
  options: {
    gap: field.duration('The longest pause within a session.', { min: 1 }),
    ...resultOptions,
  },
  cost: 'O(1) per record; one accumulator per open session',
  partition: 'key',
  eventTime: true,
  reads: resultReads,
  fields: resultFields,
  sides: () => ['late'],
  examples: [
    {
      title: 'bids exactly a gap apart belong together',
      options: { gap: '10s', aggregate: { bids: 'count()' } },
      given: [
        { $time: 0, $key: 'ann' },
        { $time: 10000, $key: 'ann' },
        { $time: 20001, $key: 'ann' },
      ],
      expect: [
        { key: 'ann', bids: 2, windowStart: 0, windowEnd: 20000 },
        { key: 'ann', bids: 1, windowStart: 20001, windowEnd: 30001 },
      ],
    },
  ],
  create: (options, context) =>
    new SessionWindows(options.gap, foldOf(options, context), options.allowedLateness, context),
});
