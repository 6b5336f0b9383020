import { field, type Key, keyFunction, type Output, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { copyOf } from '../lib/records/copy-of.ts';
import { inOrder } from '../lib/window/in-order.ts';
import { Progress } from '../lib/window/progress.ts';
import { decodeRanking, encodeRanking, place, type Ranked, rankable } from '../lib/window/ranking.ts';
import { OpenTimes } from '../lib/window/timers.ts';

/** Groups that one turn closes. */
const PORTION = 1000;

/** The best records of each group of records of one event time: what windows have given. */
export default operator({
  summary: 'Keep the records with the best values among those of one window.',
  docs: `Made for the rows that windows give: all rows of a window have the same event time. Records of one event time, and of
equal \`per\` if given, are one group. It closes when the watermark reaches that time, and its best records go on as they
came, best first; \`rank\` adds their place. Ties are decided by event time, then by the order in the source.

Without \`per\` one subtask ranks everything. With it groups are shared out. For the best records of a window that are not
aggregated first, \`top\` of \`tumbling\` takes one step less.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'by',
  options: {
    by: field.expression('The value to rank by. Records for which it is null or NaN have no place.'),
    n: field.count('How many places.', { unit: 'records', min: 1, max: 100_000, default: 1 }),
    per: field.key('Makes groups of their own for each of its values.', { optional: true }),
    ties: field.choice(
      'Whether records that tie with the last place are kept too, or the earlier one wins.',
      ['none', 'all'],
      { default: 'none' },
    ),
    order: field.choice('Which values are best: the largest or the smallest.', ['desc', 'asc'], { default: 'desc' }),
    rank: field.text('Adds the place, from 1, under this name. Records that tie are numbered on.', { optional: true }),
  },
  cost: 'O(1) for a record without a place, else O(log n); n records per open group',
  partition: ({ per }) => (per === undefined ? 'all' : { by: per }),
  eventTime: true,
  passes: true,
  types: ({ rank }) => (rank === undefined ? {} : { [rank]: 'number' }),
  reads: ({ by, per }) => readsOf([by, ...(per?.expressions ?? [])]),
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'the auction with the most bids of each window',
      options: { per: 'windowStart', by: 'num', ties: 'all' },
      given: [
        { $time: 9999, auction: 1, num: 3, windowStart: 0 },
        { $time: 9999, auction: 2, num: 5, windowStart: 0 },
        { $time: 19999, auction: 1, num: 4, windowStart: 10000 },
        { $time: 19999, auction: 3, num: 4, windowStart: 10000 },
      ],
      expect: [
        { auction: 2, num: 5, windowStart: 0 },
        { auction: 1, num: 4, windowStart: 10000 },
        { auction: 3, num: 4, windowStart: 10000 },
      ],
    },
  ],
  create: ({ by, per, rank, ...cut }, context) => {
    const { at } = context;
    const keyOf = per === undefined ? () => null : keyFunction(per);
    // Namespaces are event times: closing one frees it as a whole.
    const state = context.keyed<Ranked[]>('top', { create: () => [], encode: encodeRanking, decode: decodeRanking });
    const open = new OpenTimes();
    const watermark = new Progress(context);
    let closing: Generator<void> | undefined;
    let output: Output;

    function* close(until: number): Generator<void> {
      let done = 0;
      while (open.min <= until) {
        const time = open.min;
        for (const [, { list }] of yield* inOrder(groupsOf(state.entries(time)), PORTION)) {
          list.forEach(({ row, order, key }, i) => {
            const made = rank === undefined ? row : copyOf(row);
            if (rank !== undefined) made[rank] = i + 1;
            output.emitAt(made, time, order, key);
          });
          done += 1 + list.length;
          if (done >= PORTION) {
            done = 0;
            yield;
          }
        }
        state.drop(time);
        open.takeMin();
      }
    }

    return {
      onRecord(row, out) {
        const { time, order, key } = at;
        if (time <= watermark.time) {
          context.late(row, time + 1, out);
          return;
        }
        const value = by.evaluate(row, at);
        if (!rankable(value)) return;
        const group = keyOf(row, at);
        open.add(time);
        place(state.update(time, group), { value, time, order, key, row }, cut);
      },
      onWatermark(time, out) {
        output = out;
        watermark.advance(time);
        closing ??= close(time);
        if (!closing.next().done) return true;
        closing = undefined;
        return false;
      },
      restored() {
        watermark.restored();
        for (const time of state.namespaces()) open.add(time);
      },
    };
  },
});

/** Groups by the order of their best record. */
function* groupsOf(entries: Iterable<[Key, Ranked[]]>): Generator<[Key, { order: number; list: Ranked[] }]> {
  for (const [key, list] of entries) yield [key, { order: (list[0] as Ranked).order, list }];
}
