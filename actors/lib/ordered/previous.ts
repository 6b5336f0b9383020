import { type Expression, field, type Key, type Operator, type OperatorContext, type Output, type Row } from '#stage';
import { Expiry } from '../keys/expiry.ts';
import { type Held, HeldRecords, heldCapacity } from './held-records.ts';

/** Options of the stages that look at records before. */
export const previousOptions = {
  ttl: field.duration(
    'A record that is so old in event time, or older, no longer counts as one before; by default all do, and every key is kept.',
    { min: 1, optional: true },
  ),
  capacity: heldCapacity,
};

/** The latest records of a key, oldest first. */
interface Latest {
  values: unknown[];
  times: number[];
  order: number;
}

/** What is known of a record when its turn has come. */
export interface Turn {
  readonly row: Row;
  readonly value: unknown;
  readonly time: number;
  /** Value and time of the n-th record before; undefined when there is none. */
  readonly before: { value: unknown; time: number } | undefined;
}

/**
 * Gives each record in the order of event time together with a value of the n-th record before of its key. O(n) per record,
 * n values per key.
 */
export function previous(
  { of, n, ttl, capacity }: { of: Expression; n: number; ttl: number | undefined; capacity: number },
  context: OperatorContext,
  make: (turn: Turn) => Row,
): Operator {
  const state = context.keyed<Latest>('latest', {
    create: () => ({ values: [], times: [], order: 0 }),
    encode: ({ values, times, order }) => [values, times, order],
    decode: (data) => {
      const [values, times, order] = data as [unknown[], number[], number];
      return { values, times, order };
    },
  });
  const seenOf = (key: Key) => {
    const latest = state.peek(0, key);
    return latest && { time: latest.times.at(-1) as number, order: latest.order };
  };
  const expiry = ttl === undefined ? undefined : new Expiry(ttl, seenOf);

  const give = ({ row, extra: value, time, order, key }: Held<unknown>, out: Output) => {
    const latest = state.update(0, key);
    const { values, times } = latest;
    const at = values.length - n;
    // Whether it has been let go of already must not matter.
    const known = at >= 0 && (ttl === undefined || (times[at] as number) + ttl > time);
    const before = known ? { value: values[at], time: times[at] as number } : undefined;
    out.emitAt(make({ row, value, time, before }), time, order, key);
    values.push(value);
    times.push(time);
    latest.order = order;
    if (values.length > n) {
      values.shift();
      times.shift();
    }
    expiry?.touch(key, { time, order });
  };
  const held = new HeldRecords<unknown>(context, capacity, give);

  return {
    onRecord(row, out) {
      // Computed at once, so that a record on which it fails is the one that is refused.
      held.hold(row, of.evaluate(row, context.at) ?? null, out);
    },
    onWatermark(time, out) {
      if (held.release(time, out)) return true;
      // Behind the end of the input comes nothing.
      if (time === Number.POSITIVE_INFINITY) state.drop(0);
      return expiry?.advance(time, (key) => state.delete(0, key)) ?? false;
    },
    restored() {
      held.restored();
      for (const [key, { times, order }] of state.entries(0)) {
        expiry?.touch(key, { time: times.at(-1) as number, order });
      }
    },
  };
}
