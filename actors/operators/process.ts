import { field, type Key, messageOf, type Output, operator, type Row, WeirError } from '#stage';
import { Expiry, type Seen } from '../lib/keys/expiry.ts';
import { ProcessContext } from '../lib/process/process-context.ts';

/** What the function of the user's gives. */
interface Handler {
  onRecord(row: Row, context: ProcessContext): unknown;
  onTimer?(time: number, context: ProcessContext): unknown;
}

/** Code of the user's with state and timers. */
export default operator({
  summary: 'Run code of your own on the records of each key, with state and timers.',
  docs: `The function is called once per subtask with a context and gives \`{ onRecord(row, context), onTimer(time, context) }\`, or just
the first of them. At creation it declares states, all of them one per key: \`context.value(name, initial)\` with \`get\`, \`set\`
and \`clear\`; \`context.list(name)\` with \`get\`, \`add\`, \`set\`, \`clear\`; \`context.map(name)\` with \`get\`, \`has\`, \`set\`, \`delete\`,
\`entries\`, \`clear\`, and its \`size\`, which is no method. They hold plain values and are part of every checkpoint, as timers are. Change them by their
methods: what is changed in place is lost at a restart.

The context is the same object in every call: \`key\`, \`keyFields()\`, \`time\` (event time), \`watermark\`, \`now()\` (wall clock),
\`emit(row)\`, \`emitAt(row, time)\`, \`side(name, row)\`, \`setTimer(time)\` and \`deleteTimer(time)\` in event time,
\`setProcessingTimer(time)\` and \`deleteProcessingTimer(time)\` by the wall clock, \`clear()\`, \`args\`, \`log(level, text)\`.

An event timer goes off when the watermark has passed its time, and its records have that time; at the end of the input all
that are left go off, and those set from then on do not. A processing timer goes off at most about 0.2 s late, after a
restart as soon as it can; those left at the end of the input do not. \`context.timer\` tells the two apart. Of one key and time
there is one timer; a timer may only set later ones. The records of a processing timer have the watermark as their time.

Records come in the order of arrival, not of event time: with several threads those of a key that are read by different
subtasks mix in another way in every run. Where that matters, keep them in a list and take them in an event timer.

A time that is none, or a side output that \`sides\` does not name, is a fault. Nothing may be async, or be changed that was given. A record on which the code throws is a dead letter, a timer likewise; what
it has done to state and output until then stays.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'with',
  options: {
    with: field.module('The function: `./visits.mjs#visits`, or in TypeScript a closure.'),
    args: field.any('Given to the function as `context.args`.', { optional: true }),
    sides: field.list('Names of its side outputs.', field.text('A name.'), { default: [] }),
    ttl: field.duration(
      'A key whose last record or timer is so long ago, or longer, loses its states; by default none does.',
      {
        min: 1,
        optional: true,
      },
    ),
    ttlIn: field.choice('What the `ttl` is measured in: event time, or the wall clock.', ['event', 'processing'], {
      default: 'event',
    }),
  },
  cost: 'one call per record; what the code keeps per key, about 150 bytes per timer',
  partition: 'key',
  userCode: true,
  sides: ({ sides }) => sides,
  examples: [
    {
      title: 'how many records came within ten seconds of the first: a value, and a timer in event time',
      options: { with: './visits.mjs#visits' },
      module: `export function visits(context) {
  const count = context.value('count', 0);
  return {
    onRecord() {
      if (count.get() === 0) context.setTimer(context.time + 10_000);
      count.set(count.get() + 1);
    },
    onTimer() {
      context.emit({ ...context.keyFields(), n: count.get() });
      count.clear();
    },
  };
}`,
      given: [
        { $time: 0, $key: 'a' },
        { $time: 4000, $key: 'a' },
        { $time: 5000, $key: 'b' },
      ],
      expect: [
        { key: 'a', n: 2 },
        { key: 'b', n: 1 },
      ],
    },
    {
      title: 'each visitor once per page, forgotten after an hour; the rest to a side output: a map, and `ttl`',
      options: { with: './pages.mjs#once', sides: ['again'], ttl: '1h' },
      module: `export function once(context) {
  const pages = context.map('pages');
  return (row) => {
    if (pages.has(row.page)) {
      context.side('again', row);
      return;
    }
    pages.set(row.page, true);
    context.emit(row);
  };
}`,
      given: [
        { $time: 0, $key: 'ann', page: '/' },
        { $time: 1000, $key: 'ann', page: '/' },
        { $time: 2000, $key: 'ann', page: '/tea' },
        { $time: 4_000_000, $key: 'ann', page: '/' },
      ],
      expect: [{ page: '/' }, { page: '/tea' }, { page: '/' }],
    },
    {
      title:
        'three readings at a time, or what there is a second after the first: a list, and a timer by the wall clock',
      options: { with: './readings.mjs#batches', args: { size: 3 } },
      module: `export function batches(context) {
  const readings = context.list('readings');
  const due = context.value('due', null);
  const pass = () => {
    context.emit({ ...context.keyFields(), values: [...readings.get()] });
    readings.clear();
    due.clear();
  };
  return {
    onRecord(row) {
      readings.add(row.value);
      if (due.get() === null) {
        due.set(context.now() + 1000);
        context.setProcessingTimer(due.get());
      }
      if (readings.get().length < context.args.size) return;
      context.deleteProcessingTimer(due.get());
      pass();
    },
    onTimer: pass,
  };
}`,
      given: [
        { $time: 0, $key: 'a', value: 3 },
        { $time: 1, $key: 'b', value: 9 },
        { $time: 2, $key: 'a', value: 5 },
        { $time: 3, $key: 'a', value: 4 },
      ],
      expect: [{ key: 'a', values: [3, 5, 4] }],
    },
  ],
  create: ({ with: make, args, ttl, ttlIn }, context) => {
    const { at } = context;
    const user = new ProcessContext(context, args);
    const handler = handlerOf(make(user));
    user.created();
    const seen = context.keyed<Seen>('seen', {
      create: () => ({ time: 0, order: 0 }),
      encode: ({ time, order }) => [time, order],
      decode: (data) => ({ time: (data as number[])[0] as number, order: (data as number[])[1] as number }),
    });
    const expiry = ttl === undefined ? undefined : new Expiry(ttl, (key) => seen.peek(0, key));

    const forget = (key: Key) => {
      seen.delete(0, key);
      user.forget(key);
    };
    /** States past their time are gone, whether they have been freed yet or not. */
    const touch = (key: Key, eventTime: number, order: number) => {
      if (expiry === undefined) return;
      const time = ttlIn === 'event' ? eventTime : context.now();
      const before = seen.peek(0, key);
      if (before !== undefined && before.time + (ttl as number) <= time) forget(key);
      if (before !== undefined && time < before.time) return;
      seen.set(0, key, { time, order });
      expiry.touch(key, { time, order });
    };
    const call = (time: number) => {
      try {
        touch(user.key, user.time, user.order);
        settled(handler.onTimer?.(time, user));
      } catch (error) {
        const code = error instanceof WeirError ? error.code : 'WEIR_STAGE_THREW';
        // A broken invariant is ours, not the user's.
        if (code === 'WEIR_ASSERTION') throw error;
        Object.assign(at, { time: user.time, order: user.order, key: user.key });
        context.deadLetter({ ...user.keyFields(), timer: time }, code, `in a timer: ${messageOf(error)}`);
      }
    };

    return {
      onRecord(row, out) {
        user.take(out);
        touch(at.key, at.time, at.order);
        settled(handler.onRecord(row, user));
      },
      onWatermark(time, out) {
        if (user.fireEvent(time, out, call)) return true;
        if (expiry === undefined || ttlIn !== 'event' || time === Number.POSITIVE_INFINITY) return false;
        return expiry.advance(time, forget);
      },
      onTick(now: number, out: Output) {
        if (user.fireProcessing(now, out, call)) return true;
        return expiry !== undefined && ttlIn === 'processing' && expiry.advance(now, forget);
      },
      restored() {
        user.restored();
        for (const [key, last] of seen.entries(0)) expiry?.touch(key, last);
      },
    };
  },
});

function handlerOf(made: unknown): Handler {
  if (typeof made === 'function') return { onRecord: made as Handler['onRecord'] };
  if (typeof (made as Handler | null | undefined)?.onRecord === 'function') return made as Handler;
  throw new WeirError('WEIR_PROCESS', 'the function gave no onRecord: give { onRecord(row, context) { … } }');
}

/** What was async would go on behind the engine's back. */
function settled(result: unknown): void {
  if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') return;
  (result as PromiseLike<unknown>).then(undefined, () => {});
  throw new WeirError('WEIR_PROCESS_RESULT', 'the function returned a promise: it must do its work at once');
}
