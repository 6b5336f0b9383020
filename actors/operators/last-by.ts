import { field, type Key, type Output, operator, type Row } from '#stage';
import { Expiry, ttlOption } from '../lib/keys/expiry.ts';
import { ChangedKeys } from '../lib/updates/changed-keys.ts';
import { type Rankable, rankable } from '../lib/window/ranking.ts';

/** The record that a key has now. */
interface Last {
  row: Row;
  /** Undefined without `by`: then it is the time. */
  value: Rankable | undefined;
  time: number;
  order: number;
  /** Place of the key's latest record, if that is another one: `ttl` counts from it. */
  latest: Place | undefined;
  /** It is on the list of keys to give; with what was given before, if that has to be taken back. */
  changed: boolean;
  before: { row: Row; time: number; order: number } | undefined;
}

interface Place {
  time: number;
  order: number;
}

type Saved = [
  row: Row,
  value: Rankable | undefined,
  time: number,
  order: number,
  latestTime: number,
  latestOrder: number,
];

/** The last record of each key. */
export default operator({
  summary: 'Keep the last record of each key, and give it whenever it has changed.',
  docs: `The last record is the one with the latest event time, of those the one that comes later in its source; so the result does
not depend on the order in which records arrive. With \`by\` it is the one with the greatest value: numbers, then text, then
true and false; of equal values the later record; what is null, NaN, a list or an object is passed over.

An updating result: one row per changed key, at most every 100 ms. Write it to a sink that keeps one row per key
(\`file\` with \`mode: upsert\`, or a table with that key).

With \`ttl\` a key is forgotten when its latest record is that far behind the watermark, or farther, and a retraction says so; at the end
of the input all keys stay. Without it, state is kept for every key that ever came.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'by',
  options: {
    by: field.expression('The value whose greatest is the last; by default the event time.', { optional: true }),
    ttl: ttlOption,
  },
  cost: 'O(1) per record, O(log n) with `ttl`; one record per key',
  partition: 'key',
  passes: true,
  types: {},
  updates: true,
  examples: [
    {
      title: 'the latest record of each key by event time',
      given: [
        { $time: 1000, $key: 'a', key: 'a', x: 1 },
        { $time: 3000, $key: 'b', key: 'b', x: 2 },
        { $time: 2000, $key: 'a', key: 'a', x: 3 },
        { $time: 1500, $key: 'a', key: 'a', x: 4 },
      ],
      expect: [
        { key: 'a', x: 3 },
        { key: 'b', x: 2 },
      ],
    },
    {
      title: 'the latest version of each document',
      options: { by: 'version' },
      given: [
        { $key: 7, id: 7, version: 2, text: 'second' },
        { $key: 7, id: 7, version: 1, text: 'first' },
      ],
      expect: [{ id: 7, version: 2, text: 'second' }],
    },
    {
      title: 'forgotten ten seconds after its latest record',
      options: { ttl: '10s' },
      given: [{ $time: 0, $key: 'a', key: 'a', x: 1 }],
      expect: [{ key: 'a', x: 1 }],
    },
  ],
  optOut: {
    'one by one equals batched': 'updates within a batch are given as one: only the last row of each key is the same',
  },
  create: ({ by, ttl }, context) => {
    const { at } = context;
    const state = context.keyed<Last>('last', {
      create: () => made({}, undefined, 0, 0),
      encode: ({ row, value, time, order, latest }): Saved => {
        return [row, value, time, order, latest?.time ?? time, latest?.order ?? order];
      },
      decode: (data) => restored(data as Saved),
    });
    const seenOf = (key: Key) => {
      const last = state.peek(0, key);
      return last?.latest ?? last;
    };
    const expiry = ttl === undefined ? undefined : new Expiry(ttl, seenOf);
    const changed = new ChangedKeys(context);

    const give = (keys: readonly Key[], out: Output) => {
      for (const key of keys) {
        const last = state.peek(0, key) as Last;
        const { before } = last;
        last.changed = false;
        last.before = undefined;
        if (before !== undefined) out.retract(before.row, before.time, before.order, key);
        out.emitAt(last.row, last.time, last.order, key);
      }
    };

    return {
      onRecord(row) {
        const { time, order, key } = at;
        const value = by?.evaluate(row, at);
        if (by !== undefined && !rankable(value)) return;
        const known = state.peek(0, key);
        if (known === undefined) {
          const last = made(row, value as Rankable | undefined, time, order);
          last.changed = true;
          state.set(0, key, last);
          changed.add(key);
          expiry?.touch(key, at);
          return;
        }
        const latest = known.latest ?? known;
        const later = (time - latest.time || order - latest.order) > 0;
        const wins = compare(value as Rankable, known.value) || time - known.time || order - known.order;
        if (wins <= 0) {
          if (later) state.update(0, key).latest = { time, order };
          return;
        }
        const last = state.update(0, key);
        if (!last.changed) {
          last.changed = true;
          changed.add(key);
          if (context.retractions) last.before = { row: last.row, time: last.time, order: last.order };
        }
        last.latest = later ? undefined : { time: latest.time, order: latest.order };
        last.row = row;
        last.value = value as Rankable | undefined;
        last.time = time;
        last.order = order;
      },
      onWatermark(watermark, out) {
        // A key that has changed and is over at once is given first.
        give(expiry === undefined ? changed.before(watermark) : changed.take(), out);
        // The end of the input is not the end of all keys.
        if (expiry === undefined || watermark === Number.POSITIVE_INFINITY) return false;
        return expiry.advance(watermark, (key) => {
          const { row, time, order } = state.peek(0, key) as Last;
          out.retract(row, time, order, key);
          state.delete(0, key);
        });
      },
      onBatchEnd: (out) => give(changed.many(), out),
      onTick: (_, out) => give(changed.take(), out),
      onBarrier: (out) => give(changed.take(), out),
      restored() {
        if (expiry === undefined) return;
        for (const [key, last] of state.entries(0)) expiry.touch(key, last.latest ?? last);
      },
    };
  },
});

function made(row: Row, value: Rankable | undefined, time: number, order: number): Last {
  return { row, value, time, order, latest: undefined, changed: false, before: undefined };
}

function restored([row, value, time, order, latestTime, latestOrder]: Saved): Last {
  const last = made(row, value, time, order);
  if (latestTime !== time || latestOrder !== order) last.latest = { time: latestTime, order: latestOrder };
  return last;
}

const CLASS: Record<string, number> = { boolean: 0, string: 1, number: 2, bigint: 2 };

/** Positive when `a` is the greater one; none is without `by`. */
function compare(a: Rankable | undefined, b: Rankable | undefined): number {
  if (a === undefined || b === undefined) return 0;
  const kinds = (CLASS[typeof a] as number) - (CLASS[typeof b] as number);
  return kinds !== 0 ? kinds : a > b ? 1 : a < b ? -1 : 0;
}
