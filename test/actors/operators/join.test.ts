import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import join from '../../../actors/operators/join.ts';
import { OperatorDriver } from '../../../src/testkit/operator-driver.ts';
import {
  type Event,
  events,
  kinds,
  lefts,
  naive,
  options,
  restarts,
  rights,
  run,
  sorted,
} from '../support/join-model.ts';

describe('window', () => {
  const start = (time: number) => Math.floor(time / 20) * 20;
  test.each(kinds)('%s: the pairs of one window, whatever order they come in and wherever it restarts', (kind) => {
    fc.assert(
      fc.property(events, restarts, (list, at) => {
        const expected = naive(
          list,
          kind,
          (a, b) => start(a.time) === start(b.time),
          (a) => start(a.time) + 19,
        );
        expect(sorted(run(options({ window: '20ms', kind }), list, { restarts: at }))).toEqual(sorted(expected));
      }),
    );
  });

  test('the results of a window come in the order of the records', () => {
    const driver = new OperatorDriver(join, options({ window: '20ms' }));
    driver.push({ key: 1, n: 'late' }, { time: 9, order: 0 });
    driver.push({ key: 1, n: 'x' }, { time: 9, order: 1, input: 'with' });
    driver.push({ key: 1, n: 'early' }, { time: 3, order: 2 });
    driver.end();
    expect(driver.take().map(({ a }) => a)).toEqual(['early', 'late']);
  });
});

describe('within', () => {
  test.each(kinds)('%s: the pairs whose times are near', (kind) => {
    fc.assert(
      fc.property(events, fc.nat(15), fc.nat(15), restarts, (list, before, after, at) => {
        const expected = naive(
          list,
          kind,
          (a, b) => b.time >= a.time - before && b.time <= a.time + after,
          (a, b) => (b === null ? a.time + after : Math.max(a.time, b.time)),
        );
        const given = options({ within: { before: `${before}ms`, after: `${after}ms` }, kind });
        expect(sorted(run(given, list, { restarts: at }))).toEqual(sorted(expected));
      }),
    );
  });
});

describe('asOf', () => {
  test.each(['inner', 'left'] as const)('%s: the version that was valid at the time of the record', (kind) => {
    fc.assert(
      fc.property(events, restarts, (list, at) => {
        const versionOf = (a: Event) =>
          rights(list)
            .filter((b) => a.key !== null && b.key === a.key && b.time <= a.time)
            .reduce<Event | undefined>((best, b) => (best === undefined || b.time >= best.time ? b : best), undefined);
        const expected = naive(
          list,
          kind,
          (a, b) => versionOf(a)?.n === b.n,
          (a) => a.time,
        );
        expect(sorted(run(options({ asOf: true, kind }), list, { restarts: at }))).toEqual(sorted(expected));
      }),
    );
  });
});

test('asOf: a version for which the condition does not hold ends those before it', () => {
  fc.assert(
    fc.property(events, restarts, (list, at) => {
      const expected = lefts(list).map((a) => {
        const before = rights(list).filter((b) => a.key !== null && b.key === a.key && b.time <= a.time);
        const last = before.sort((x, y) => x.time - y.time || x.n - y.n).at(-1);
        return { a: a.n, b: last === undefined || last.n % 3 === 0 ? null : last.n, t: a.time };
      });
      const given = options({ asOf: true, kind: 'left', where: 'other.n % 3 != 0' });
      expect(sorted(run(given, list, { restarts: at }))).toEqual(sorted(expected));
    }),
  );
});

test('asOf: what comes behind the watermark is late on either side, and what has no time a dead letter', () => {
  const driver = new OperatorDriver(join, options({ asOf: true, kind: 'left' }));
  driver.push({ key: 1, n: 0 }, { time: 11 });
  driver.watermark(10);
  for (const input of [undefined, 'with']) {
    driver.push({ key: 1, n: 1 }, { time: 10, input });
    driver.push({ key: 1, n: 2 }, { time: Number.NaN, input });
  }
  const late = { row: { key: 1, n: 1 }, windowEnd: 10 };
  expect(driver.late).toEqual([late, late]);
  const dead = { code: 'WEIR_TIME', input: { key: 1, n: 2 } };
  expect(driver.dead).toMatchObject([dead, dead]);
  driver.end();
  expect(driver.take()).toEqual([{ a: 0, b: null, t: 11 }]);
});

test('a pair that the projection cannot take is a dead letter, and the others go on', () => {
  const driver = new OperatorDriver(join, options({ select: { twice: 'other.n * 2' } }));
  for (const n of [1, 'x', 3]) driver.push({ key: 1, n }, { input: 'with' });
  driver.push({ key: 1, n: 0 });
  expect(driver.take()).toEqual([{ twice: 2 }, { twice: 6 }]);
  expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_TYPE']);
});

test('without a projection the other record stands under the name of its stream', () => {
  const driver = new OperatorDriver(join, { with: 'others', on: 'key' });
  driver.push({ key: 1, n: 2 }, { input: 'with' });
  driver.push({ key: 1, n: 1 });
  expect(driver.take()).toEqual([{ key: 1, n: 1, others: { key: 1, n: 2 } }]);
});
