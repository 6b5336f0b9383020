import { field, type Key, keyFunction, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { HeldRecords, heldCapacity, IN_TURN_DOCS } from '../lib/ordered/held-records.ts';
import { Timers } from '../lib/window/timers.ts';

/** When a value last passed, and as the how many-th: the order in which values are forgotten. */
interface Passed {
  time: number;
  number: number;
}

/** Drops a record whose value was seen recently. */
export default operator({
  summary: 'Drop a record whose value was seen recently.',
  docs: `With \`within\`, a record is dropped when another one of the same value has passed less than that away from it in event
time; a dropped record does not prolong this. Values are forgotten when the watermark has passed, and subtasks share the
work by value; should one hold more than \`capacity\` values, it forgets the oldest early and says so in the log.

Without \`within\`, a record is dropped when its value is among the last \`capacity\` distinct values that passed. Which values
these are depends on all records, so one subtask does it all.

${IN_TURN_DOCS} Of equal
records the first in that order is the one that stays.`,
  since: '0.1.0',
  stateVersion: 2,
  main: 'of',
  options: {
    of: field.key('The value to compare: a field, an expression, or a list of fields.'),
    within: field.duration('How long a value is remembered, in event time.', { min: 1, optional: true }),
    capacity: field.count('How many distinct values a subtask remembers at most.', {
      unit: 'values',
      min: 1,
      max: 1e7,
      default: 1e6,
    }),
    held: heldCapacity,
  },
  cost: 'O(log n) per record; about 150 bytes per remembered value; records wait until the watermark has passed them',
  partition: ({ of, within }) => (within === undefined ? 'all' : { by: of }),
  eventTime: 'if-any',
  passes: true,
  types: {},
  reads: ({ of }) => readsOf(of.expressions),
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'a repeat is dropped, until other values have pushed it out',
      options: { of: 'id', capacity: 2 },
      given: [{ id: 1 }, { id: 1 }, { id: 2 }, { id: 3 }, { id: 1 }],
      expect: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 1 }],
    },
    {
      title: 'a repeat within ten seconds is dropped',
      options: { of: 'id', within: '10s' },
      given: [
        { $time: 0, id: 1, n: 1 },
        { $time: 9999, id: 1, n: 2 },
        { $time: 10000, id: 1, n: 3 },
      ],
      expect: [
        { id: 1, n: 1 },
        { id: 1, n: 3 },
      ],
    },
  ],
  create: ({ of, within, capacity, held: most }, context) => {
    const { at } = context;
    const keyOf = keyFunction(of);
    const state = context.keyed<Passed>('passed', {
      create: () => ({ time: 0, number: 0 }),
      encode: ({ time, number }) => [time, number],
      decode: (data) => ({ time: (data as number[])[0] as number, number: (data as number[])[1] as number }),
    });
    /** What passed, oldest first. */
    const line = new Set<Key>();
    const timers = new Timers<Key>();
    let count = 0;
    let warned = false;

    const remember = (key: Key, time: number) => {
      line.delete(key);
      line.add(key);
      if (within !== undefined) timers.add(time + within, key);
    };
    const forget = (key: Key) => {
      line.delete(key);
      state.delete(0, key);
    };
    const evict = () => {
      const [oldest] = line as Iterable<Key>;
      forget(oldest as Key);
      if (within === undefined || warned) return;
      warned = true;
      context.log('warn', `more than ${capacity} values within ${within} ms: the oldest are forgotten early`);
    };

    const isRepeat = (before: Passed | undefined, time: number) =>
      before !== undefined && (within === undefined || Math.abs(time - before.time) < within);
    // Held by value, since that deals them out; the record's own key comes along.
    const held = new HeldRecords<Key>(context, most, ({ row, extra: key, time, order, key: value }, out) => {
      const before = state.peek(0, value);
      if (isRepeat(before, time)) return;
      // Without event time one of another thread may be older than the one before.
      if (before === undefined || time > before.time) {
        state.set(0, value, { time, number: ++count });
        remember(value, time);
        if (state.size > capacity) evict();
      }
      out.emitAt(row, time, order, key);
    });

    return {
      onRecord(row, out) {
        const value = keyOf(row, at);
        const { time, key } = at;
        // What is yet to pass is younger than what has passed: with `within` it cannot make this one stay, so it need not wait.
        if (within !== undefined && !held.isLate(time) && isRepeat(state.peek(0, value), time)) return;
        held.hold(row, key, out, value);
      },
      onWatermark(watermark, out) {
        if (held.release(watermark, out)) return true;
        for (let done = 0; timers.next <= watermark; done++) {
          if (done === 1000) return true;
          const key = timers.take() as Key;
          const passed = state.peek(0, key);
          if (passed !== undefined && passed.time + (within as number) <= watermark) forget(key);
        }
        if (watermark === Number.POSITIVE_INFINITY) {
          // Behind the end of the input comes nothing.
          state.drop(0);
          line.clear();
        }
        return false;
      },
      restored() {
        held.restored();
        const passed = [...state.entries(0)].sort(([, a], [, b]) => a.number - b.number);
        for (const [key, { time }] of passed) remember(key, time);
        count = passed.at(-1)?.[1].number ?? 0;
      },
    };
  },
});
