import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProcessContext } from '../../../actors/lib/process/process-context.ts';
import processOperator from '../../../actors/operators/process.ts';
import { withFunctions } from '../../../src/testkit/battery/example-modules.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';

const keyed = { keyNames: ['id'] };

/** Uses every kind of state and timer; each record says what to do. */
function everything(context: ProcessContext) {
  const value = context.value('value', 0);
  const list = context.list<number>('list');
  const map = context.map<number>('map');
  const show = (what: string) =>
    context.emit({ what, value: value.get(), list: [...list.get()], map: [...map.entries()], size: map.size });
  return {
    onRecord(row: { do: string; n: number }) {
      const { n } = row;
      if (row.do === 'value') value.set(n);
      else if (row.do === 'list') list.add(n, n + 1);
      else if (row.do === 'cut') list.set(list.get().slice(1));
      else if (row.do === 'map') map.set(n % 3, n);
      else if (row.do === 'unmap') map.delete(n % 3);
      else if (row.do === 'timer') context.setTimer(context.time + n);
      else if (row.do === 'untimer') context.deleteTimer(context.time + n);
      else if (row.do === 'clear') context.clear();
      show(row.do);
    },
    onTimer(time: number) {
      value.set(value.get() + 1);
      show(`timer ${time}`);
    },
  };
}

interface Given {
  key: string;
  do: string;
  n: number;
  gap: number;
  restart: boolean;
}
const DEEDS = ['value', 'list', 'cut', 'map', 'unmap', 'timer', 'untimer', 'clear'];
const given = fc.array(
  fc.record<Given>({
    key: fc.constantFrom('a', 'b'),
    do: fc.constantFrom(...DEEDS),
    n: fc.integer({ min: 0, max: 8 }),
    gap: fc.integer({ min: 0, max: 5 }),
    restart: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** The same with plain variables per key; the watermark follows each record. */
function model(records: readonly Given[]): object[] {
  const out: object[] = [];
  const keys = new Map<string, { value: number; list: number[]; map: Map<number, number> }>();
  const fresh = () => ({ value: 0, list: [] as number[], map: new Map<number, number>() });
  const of = (key: string) => keys.get(key) ?? (keys.set(key, fresh()).get(key) as ReturnType<typeof fresh>);
  let timers: { time: number; key: string; order: number }[] = [];
  const show = (key: string, what: string) => {
    const { value, list, map } = of(key);
    out.push({ what, value, list: [...list], map: [...map], size: map.size });
  };
  const fire = (until: number) => {
    const due = timers.filter(({ time }) => time <= until);
    timers = timers.filter(({ time }) => time > until);
    for (const { time, key } of due.sort((a, b) => a.time - b.time || a.order - b.order)) {
      of(key).value++;
      show(key, `timer ${time}`);
    }
  };
  let now = 0;
  for (const [order, { key, do: deed, n, gap }] of records.entries()) {
    now += gap;
    const one = of(key);
    if (deed === 'value') one.value = n;
    if (deed === 'list') one.list.push(n, n + 1);
    if (deed === 'cut') one.list = one.list.slice(1);
    if (deed === 'map') one.map.set(n % 3, n);
    if (deed === 'unmap') one.map.delete(n % 3);
    const same = (timer: { time: number; key: string }) => timer.time === now + n && timer.key === key;
    if (deed === 'timer' && !timers.some(same)) timers.push({ time: now + n, key, order });
    if (deed === 'untimer') timers = timers.filter((timer) => !same(timer));
    if (deed === 'clear') keys.set(key, fresh());
    show(key, deed);
    fire(now - 1);
  }
  fire(Number.POSITIVE_INFINITY);
  return out;
}

test('states and event timers do what plain variables do, over restarts', () => {
  fc.assert(
    fc.property(given, (records) => {
      let driver = new OperatorDriver(processOperator, { with: everything }, keyed);
      const out: object[] = [];
      let now = 0;
      for (const [order, { key, gap, restart, ...row }] of records.entries()) {
        now += gap;
        driver.push(row, { time: now, key, order }).watermark(now - 1);
        out.push(...driver.take());
        if (!restart) continue;
        driver = new OperatorDriver(processOperator, { with: everything }, { ...keyed, from: driver.snapshot() });
      }
      driver.end();
      expect(driver.dead).toEqual([]);
      expect([...out, ...driver.take()]).toEqual(model(records));
    }),
  );
});

describe('timers by the wall clock', () => {
  const remind = (context: ProcessContext) => ({
    onRecord: (row: { in: number }) => context.setProcessingTimer(context.now() + row.in),
    onTimer: (time: number) => context.emit({ ...context.keyFields(), time, by: context.timer }),
  });

  test('go off once at the first look at the clock after they are due, with the time of the watermark', () => {
    const driver = new OperatorDriver(processOperator, { with: remind }, keyed);
    driver.push({ in: 500 }, { time: 70, key: 'a' }).push({ in: 300 }, { time: 70, key: 'b' }).watermark(69);
    driver.clock.advance(299);
    driver.tick();
    expect(driver.out).toEqual([]);
    driver.clock.advance(1000);
    driver.tick();
    expect(driver.out.map(({ row, time }) => [row, time])).toEqual([
      [{ id: 'b', time: 300, by: 'processing' }, 70],
      [{ id: 'a', time: 500, by: 'processing' }, 70],
    ]);
    driver.tick();
    driver.end();
    expect(driver.out).toHaveLength(2);
  });

  test('are restored, and come after a restart as soon as they can', () => {
    const before = new OperatorDriver(processOperator, { with: remind }, keyed);
    before.push({ in: 500 }, { key: 'a' });
    const { clock } = before;
    const after = new OperatorDriver(processOperator, { with: remind }, { ...keyed, clock, from: before.snapshot() });
    clock.advance(90_000);
    after.tick();
    expect(after.take()).toEqual([{ id: 'a', time: 500, by: 'processing' }]);
  });

  test('go off in portions, none of them twice when a checkpoint comes between', () => {
    let driver = new OperatorDriver(processOperator, { with: remind }, keyed);
    const { clock } = driver;
    for (let key = 0; key < 1500; key++) driver.push({ in: 10 }, { key });
    clock.advance(10);
    // The first portion sorts.
    driver.tick(2);
    const first = driver.take();
    driver = new OperatorDriver(processOperator, { with: remind }, { ...keyed, clock, from: driver.snapshot() });
    driver.tick();
    const ids = [...first, ...driver.take()].map(({ id }) => id);
    expect(first).toHaveLength(1000);
    expect(ids).toEqual(Array.from({ length: 1500 }, (_, id) => id));
  });
});

test('a timer that would never end is a dead letter, at the end of the input too', () => {
  const again = (step: number) => (context: ProcessContext) => ({
    onRecord: () => context.setTimer(10),
    onTimer: (time: number) => {
      context.emit({ time });
      context.setTimer(time + step);
    },
  });
  const same = new OperatorDriver(processOperator, { with: again(0) }, keyed);
  same.push({}, { time: 5, key: 'a' }).watermark(10);
  expect(same.dead).toMatchObject([{ code: 'WEIR_TIMER', input: { id: 'a', timer: 10 } }]);
  const next = new OperatorDriver(processOperator, { with: again(5) }, keyed);
  next.push({}, { time: 5, key: 'a' }).watermark(20);
  next.end();
  expect(next.take()).toEqual([{ time: 10 }, { time: 15 }, { time: 20 }, { time: 25 }]);
});

test('the example of a timer by the wall clock gives what there is when it goes off', () => {
  const example = withFunctions(processOperator).examples.find(({ module }) => module?.includes('setProcessingTimer'));
  const driver = new OperatorDriver(processOperator, example?.options, { keyNames: ['key'] });
  driver.feed(example?.given ?? []);
  driver.clock.advance(999);
  driver.tick();
  expect(driver.take()).toEqual(example?.expect);
  driver.clock.advance(1);
  driver.tick();
  expect(driver.take()).toEqual([{ key: 'b', values: [9] }]);
  driver.clock.advance(10_000);
  driver.tick();
  expect([driver.take(), driver.keyedSize, driver.dead]).toEqual([[], 0, []]);
});

describe('ttl', () => {
  const count = (context: ProcessContext) => {
    const n = context.value('n', 0);
    return () => {
      n.set(n.get() + 1);
      context.emit({ n: n.get() });
    };
  };

  test('in event time hangs on the records alone, and frees the state', () => {
    const driver = new OperatorDriver(processOperator, { with: count, ttl: '10ms' }, keyed);
    for (const time of [0, 9, 18, 28, 20]) driver.push({}, { time, key: 'a' });
    expect(driver.take().map(({ n }) => n)).toEqual([1, 2, 3, 1, 2]);
    driver.watermark(37);
    expect(driver.keyedSize).toBe(2);
    driver.watermark(38);
    expect(driver.keyedSize).toBe(0);
  });

  test('by the wall clock goes on without records', () => {
    const driver = new OperatorDriver(processOperator, { with: count, ttl: '1s', ttlIn: 'processing' }, keyed);
    driver.push({}, { time: 5e9, key: 'a' });
    driver.clock.advance(999);
    driver.tick();
    expect(driver.keyedSize).toBe(2);
    driver.clock.advance(1);
    driver.tick();
    expect(driver.keyedSize).toBe(0);
  });
});

describe('what the function does wrong', () => {
  test.each([
    ['gives nothing', () => undefined],
    ['gives no onRecord', () => ({ onTimer() {} })],
    ['declares a state twice', (context: ProcessContext) => [context.list('a'), context.map('a')]],
  ])('%s', (_, make) => {
    expect(() => new OperatorDriver(processOperator, { with: make })).toThrow(
      expect.objectContaining({ code: 'WEIR_PROCESS' }),
    );
  });

  test.each<[string, (row: object, context: ProcessContext) => unknown]>([
    ['WEIR_PROCESS_RESULT', async () => {}],
    ['WEIR_PROCESS_RESULT', (_: object, context: ProcessContext) => context.emit([] as never)],
    ['WEIR_PROCESS', (_: object, context: ProcessContext) => context.value('late', 0)],
    ['WEIR_TIMER', (_: object, context: ProcessContext) => context.setTimer(Number.NaN)],
    ['WEIR_TIMER', (_: object, context: ProcessContext) => context.setTimer(1e300)],
    ...[Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -1e300, '5' as never, undefined as never].map(
      (time): [string, (row: object, context: ProcessContext) => unknown] => [
        'WEIR_NO_EVENT_TIME',
        (_, context) => context.emitAt({}, time),
      ],
    ),
    ['WEIR_SIDE', (_: object, context: ProcessContext) => context.side('undeclared', {})],
  ])('a record makes %s', (code, onRecord) => {
    const driver = new OperatorDriver(processOperator, { with: () => onRecord }, keyed).push({ n: 1 });
    expect(driver.dead).toMatchObject([{ code, input: { n: 1 } }]);
  });

  test('a value that cannot be kept is refused', () => {
    const keep = (context: ProcessContext) => {
      const value = context.value<unknown>('value', null);
      return () => value.set(() => {});
    };
    const driver = new OperatorDriver(processOperator, { with: keep }).push({});
    expect(driver.dead).toMatchObject([{ code: 'WEIR_STATE_VALUE' }]);
  });
});
