import { field, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { previous, previousOptions } from '../lib/ordered/previous.ts';
import { copyOf } from '../lib/records/copy-of.ts';

/** The difference from the record before. */
export default operator({
  summary: 'Add how much a value differs from that of the record before of the same key.',
  docs: `Value minus the value before; with \`per\` divided by the event time between the two, for that much time: how fast a gauge
moves. For a counter that only grows, and begins again at 0, take \`rate\`. \`diff: eventTime()\` is the time since the record
before, in milliseconds.

Records are taken in the order of event time, those of equal time in the order of their source: they are held back until the
watermark has passed them. A record that comes behind the watermark is late: it goes to the side output \`late\`.

The field is null for a key's first record, when either value is no number, when the record before is as old as \`ttl\` or
older, and with \`per\` when no time lies between the two.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'of',
  options: {
    of: field.expression('The value.'),
    per: field.duration('The time that the difference is given for; by default the difference itself.', {
      min: 1,
      optional: true,
    }),
    as: field.text('Name of the field that is added.', { default: 'diff' }),
    ...previousOptions,
  },
  cost: 'O(log n) per record, one value per key; records wait until the watermark has passed them',
  partition: 'key',
  eventTime: true,
  passes: true,
  types: ({ as }) => ({ [as]: 'number' }),
  reads: ({ of }) => readsOf([of]),
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'the change of a level, by event time',
      options: { of: 'level' },
      given: [
        { $time: 1000, level: 10 },
        { $time: 3000, level: 4 },
        { $time: 2000, level: 11 },
      ],
      expect: [
        { level: 10, diff: null },
        { level: 11, diff: 1 },
        { level: 4, diff: -7 },
      ],
    },
    {
      title: 'metres per second',
      options: { of: 'height', per: '1s', as: 'climb' },
      given: [
        { $time: 0, height: 100 },
        { $time: 4000, height: 90 },
      ],
      expect: [
        { height: 100, climb: null },
        { height: 90, climb: -2.5 },
      ],
    },
  ],
  create: ({ as, per, ...rest }, context) =>
    previous({ ...rest, n: 1 }, context, ({ row, value, time, before }) => {
      const made = copyOf(row);
      const change = before === undefined ? null : difference(value, before.value);
      if (change === null || per === undefined) made[as] = change;
      else made[as] = time > (before?.time ?? time) ? (Number(change) / (time - (before?.time as number))) * per : null;
      return made;
    }),
});

function difference(now: unknown, before: unknown): number | bigint | null {
  if (typeof now === 'bigint' && typeof before === 'bigint') return now - before;
  const [a, b] = [numberOf(now), numberOf(before)];
  return a === undefined || b === undefined ? null : a - b;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
