import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import alertRule from '../../../actors/operators/alert-rule.ts';
import dedupe from '../../../actors/operators/dedupe.ts';
import rate from '../../../actors/operators/rate.ts';
import zScore from '../../../actors/operators/z-score.ts';
import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import type { Row } from '../../../src/stage/row.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';

/** How far records of a source may be out of order. */
const DISORDER = 5;

interface Given {
  key: number;
  x: number;
  time: number;
  order: number;
}

/** Records of a source: event time goes on, with some disorder. */
const source = fc
  .array(fc.record({ key: fc.nat(2), x: fc.nat(9), step: fc.nat(4), back: fc.nat(DISORDER) }), { maxLength: 60 })
  .map((list) => {
    let now = 10;
    return list.map(({ key, x, step, back }, order): Given => {
      now += step;
      return { key, x, time: now - back, order };
    });
  });

interface Reading {
  subtasks: number;
  chunk: number;
  /** Which subtask is read next. */
  turns: number[];
  restart: number;
}
const reading = fc.record<Reading>({
  subtasks: fc.integer({ min: 1, max: 3 }),
  chunk: fc.integer({ min: 1, max: 9 }),
  turns: fc.array(fc.nat(2), { minLength: 1, maxLength: 60 }),
  restart: fc.nat(60),
});

const keyed = { keyNames: ['key'] };

/** Several subtasks read chunks of the source in turn, the watermark is the least of theirs. */
function arriving(
  definition: OperatorDefinition<any>,
  options: Record<string, unknown>,
  list: readonly Given[],
  { subtasks, chunk, turns, restart }: Reading,
): string[] {
  const parts = Array.from({ length: subtasks }, (_, subtask) =>
    list.filter(({ order }) => Math.floor(order / chunk) % subtasks === subtask),
  );
  const marks: number[] = parts.map((part) => (part.length > 0 ? -1 : Number.POSITIVE_INFINITY));
  let driver = new OperatorDriver(definition, options, keyed);
  const out: Row[] = [];
  for (let n = 0; parts.some((part) => part.length > 0); n++) {
    let subtask = (turns[n % turns.length] as number) % subtasks;
    while (parts[subtask]?.length === 0) subtask = (subtask + 1) % subtasks;
    const part = parts[subtask] as Given[];
    const { time, order, key, x } = part.shift() as Given;
    driver.push({ x, order, $: time }, { time, order, key });
    marks[subtask] =
      part.length > 0 ? Math.max(marks[subtask] as number, time - DISORDER - 1) : Number.POSITIVE_INFINITY;
    driver.watermark(Math.min(...marks));
    if (n !== restart) continue;
    out.push(...driver.take());
    driver = new OperatorDriver(definition, options, { ...keyed, from: driver.snapshot() });
  }
  driver.end();
  expect(driver.late).toEqual([]);
  expect(driver.dead).toEqual([]);
  return [...out, ...driver.take()].map((row) => JSON.stringify(row)).sort();
}

type Model = (sorted: readonly Given[]) => object[];

const passed = ({ x, order, time }: Given) => ({ x, order, $: time });
const of = (list: readonly Given[], key: number) => list.filter((one) => one.key === key);

/** Written down from the documentation, over all records in the order of event time, then of the source. */
const models: Record<string, [OperatorDefinition<any>, Record<string, unknown>, Model]> = {
  'alert-rule': [
    alertRule,
    { name: 'hot', when: 'x >= 5', clear: 'x < 3', for: '4ms', text: '${order}', severity: 'page' },
    (sorted) =>
      [0, 1, 2].flatMap((key) => {
        const alerts: object[] = [];
        let firing = false;
        let since: number | undefined;
        for (const { x, time, order } of of(sorted, key)) {
          const alert = (state: string) =>
            alerts.push({ alert: 'hot', state, severity: 'page', since, time, text: `${order}`, key });
          if (firing) {
            if (x >= 3) continue;
            alert('resolved');
            firing = false;
            since = undefined;
          } else if (x < 5) since = undefined;
          else {
            since ??= time;
            if (time - since < 4) continue;
            alert('firing');
            firing = true;
          }
        }
        return alerts;
      }),
  ],
  rate: [
    rate,
    { of: 'x', per: '1ms', bits: 'never' },
    (sorted) =>
      sorted.map((one) => {
        // Of records of one time the first counts.
        const before = of(sorted, one.key).filter(
          (other, i, all) => other.time < one.time && all.findIndex(({ time }) => time === other.time) === i,
        );
        const first = of(sorted, one.key).find(({ time }) => time === one.time) === one;
        const last = before.at(-1);
        if (!first || last === undefined) return { ...passed(one), rate: null };
        const grown = one.x >= last.x ? one.x - last.x : one.x;
        return { ...passed(one), rate: grown / (one.time - last.time) };
      }),
  ],
  'dedupe within a time': [
    dedupe,
    { of: 'x', within: '7ms' },
    (sorted) => {
      const kept: Given[] = [];
      for (const one of sorted) if (!kept.some(({ x, time }) => x === one.x && one.time - time < 7)) kept.push(one);
      return kept.map(passed);
    },
  ],
  'dedupe of the last values': [
    dedupe,
    { of: 'x', capacity: 3 },
    (sorted) => {
      const kept: Given[] = [];
      for (const one of sorted) if (!kept.slice(-3).some(({ x }) => x === one.x)) kept.push(one);
      return kept.map(passed);
    },
  ],
  'z-score': [
    zScore,
    { of: 'x', minCount: 3, memory: '1d' },
    // Its values are compared with their definition in its own test: here they must be those of a whole, sorted input.
    (sorted) => {
      const driver = new OperatorDriver(zScore, { of: 'x', minCount: 3, memory: '1d' }, { ...keyed, clocked: true });
      for (const one of sorted) driver.push(passed(one), one);
      return driver.take();
    },
  ],
};

describe.each(Object.entries(models))('%s', (_, [definition, options, model]) => {
  test('gives what the sorted input gives, however many subtasks read it, and over a restart', () => {
    fc.assert(
      fc.property(source, reading, (list, how) => {
        const sorted = [...list].sort((a, b) => a.time - b.time || a.order - b.order);
        const expected = model(sorted).map((row) => JSON.stringify(row));
        expect(arriving(definition, options, list, how)).toEqual(expected.sort());
      }),
    );
  });

  test('what comes behind the watermark is late, and changes nothing', () => {
    const driver = new OperatorDriver(definition, options, keyed);
    driver.push({ x: 9 }, { time: 5, key: 1 }).watermark(5);
    const size = driver.keyedSize;
    driver.push({ x: 1 }, { time: 5, key: 1 });
    expect(driver.late).toEqual([{ row: { x: 1 }, windowEnd: 6 }]);
    expect(driver.keyedSize).toBe(size);
  });

  test('records go in portions', () => {
    const driver = new OperatorDriver(definition, options, keyed);
    for (let n = 0; n < 2500; n++) driver.push({ x: n, order: n }, { time: n % 5, key: n });
    let [portions, most] = [0, 0];
    for (let more = true; more; portions++) {
      more = driver.portion(9);
      most = Math.max(most, driver.take().length);
    }
    expect(portions).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(1000);
  });

  test('without event time nothing waits', () => {
    const driver = new OperatorDriver(definition, options, { ...keyed, clocked: true });
    for (const time of [0, 4, 8, 12]) driver.push({ x: 8, order: 1 }, { time, key: 1 });
    expect(driver.out.length).toBeGreaterThan(0);
  });
});
