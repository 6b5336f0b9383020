import { describe, expect, test } from 'vitest';
import autoregression from '../../../actors/learners/autoregression.ts';
import biasedFactorization from '../../../actors/learners/biased-factorization.ts';
import forecastMix from '../../../actors/learners/forecast-mix.ts';
import holtWinters from '../../../actors/learners/holt-winters.ts';
import itemCooccurrence from '../../../actors/learners/item-cooccurrence.ts';
import kalmanFactorization from '../../../actors/learners/kalman-factorization.ts';
import kalmanTracker from '../../../actors/learners/kalman-tracker.ts';
import linucb from '../../../actors/learners/linucb.ts';
import thompson from '../../../actors/learners/thompson.ts';
import { prng } from '../../../src/base/prng.ts';
import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import { OperatorRig } from '../support/operator-rig.ts';

// The stages themselves: what they make of records. What their models learn has tests of its own.

const wild = [Number.NaN, Number.POSITIVE_INFINITY, 1e300, 'text', [1], { a: 1 }];

describe('a forecaster', () => {
  test('forecasts each key by its own values in event time, whatever order they come in', () => {
    const rig = new OperatorRig(forecastMix, { of: 'x', horizon: 2 }, { keyNames: ['k'] });
    for (const time of [3, 1, 2, 5, 4]) rig.push({ x: 7 }, time, 'a').push({ x: time }, time, 'b');
    const rows = rig.end().out;
    const last = (key: string) => rows.filter((one) => one.key === key).at(-1)?.row ?? {};
    expect(last('a')).toEqual({ x: 7, forecast: [7, 7] });
    expect((last('b').forecast as number[])[0]).toBeGreaterThan(4.5);
  });

  const stages: [OperatorDefinition<any>, object][] = [
    [forecastMix, {}],
    [holtWinters, {}],
    [autoregression, { order: 1 }],
  ];

  test.each(stages)('takes null, and what is not to be learned, for a value that is missing', (stage, options) => {
    const rig = new OperatorRig(stage, { of: 'x', learn: 'good', ...options });
    for (const x of [4, null, 900]) rig.push({ x, good: x !== 900 });
    expect(
      rig
        .end()
        .take()
        .map(({ forecast }) => forecast),
    ).toEqual([4, 4, 4]);
    expect(rig.dead).toEqual([]);
  });

  test.each(wild)('%s is a dead letter', (x) => {
    const rig = new OperatorRig(forecastMix, { of: 'x' });
    rig.push({ x: 1 }).push({ x }).push({ x: 1 });
    expect(rig.end().take()).toHaveLength(2);
    expect(rig.dead.map(({ code }) => code)).toEqual(['WEIR_VALUE']);
  });
});

describe('the tracker', () => {
  test.each([{}, { x: 'x' }, { x: 'x', lat: 'lat' }, { x: 'x', y: 'y', lat: 'lat', lon: 'lon' }])(
    'refuses %j',
    (raw) => {
      expect(() => new OperatorRig(kalmanTracker, raw)).toThrow(/x and y, or lat and lon/);
    },
  );

  test('says course and speed on the map, and refuses what is no place on earth', () => {
    const options = { lat: 'lat', lon: 'lon', noise: 1, acceleration: 1e-6, speed: 100, ahead: '10s' };
    const rig = new OperatorRig(kalmanTracker, options);
    for (let i = 0; i < 20; i++) rig.push({ lat: 50, lon: 8 + i * 1e-4 }, i * 1000);
    rig.push({ lat: 95, lon: 8 }, 20_000).push({ lat: null }, 20_000);
    const rows = rig.end().take();
    const track = rows.at(-1)?.track as { course: number; speed: number; lon: number; ahead: { lon: number }[] };
    expect(rows).toHaveLength(21);
    expect(rig.dead.map(({ code }) => code)).toEqual(['WEIR_VALUE']);
    expect(track.course).toBeCloseTo(90, 1);
    // 1e-4 degrees of longitude a second at 50° north.
    expect(track.speed).toBeCloseTo(11.1195 * Math.cos((50 * Math.PI) / 180), 1);
    expect(track.lon).toBeCloseTo(8.002, 4);
    expect(track.ahead[0]?.lon).toBeCloseTo(8.003, 4);
  });
});

describe('a recommender', () => {
  const raters: OperatorDefinition<any>[] = [kalmanFactorization, biasedFactorization];

  test.each(raters)('without an item gives the best, and takes a wild rating or id for a dead letter', (stage) => {
    const rig = new OperatorRig(stage, { user: 'u', item: 'i', rating: 'r', top: 1 });
    for (let n = 0; n < 50; n++) for (const i of [1, 2, 3]) rig.push({ u: n % 5, i, r: i });
    rig.push({ u: 1, i: null }).push({ u: null, i: 2, r: 1 });
    const odd = [{ u: [1], i: 1, r: 1 }, { u: 1, i: true, r: 1 }, ...wild.map((r) => ({ u: 1, i: 1, r }))];
    for (const row of odd) rig.push(row);
    const rows = rig.end().take();
    expect(rig.dead.map(({ code }) => code)).toEqual(odd.map(() => 'WEIR_VALUE'));
    expect(rows).toHaveLength(152);
    const best = rows[150]?.best as { item: number; score: number }[];
    expect(best).toHaveLength(1);
    expect(best[0]?.item).toBe(3);
    expect(best[0]?.score).toBeCloseTo(3, 0);
    expect(rows[151]).toMatchObject({ prediction: null, best: null });
  });

  test('of what occurs together learns only what it is let', () => {
    const rig = new OperatorRig(itemCooccurrence, { user: 'u', item: 'i', learn: 'bought' });
    for (const u of ['ann', 'bob']) for (const i of ['tea', 'milk']) rig.push({ u, i, bought: u === 'ann' });
    rig.push({ u: 'cleo', i: 'tea', bought: true }).push({ u: 'cleo', i: null });
    expect(rig.end().take().at(-1)?.best).toEqual([{ item: 'milk', score: expect.closeTo(Math.SQRT1_2, 5) }]);
  });
});

describe('a bandit', () => {
  const options = { arm: 'arm', reward: 'reward', id: 'id', forgetting: 1 };

  test('has no choice before there is an arm', () => {
    const rig = new OperatorRig(linucb, options);
    rig.push({ x: 1 }).push({ x: 1, arm: 'a', reward: 1 }).push({ x: 1 });
    expect(
      rig
        .end()
        .take()
        .map(({ choice }) => choice),
    ).toEqual([null, null, 'a']);
  });

  test.each([linucb, thompson])('learns what pays in which context, the rewards coming later by id', (stage) => {
    const rig = new OperatorRig(stage, { ...options, arms: ['left', 'right'] });
    const random = prng(1);
    let right = 0;
    for (let n = 0; n < 400; n++) {
      const side = random() < 0.5 ? 'left' : 'right';
      rig.push({ id: n, side }, 3 * n);
      rig.watermark(3 * n);
      const { choice } = rig.take().at(-1) as { choice: string };
      if (n >= 100 && choice === side) right++;
      rig.push({ id: n, reward: choice === side ? 1 : 0 }, 3 * n + 1);
      rig.watermark(3 * n + 1);
    }
    expect(right).toBeGreaterThan(290);
  });

  test('neither an arm too many nor a wild reward leaves a trace', () => {
    const rig = new OperatorRig(linucb, options);
    for (let n = 0; n < 1000; n++) rig.push({ arm: n, reward: n === 7 ? 1 : 0, x: 1 });
    for (const reward of wild) rig.push({ arm: 7, reward, x: 1 });
    rig.push({ arm: 'more', reward: 5, x: 1 }).push({ x: 1 });
    expect(rig.end().take().at(-1)?.choice).toBe(7);
    expect(rig.dead.map(({ code }) => code)).toEqual([...wild, 'more'].map(() => 'WEIR_VALUE'));
  });
});
