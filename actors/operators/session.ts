import { field, operator } from '#stage';
import { ClockSessions } from '../lib/window/clock-sessions.ts';
import {
  clockOption,
  earlyOption,
  foldOf,
  isUpdating,
  resultFields,
  resultOptions,
  resultReads,
  resultTypes,
} from '../lib/window/options.ts';
import { SessionWindows } from '../lib/window/sessions.ts';
import { earlySessions, windowKey } from '../lib/window/updating.ts';

/** Windows of activity, ended by a pause. */
export default operator({
  summary: 'Aggregate or rank the records of each key in sessions: runs of records with no pause longer than the gap.',
  docs: `Records of a key belong to one session as long as each comes no more than \`gap\` after another one; exactly \`gap\` apart
they still do. A record that fits between two sessions joins them. A session closes when the watermark reaches its last
record's time plus \`gap\`, and gives one row: the key's fields, the aggregates, \`windowStart\` (the first record's time) and
\`windowEnd\` (the last one's plus \`gap\`).

A record is late when it touches no open session and one of its own would have closed already.

With \`early\` a session gives its current result before it closes: an updating result, one row per key and \`windowStart\`. When
the begin of a session moves because an earlier record comes, or when sessions are joined, the rows that there were of
them are retracted, and the new one is given at once.

With \`clock: processing\` what counts is not a record's event time but the wall clock when this stage meets it: a session
closes when nothing has come for longer than \`gap\`, or at the end of the input. As the result depends on when the stage ran,
a second run gives another one; nothing is late. A row's event time is \`windowEnd\`, or just past the watermark where that is
further on.`,
  since: '0.1.0',
  stateVersion: 1,
  options: {
    gap: field.duration('The longest pause within a session.', { min: 1 }),
    clock: clockOption,
    ...resultOptions,
    ...earlyOption,
  },
  cost: 'O(1) per record; one accumulator per open session',
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
    {
      title: 'a visit with every second page, which an earlier page begins anew',
      options: { gap: '10s', early: { records: 2 }, aggregate: { pages: 'count()' } },
      given: [
        { $time: 5000, $key: 'ann' },
        { $time: 6000, $key: 'ann' },
        { $time: 4000, $key: 'ann' },
      ],
      expect: [
        { key: 'ann', pages: 2, windowStart: 5000, windowEnd: 16000 },
        { key: 'ann', pages: 2, windowStart: 5000, windowEnd: 16000, $retract: true },
        { key: 'ann', pages: 3, windowStart: 4000, windowEnd: 16000 },
      ],
    },
    {
      title: 'a visit as it is seen, by the wall clock, which stands at 0',
      options: { gap: '10s', clock: 'processing', aggregate: { pages: 'count()' } },
      given: [
        { $time: 90000, $key: 'ann' },
        { $time: 50000, $key: 'ann' },
      ],
      expect: [{ key: 'ann', pages: 2, windowStart: 0, windowEnd: 10000 }],
    },
  ],
  create: (options, context) => {
    const fold = foldOf(options, context);
    if (isUpdating(options)) return earlySessions(fold, options, context);
    return options.clock === 'event'
      ? new SessionWindows(options.gap, fold, options.allowedLateness, context)
      : new ClockSessions(options.gap, fold, context);
  },
});
