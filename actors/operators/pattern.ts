import { field, operator } from '#stage';
import { heldCapacity } from '../lib/ordered/held-records.ts';
import { PatternMatcher } from '../lib/pattern/matcher.ts';
import { planOf } from '../lib/pattern/plan.ts';
import { SKIPS } from '../lib/pattern/skip.ts';
import { matchTypes, viewTypes } from '../lib/pattern/types.ts';
import { distinct } from '../lib/window/aggregate-fold.ts';

const CONTIGUITIES = ['strict', 'relaxed', 'any'] as const;

const step = field.group('A step.', {
  name: field.text('What its records are called.'),
  if: field.expression('The condition that its records meet; it may read records of steps before, as `select` does.'),
  times: field.any('How many records: `3`, `3+` (at least), `2-5`, or `{ min: 2, max: 5 }`.', { default: 1 }),
  optional: field.flag('A match may be without it.', { default: false }),
  greedy: field.flag('It takes all that it can before a later step begins.', { default: false }),
  not: field.flag('No record may meet the condition, between the steps before and behind.', { default: false }),
  contiguity: field.choice('How its records follow those before; by default as the whole pattern says.', CONTIGUITIES, {
    optional: true,
  }),
});

/** Finds sequences of records. */
export default operator({
  summary: 'Find sequences of records of a key that meet one condition after the other within a time.',
  docs: `A match is a sequence of records of one key, in the order of event time and then of their source. Each belongs to a step and
meets its condition; steps follow one another in order, each with as many records as its \`times\` says, or none if it is
\`optional\`; from the first record to the last it is no longer than \`within\`.

Between a record and the next one of the match:
- \`contiguity: strict\`: there is no other record;
- \`relaxed\`: there is none that meets the condition of the step which the next one belongs to: the first that fits is taken;
- \`any\`: there may be anything, so one record may be in many matches;
- a step with \`not\` that lies between the two: there is none that meets its condition. At the end of a pattern it means that
  none comes until \`within\` is over, and the match is given then;
- a \`greedy\` step that is left with fewer records than it may have, or passed over: there is none that it could take, and the
  next one is none either. At the end of a pattern a step ends as soon as it has enough, greedy or not.

Matches are found in the order of their last records, of those with the same the one that began first; then the one whose next
record came first, and so on, so that longer ones come first. Behind a match \`skip\` says with which records others may begin:
\`no-skip\` with all, \`to-next\` with those behind its first, \`past-last\` with those behind its last, \`to-first\` and \`to-last\`
with the first or last record of the step \`skipTo\` and those behind it. Partial matches that began earlier are forgotten.

A match is a record of the key's fields, \`matchStart\` and \`matchEnd\` (event times, milliseconds) and a field per step: its
record if it takes one at most, or null; else the list of its records. \`select\` makes other fields of these:
\`failed[0].ip\`, \`failed.length\`, \`success.at\`. Event time is that of the last record.

Partial matches whose time is over go to the side output \`timeout\`, in the form without \`select\`. Records are held back until
the watermark has passed them; what comes behind it is late. A key has \`partials\` partial matches at most: of more, the one
that began first becomes a dead letter with the code \`WEIR_PARTIAL_MATCHES\`. A condition on records before that cannot be
computed does not hold.`,
  since: '0.1.0',
  stateVersion: 1,
  options: {
    steps: field.list('The steps, in order.', step),
    within: field.duration('The longest time from the first record to the last.', { min: 1 }),
    contiguity: field.choice('How records of a match follow each other.', CONTIGUITIES, { default: 'relaxed' }),
    skip: field.choice('Where the next match may begin.', SKIPS, { default: 'past-last' }),
    skipTo: field.text('The step that `to-first` and `to-last` speak of.', { optional: true }),
    select: field.projection('Output field → expression over the match.', { optional: true }),
    partials: field.count('Partial matches of a key at most.', { unit: 'matches', min: 1, max: 1e6, default: 1000 }),
    capacity: heldCapacity,
  },
  cost: 'O(partial matches of the key) per record; the records of partial matches, each once per key',
  references: [
    'J. Agrawal et al., Efficient Pattern Matching over Event Streams, SIGMOD 2008',
    'Apache Flink 2.2, CEP library: the same words, with differences where these are written down above',
  ],
  partition: 'key',
  eventTime: true,
  refuse: ({ steps, contiguity }) => void planOf(steps, contiguity),
  reads: () => 'all',
  fields: ({ select, steps }, keyNames) =>
    select?.names ??
    distinct([...keyNames, 'matchStart', 'matchEnd', ...steps.filter(({ not }) => !not).map(({ name }) => name)]),
  types: ({ select, steps }) => (select === undefined ? matchTypes(steps) : {}),
  sees: ({ steps }, keyNames) => ({
    steps: { also: viewTypes(steps) },
    select: { only: { ...Object.fromEntries(keyNames.map((name) => [name, 'any'])), ...matchTypes(steps) } },
  }),
  sides: () => ['late', 'timeout'],
  sideRecords: ({ steps }) => ({ late: ['input'], timeout: matchTypes(steps) }),
  examples: [
    {
      title: 'three failed logins, then a success, within a minute',
      options: {
        steps: [
          { name: 'failed', if: 'ok == false', times: 3 },
          { name: 'success', if: 'ok == true' },
        ],
        within: '1m',
        select: { user: 'key', from: 'failed[0].ip', tries: 'failed.length', ip: 'success.ip' },
      },
      given: [
        { $time: 1000, $key: 'ann', ok: false, ip: '::1' },
        { $time: 2000, $key: 'ann', ok: false, ip: '::1' },
        { $time: 3000, $key: 'bob', ok: true, ip: '::2' },
        { $time: 5000, $key: 'ann', ok: true, ip: '::3' },
        { $time: 4000, $key: 'ann', ok: false, ip: '::1' },
      ],
      expect: [{ user: 'ann', from: '::1', tries: 3, ip: '::3' }],
    },
    {
      title: 'an order that is not paid within ten minutes',
      options: {
        steps: [
          { name: 'order', if: 'type == "order"' },
          { name: 'payment', if: 'type == "payment"', not: true },
        ],
        within: '10m',
      },
      given: [
        { $time: 0, $key: 1, type: 'order' },
        { $time: 60_000, $key: 2, type: 'order' },
        { $time: 90_000, $key: 1, type: 'payment' },
      ],
      expect: [{ key: 2, matchStart: 60_000, matchEnd: 60_000, order: { type: 'order' } }],
    },
    {
      title: 'a price that falls at least twice in a row and then rises above where it began',
      options: {
        steps: [
          { name: 'start', if: 'true' },
          { name: 'down', if: 'price < (down[down.length - 1] ?? start).price', times: '2+', contiguity: 'strict' },
          { name: 'up', if: 'price > start.price', contiguity: 'strict' },
        ],
        within: '1h',
        select: { from: 'start.price', low: 'down[down.length - 1].price', to: 'up.price' },
      },
      given: [
        { $time: 1, price: 10 },
        { $time: 2, price: 8 },
        { $time: 3, price: 5 },
        { $time: 4, price: 12 },
      ],
      expect: [{ from: 10, low: 5, to: 12 }],
    },
  ],
  create: ({ steps, within, contiguity, skip, skipTo, select, partials, capacity }, context) => {
    const plan = planOf(steps, contiguity);
    return new PatternMatcher({ plan, within, skip: { how: skip, to: skipTo }, select, partials, capacity }, context);
  },
});
