import { field, type Key, type OptionsOf, type Output, operator, type Row, WeirError } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { copyOf } from '../lib/records/copy-of.ts';
import { ChangedKeys } from '../lib/updates/changed-keys.ts';
import { distinct } from '../lib/window/aggregate-fold.ts';
import { place, type Rankable, type Ranked, rankable } from '../lib/window/ranking.ts';

/** A record with its place; `time` breaks ties, and is not its event time where that does not. */
interface Placed extends Ranked {
  at: number;
}

interface Ranking {
  list: Placed[];
  /** What was given last; undefined while nothing has changed since. */
  given: readonly Placed[] | undefined;
}

const options = {
  by: field.expression('The value to rank by. Records for which it is null or NaN have no place.'),
  n: field.count('How many places.', { unit: 'records', min: 1, max: 10_000, default: 1 }),
  as: field.text('Adds the place, from 1, under this name. Needed for more than one place.', { optional: true }),
  order: field.choice('Which values are best: the largest or the smallest.', ['desc', 'asc'], { default: 'desc' }),
  ties: field.choice(
    'Which of equal values comes first: the earlier by event time and then by its place in the source, or by that place alone.',
    ['time', 'order'],
    { default: 'time' },
  ),
};

function refuse({ n, as }: OptionsOf<typeof options>): void {
  if (n === 1 || as !== undefined) return;
  throw new WeirError('WEIR_OPTION', 'more than one place needs `as`: the place tells the rows of a key apart');
}

/** Keeps the best records of each key so far. */
export default operator({
  summary: 'Keep the best records of each key so far, and give each place whenever another record has taken it.',
  docs: `An updating result: one row per key and place, given when it has changed, at most every 100 ms. Write it to a sink that keeps
one row per key (\`file\` with \`mode: upsert\`). With \`as\` the place is part of the key.

Records come out as they came in, with the place if asked for. A row has the event time of its record.
State is kept for every key that ever came; for the best of a window see \`top\` of \`tumbling\` and \`top-n\`.`,
  since: '0.2.0',
  stateVersion: 1,
  main: 'by',
  options,
  cost: 'O(1) for a record without a place, else O(log n) and the places behind it; n records per key',
  partition: (given) => {
    refuse(given);
    return 'key';
  },
  updates: true,
  outputKey: ({ as }, keyNames) => (as === undefined ? keyNames : distinct([...keyNames, as])),
  passes: true,
  types: ({ as }) => (as === undefined ? {} : { [as]: 'number' }),
  reads: ({ by }) => readsOf([by]),
  examples: [
    {
      title: 'the two highest bids of each auction',
      options: { by: 'price', n: 2, as: 'place' },
      given: [
        { $key: 'a', bidder: 1, price: 5 },
        { $key: 'a', bidder: 2, price: 9 },
        { $key: 'a', bidder: 3, price: 7 },
        { $key: 'b', bidder: 1, price: 1 },
      ],
      expect: [
        { bidder: 2, price: 9, place: 1 },
        { bidder: 3, price: 7, place: 2 },
        { bidder: 1, price: 1, place: 1 },
      ],
    },
    {
      title: 'the cheapest offer',
      options: { by: 'price', order: 'asc' },
      given: [
        { $key: 'tea', price: 3 },
        { $key: 'tea', price: 2 },
      ],
      expect: [{ price: 2 }],
    },
  ],
  optOut: {
    'one by one equals batched': 'updates within a batch are given as one: only the last row of each place is the same',
  },
  create: (given, context) => {
    refuse(given);
    const { by, n, as, order: direction, ties } = given;
    const { at, keyNames } = context;
    const cut = { n, ties: 'none', order: direction } as const;
    const state = context.keyed<Ranking>('ranking', {
      create: () => ({ list: [], given: undefined }),
      encode: ({ list }) => list.map(({ value, time, order, at: own, row }) => [value, time, order, own, row]),
      decode: (data) => ({ list: (data as Saved[]).map((saved) => placed(...saved)), given: undefined }),
    });
    const changed = new ChangedKeys(context);

    const rowOf = ({ row }: Ranked, i: number) => {
      if (as === undefined) return row;
      const made = copyOf(row);
      made[as] = i + 1;
      return made;
    };
    /** The keys of a key's places. */
    const placesOf = (key: Key): ((i: number) => Key) => {
      if (as === undefined || keyNames.includes(as)) return () => key;
      if (keyNames.length === 0) return (i) => i + 1;
      const values = JSON.stringify(context.keyValues(key)).slice(0, -1);
      return (i) => `${values},${i + 1}]`;
    };
    const give = (key: Key, out: Output) => {
      const ranking = state.peek(0, key) as Ranking;
      const { list, given: before = [] } = ranking;
      ranking.given = undefined;
      const placeOf = placesOf(key);
      list.forEach((one, i) => {
        const old = before[i];
        if (old === one) return;
        const place = placeOf(i);
        if (old !== undefined && context.retractions) {
          out.retract(rowOf(old, i), old.at, old.order, place);
        }
        out.emitAt(rowOf(one, i), one.at, one.order, place);
      });
    };

    const giveAll = (keys: readonly Key[], out: Output) => {
      for (const key of keys) give(key, out);
    };

    return {
      onRecord(row) {
        const value = by.evaluate(row, at);
        if (!rankable(value)) return;
        const { time, order, key } = at;
        const known = state.peek(0, key);
        const last = known?.list[n - 1];
        // Most records have no place, and change nothing.
        if (last !== undefined && typeof value === 'number' && typeof last.value === 'number') {
          if (direction === 'desc' ? value < last.value : value > last.value) return;
        }
        const ranking = state.update(0, key);
        if (ranking.given === undefined) {
          ranking.given = ranking.list.slice();
          changed.add(key);
        }
        place(ranking.list, placed(value, ties === 'order' ? 0 : time, order, time, row), cut);
      },
      onBatchEnd: (out) => giveAll(changed.many(), out),
      onTick: (_, out) => giveAll(changed.take(), out),
      onWatermark: (time, out) => giveAll(changed.before(time), out),
      onBarrier: (out) => giveAll(changed.take(), out),
    };
  },
});

type Saved = [value: Rankable, time: number, order: number, at: number, row: Row];

function placed(...[value, time, order, at, row]: Saved): Placed {
  return { value, time, order, key: null, row, at };
}
