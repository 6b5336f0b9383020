import { field, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { heldCapacity, IN_TURN_DOCS } from '../lib/ordered/held-records.ts';
import { inTurn } from '../lib/ordered/in-turn.ts';
import { copyOf } from '../lib/records/copy-of.ts';

interface Reading {
  value: number | bigint;
  time: number;
}

/** How fast a counter grows. */
export default operator({
  summary: 'Add how fast a counter that only grows has grown since the record before of its key.',
  docs: `Adds \`rate\` (or the name given by \`as\`): the counter's growth per \`per\` of event time since the key's latest record. It is
null for a key's first record, for a value that is no number, and for a record that is not newer than the key's latest, which
is else left out of account.

A counter that has become smaller either began again at 0 or ran over. With \`bits: auto\` it ran over if it was in the last
quarter of 32 or of 64 bits and is in the first quarter now, else it began again and has grown by its new value. Values of 64
bits keep their last digits only as bigint.

${IN_TURN_DOCS}`,
  since: '0.1.0',
  stateVersion: 2,
  main: 'of',
  options: {
    of: field.expression('The counter.'),
    per: field.duration('The time that the growth is given for.', { min: 1, default: '1s' }),
    as: field.text('Name of the field that is added.', { default: 'rate' }),
    bits: field.choice('Where the counter runs over.', ['auto', '32', '64', 'never'], { default: 'auto' }),
    capacity: heldCapacity,
  },
  cost: 'O(log n) per record; two numbers per key; records wait until the watermark has passed them',
  references: ['RFC 2578, 7.1.6 and 7.1.10: Counter32 and Counter64'],
  partition: 'key',
  eventTime: 'if-any',
  passes: true,
  types: ({ as }) => ({ [as]: 'number' }),
  reads: ({ of }) => readsOf([of]),
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'bytes per second, over the end of 32 bits and over a restart',
      options: { of: 'octets' },
      given: [
        { $time: 0, octets: 4294967000 },
        { $time: 1000, octets: 4294967200 },
        { $time: 3000, octets: 304 },
        { $time: 4000, octets: 4 },
      ],
      expect: [
        { octets: 4294967000, rate: null },
        { octets: 4294967200, rate: 200 },
        { octets: 304, rate: 200 },
        { octets: 4, rate: 4 },
      ],
    },
  ],
  create: ({ of, per, as, bits, capacity }, context) => {
    const { at } = context;
    const state = context.keyed<Reading>('readings', { create: () => ({ value: 0, time: 0 }) });
    return inTurn<number | bigint | null>(
      {
        capacity,
        state,
        look(row) {
          const value = of.evaluate(row, at);
          return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)) ? value : null;
        },
        take({ row, extra: value, time, order, key }, out) {
          const made = copyOf(row);
          made[as] = null;
          const before = state.peek(0, key);
          if (value !== null && (before === undefined || time > before.time)) {
            if (before !== undefined) made[as] = (growth(before.value, value, bits) / (time - before.time)) * per;
            state.set(0, key, { value, time });
          }
          out.emitAt(made, time, order, key);
        },
      },
      context,
    );
  },
});

type Bits = 'auto' | '32' | '64' | 'never';

function growth(before: number | bigint, now: number | bigint, bits: Bits): number {
  if (now >= before) return difference(now, before);
  const wide = bits === 'auto' ? runsOver(before, now) : bits;
  if (wide === 'never') return Number(now);
  // BigInt, since 2^64 less a value near it is the difference of two numbers that doubles cannot tell apart.
  return Number(whole(now) + (1n << BigInt(wide)) - whole(before));
}

function whole(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
}

function difference(a: number | bigint, b: number | bigint): number {
  return typeof a === typeof b ? Number((a as number) - (b as number)) : Number(a) - Number(b);
}

function runsOver(before: number | bigint, now: number | bigint): '32' | '64' | 'never' {
  for (const wide of ['32', '64'] as const) {
    const end = 2 ** Number(wide);
    // Compared as they are: as a double the last bigint of 64 bits is 2^64.
    if (before < end) return before >= 0.75 * end && now < 0.25 * end ? wide : 'never';
  }
  return 'never';
}
