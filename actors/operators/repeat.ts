import { field, operator, type Row } from '#stage';
import { heldCapacity, IN_TURN_DOCS } from '../lib/ordered/held-records.ts';
import { inTurn } from '../lib/ordered/in-turn.ts';
import { copyOf } from '../lib/records/copy-of.ts';
import { inOrder } from '../lib/window/in-order.ts';

/** Keys that one turn ends. */
const PORTION = 100;

/** What waits of a key, the oldest first, and where its latest record stood. */
interface Waiting {
  rows: Row[];
  time: number;
  order: number;
}

/** Each record twice, the second time later. */
export default operator({
  summary: 'Pass each record on at once, and once more when so many others of its key have come.',
  docs: `The first copy has \`as: false\`, the second, which follows the record that lets it go, \`as: true\` and that record's event
time. What still waits at the end of the input comes then. So a learner can be judged whose labels come late: it predicts the first
copies and learns from the second, \`learn: repeated\`.

${IN_TURN_DOCS}`,
  since: '0.3.0',
  stateVersion: 1,
  main: 'after',
  options: {
    after: field.count('How many others come in between.', { unit: 'records', min: 1, max: 1e6 }),
    as: field.text('The field that tells the copies apart.', { default: 'repeated' }),
    capacity: heldCapacity,
  },
  cost: 'O(1) per record; `after` records per key',
  partition: 'key',
  eventTime: 'if-any',
  passes: true,
  types: ({ as }) => ({ [as]: 'bool' }),
  reads: () => [],
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'two others in between',
      options: { after: 2 },
      given: [
        { $time: 1, n: 1 },
        { $time: 2, n: 2 },
        { $time: 3, n: 3 },
      ],
      expect: [
        { n: 1, repeated: false },
        { n: 2, repeated: false },
        { n: 3, repeated: false },
        { n: 1, repeated: true },
        { n: 2, repeated: true },
        { n: 3, repeated: true },
      ],
    },
  ],
  create({ after, as, capacity }, context) {
    const state = context.keyed<Waiting>('waiting', { create: () => ({ rows: [], time: 0, order: 0 }) });
    const copy = (row: Row, again: boolean) => {
      const made = copyOf(row);
      made[as] = again;
      return made;
    };
    return inTurn<null>(
      {
        capacity,
        state,
        look: () => null,
        take({ row, time, order, key }, out) {
          const waiting = state.update(0, key);
          waiting.time = time;
          waiting.order = order;
          waiting.rows.push(row);
          out.emitAt(copy(row, false), time, order, key);
          if (waiting.rows.length > after) out.emitAt(copy(waiting.rows.shift() as Row, true), time, order, key);
        },
        *ending(out, notLate) {
          let work = 0;
          for (const [key, { rows, time, order }] of yield* inOrder(state.entries(0), PORTION)) {
            const at = notLate(time);
            for (const row of rows) {
              out.emitAt(copy(row, true), at, order, key);
              if (++work % PORTION === 0) yield;
            }
          }
        },
      },
      context,
    );
  },
});
