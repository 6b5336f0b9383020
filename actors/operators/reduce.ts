import { field, type Key, messageOf, type Output, operator, type Row, WeirError } from '#stage';
import { ChangedKeys } from '../lib/updates/changed-keys.ts';
import { distinct, keyFields } from '../lib/window/aggregate-fold.ts';

interface Running {
  acc: unknown;
  /** Latest event time and largest order so far: they grow with each update, so that a later row is the newer one. */
  time: number;
  order: number;
  /** It is on the list of keys to give. */
  changed: boolean;
  /** What was given last, while it is on that list and what follows needs to take it back. */
  before: { row: Row; time: number; order: number } | undefined;
}

/** A running aggregate of each key, without windows. */
export default operator({
  summary: 'Aggregate all records of each key so far, and give the current row whenever it has changed.',
  docs: `An updating result: one row per changed key, with the key's fields and the aggregates, at most every 100 ms.
Of the rows of a key the last one counts; write them to a sink that keeps one row per key (\`file\` with \`mode: upsert\`). A row's event time is the latest one of the key's records.

The stream may be updating itself: what it takes back is taken out of the aggregates, and a key of which nothing is left is
retracted. min, max, first, last and quantiles then remember every value; approximate aggregates cannot be taken back.

State is kept for every key that ever came; to let keys go, aggregate in windows.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'aggregate',
  options: {
    aggregate: field.aggregates('Output field → what to compute.'),
  },
  cost: 'O(1) per record; one accumulator per key',
  partition: 'key',
  updates: true,
  changes: ({ aggregate }) => (aggregate.removable === true ? 'takes' : undefined),
  changesIf: { takes: 'all of its aggregates can take records back, which approximate ones cannot' },
  reads: ({ aggregate }) => aggregate.fields,
  fields: ({ aggregate }, keyNames) => distinct([...keyNames, ...aggregate.names]),
  examples: [
    {
      title: 'the sums after one batch',
      options: { aggregate: { total: 'sum(x)', n: 'count()' } },
      given: [
        { $key: 'a', x: 1 },
        { $key: 'b', x: 5 },
        { $key: 'a', x: 2 },
      ],
      expect: [
        { key: 'a', total: 3, n: 2 },
        { key: 'b', total: 5, n: 1 },
      ],
    },
  ],
  optOut: {
    'one by one equals batched': 'updates within a batch are given as one: only the last row of each key is the same',
  },
  create: ({ aggregate }, context) => {
    const { at, keyNames, retractions, updating } = context;
    const taking = updating ? aggregate.retractable() : undefined;
    const aggregates = taking ?? aggregate;
    const state = context.keyed<Running>(updating ? 'updates' : 'reduce', {
      create: () => ({
        acc: aggregates.create(),
        time: Number.NEGATIVE_INFINITY,
        order: Number.NEGATIVE_INFINITY,
        changed: false,
        before: undefined,
      }),
      encode: ({ acc, time, order }) => [aggregates.encode(acc), time, order],
      decode: (data) => {
        const [acc, time, order] = data as [unknown, number, number];
        return { acc: aggregates.decode(acc), time, order, changed: false, before: undefined };
      },
    });
    const changed = new ChangedKeys(context);
    const rowOf = (key: Key, { acc }: Running) => {
      const row = keyFields(key, keyNames, context.keyValues);
      return Object.assign(row, aggregates.result(acc, row));
    };
    /** What was given last; undefined if that could not be computed. */
    const beforeOf = (key: Key, running: Running): Running['before'] => {
      try {
        return { row: rowOf(key, running), time: running.time, order: running.order };
      } catch {
        return undefined;
      }
    };
    /** A result that cannot be computed is the fault of this key alone, and of no record in hand. */
    const emit = (key: Key, running: Running, out: Output) => {
      let row: Row;
      try {
        row = rowOf(key, running);
      } catch (error) {
        const code = error instanceof WeirError ? error.code : 'WEIR_STAGE_THREW';
        if (code === 'WEIR_ASSERTION') throw error;
        context.deadLetter(keyFields(key, keyNames, context.keyValues), code, messageOf(error));
        return;
      }
      out.emitAt(row, running.time, running.order, key);
    };
    const give = (keys: readonly Key[], out: Output) => {
      for (const key of keys) {
        const running = state.peek(0, key) as Running;
        const { before } = running;
        running.changed = false;
        running.before = undefined;
        const gone = taking?.isEmpty(running.acc) === true;
        if (before !== undefined && (retractions || gone)) out.retract(before.row, before.time, before.order, key);
        if (gone) state.delete(0, key);
        else emit(key, running, out);
      }
    };
    return {
      onRecord(row) {
        const { key, time, order } = at;
        const running = state.update(0, key);
        let { before } = running;
        if ((retractions || updating) && !running.changed && running.order !== Number.NEGATIVE_INFINITY) {
          before = beforeOf(key, running);
        }
        if (at.retract) taking?.remove(running.acc, row, at);
        else aggregates.add(running.acc, row, at);
        running.before = before;
        if (time > running.time) running.time = time;
        if (order > running.order) running.order = order;
        if (running.changed) return;
        running.changed = true;
        changed.add(key);
      },
      onBatchEnd: (out) => give(changed.many(), out),
      onTick: (_, out) => give(changed.take(), out),
      onWatermark: (time, out) => give(changed.before(time), out),
      onBarrier: (out) => give(changed.take(), out),
    };
  },
});
