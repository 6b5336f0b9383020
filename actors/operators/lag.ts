import { field, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { previous, previousOptions } from '../lib/ordered/previous.ts';
import { copyOf } from '../lib/records/copy-of.ts';

/** A value of an earlier record of the same key. */
export default operator({
  summary: 'Add a value of the record before of the same key, or of the n-th record before.',
  docs: `Records are taken in the order of event time, those of equal time in the order of their source: they are held back
until the watermark has passed them, so the result is the same however they arrive. A record that comes behind the watermark
is late: it goes to the side output \`late\`.

The field is null for the first \`n\` records of a key, and when the record before is as old as \`ttl\` or older.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'of',
  options: {
    of: field.expression('The value.'),
    n: field.count('How many records before.', { unit: 'records', min: 1, max: 1000, default: 1 }),
    as: field.text('Name of the field that is added.', { default: 'previous' }),
    ...previousOptions,
  },
  cost: 'O(log n) per record, and n values per key; records wait until the watermark has passed them',
  references: ['ISO/IEC 9075-2, 7.15: LAG'],
  partition: 'key',
  eventTime: true,
  passes: true,
  types: ({ as, of }) => ({ [as]: of }),
  reads: ({ of }) => readsOf([of]),
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'the price before, by event time',
      options: { of: 'price' },
      given: [
        { $time: 1000, $key: 'tea', price: 4 },
        { $time: 3000, $key: 'tea', price: 6 },
        { $time: 2000, $key: 'tea', price: 5 },
        { $time: 3000, $key: 'milk', price: 1 },
      ],
      expect: [
        { price: 4, previous: null },
        { price: 5, previous: 4 },
        { price: 6, previous: 5 },
        { price: 1, previous: null },
      ],
    },
    {
      title: 'the page two before, within half an hour',
      options: { of: 'page', n: 2, as: 'from', ttl: '30m' },
      given: [
        { $time: 0, page: '/' },
        { $time: 60_000, page: '/tea' },
        { $time: 120_000, page: '/pay' },
        { $time: 3_600_000, page: '/' },
      ],
      expect: [
        { page: '/', from: null },
        { page: '/tea', from: null },
        { page: '/pay', from: '/' },
        { page: '/', from: null },
      ],
    },
  ],
  create: ({ as, ...rest }, context) =>
    previous(rest, context, ({ row, before }) => {
      const made = copyOf(row);
      made[as] = before?.value ?? null;
      return made;
    }),
});
