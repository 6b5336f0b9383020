import { describe, expect, test } from 'vitest';
import adwin from '../../../actors/learners/adwin.ts';
import cusum from '../../../actors/learners/cusum.ts';
import pageHinkley from '../../../actors/learners/page-hinkley.ts';
import { AdwinModel } from '../../../actors/lib/learn/adwin-model.ts';
import { CusumModel } from '../../../actors/lib/learn/cusum-model.ts';
import { type Detection, watching } from '../../../actors/lib/learn/deviation.ts';
import type { Maker } from '../../../actors/lib/learn/model.ts';
import { PageHinkleyModel } from '../../../actors/lib/learn/page-hinkley-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';
import { congruential } from './rows.ts';

const CUSUM = { slack: 0.5, threshold: 12, learnFrom: 200 };
const PAGE_HINKLEY = { threshold: 50, delta: 0.005, forgetting: 0.9999, learnFrom: 30 };
const MAKERS: [string, Maker<Detection>][] = [
  ['adwin', { create: () => new AdwinModel(ADWIN), restore: (saved) => AdwinModel.restore(ADWIN, saved) }],
  ['cusum', { create: () => new CusumModel(CUSUM), restore: (saved) => new CusumModel(CUSUM, saved as Float64Array) }],
  [
    'page-hinkley',
    {
      create: () => new PageHinkleyModel(PAGE_HINKLEY),
      restore: (saved) => new PageHinkleyModel(PAGE_HINKLEY, saved as Float64Array),
    },
  ],
];
const ADWIN = { delta: 0.002, every: 32 };

/** 4,000 numbers of a linear congruential generator, half a unit higher from 1,500 to 3,000. */
function* levels(): Generator<number> {
  const next = congruential();
  for (let i = 0; i < 4000; i++) yield next() + (i >= 1500 && i < 3000 ? 0.5 : 0);
}

function told(detection: Detection, values: Iterable<number>): number[] {
  return [...values].flatMap((value, i) => (detection.take(value) ? [i] : []));
}

/** Changes of spread after 2,000 and 4,000 values; the mean stays. */
function spreads(): number[] {
  const random = prng(7);
  return Array.from({ length: 6000 }, (_, i) => (random() - 0.5) * (i >= 2000 && i < 4000 ? 3 : 1));
}

describe('detectors of changes', () => {
  // river 0.26.1 on the same numbers: drift.ADWIN(), drift.ADWIN(delta=.05, clock=8), drift.PageHinkley(threshold=5) and
  // drift.PageHinkley(): the records at which drift_detected holds, and ADWIN's estimation and width at the end.
  test('adwin tells what river tells, and where', () => {
    const one = new AdwinModel(ADWIN);
    expect(told(one, levels())).toEqual([1535, 3039]);
    expect(one.estimate).toBeCloseTo(0.5094261652013908, 12);
    expect(one.width).toBe(960);
    const other = new AdwinModel({ delta: 0.05, every: 8 });
    expect(told(other, levels())).toEqual([1527, 3023]);
    expect(other.estimate).toBeCloseTo(0.5081232022150557, 12);
    expect(other.width).toBe(976);
  });

  test('page-hinkley tells what river tells, and where', () => {
    const sharp = [
      248, 404, 492, 732, 921, 1051, 1108, 1191, 1508, 1642, 1799, 2333, 2475, 2998, 3330, 3467, 3551, 3751,
    ];
    expect(told(new PageHinkleyModel({ ...PAGE_HINKLEY, threshold: 5 }), levels())).toEqual([...sharp, 3997]);
    expect(told(new PageHinkleyModel(PAGE_HINKLEY), levels())).toEqual([1601, 3090]);
  });

  test('cusum tells when the sums of deviations beyond the slack exceed the threshold, by the textbook', () => {
    const values = [...levels()];
    const expected: number[] = [];
    for (let from = 0; from + CUSUM.learnFrom < values.length; ) {
      const seen = values.slice(from, from + CUSUM.learnFrom);
      const mean = seen.reduce((sum, one) => sum + one, 0) / seen.length;
      const deviation = Math.sqrt(seen.reduce((sum, one) => sum + (one - mean) ** 2, 0) / seen.length);
      let [up, down] = [0, 0];
      let i = from + CUSUM.learnFrom;
      for (; i < values.length && up <= CUSUM.threshold && down <= CUSUM.threshold; i++) {
        const z = ((values[i] as number) - mean) / deviation;
        up = Math.max(0, up + z - CUSUM.slack);
        down = Math.max(0, down - z - CUSUM.slack);
      }
      if (up > CUSUM.threshold || down > CUSUM.threshold) expected.push(i - 1);
      from = i;
    }
    expect(told(new CusumModel(CUSUM), values)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(1);
  });

  test.each(MAKERS)('%s finds both changes of spread in the deviations', (name, maker) => {
    const at = told(watching('absolute-deviation', maker).create(), spreads());
    // One false alarm in 6,000 values is no more than chance.
    expect(at.length, `${name}: ${at}`).toBeLessThanOrEqual(3);
    for (const change of [2000, 4000]) expect(at.some((one) => one >= change && one < change + 300)).toBe(true);
  });

  test.each(MAKERS)('%s stays finite over a constant, and tells when it moves', (_, maker) => {
    for (const size of [1e-9, 1, 1e40]) {
      const model = watching('absolute-deviation', maker).create();
      for (let i = 0; i < 10_000; i++) expect(model.take(size)).toBe(false);
      const values = Array.from({ length: 300 }, (_, i) => size * (i % 2 === 0 ? 1e9 : -1e9));
      expect(told(model, values).length).toBeGreaterThan(0);
      expect(Number.isFinite(model.estimate ?? 0)).toBe(true);
    }
  });

  for (const [name, plain] of MAKERS) {
    test.each(['value', 'absolute-deviation'] as const)(
      `${name} of a %s goes on bit for bit when restored`,
      (watch) => {
        const maker = watching(watch, plain);
        const values = [...levels()];
        const model = maker.create();
        told(model, values.slice(0, 2345));
        const again = maker.restore(structuredClone(model.save()));
        expect(told(again, values.slice(2345))).toEqual(told(model, values.slice(2345)));
        expect(again.save()).toEqual(model.save());
        expect(again.rows).toBe(watch === 'value' ? 4000 : again.rows);
      },
    );
  }

  test.each([
    ['adwin', adwin],
    ['cusum', cusum],
    ['page-hinkley', pageHinkley],
  ] as const)('%s passes over null and refuses what is no number', (_, stage) => {
    const driver = new OperatorDriver(stage as typeof cusum, { of: 'x' });
    for (const x of [1, null, true, 'high', 1e60]) driver.push({ x });
    driver.end();
    expect(driver.take()).toEqual([1, null, true].map((x) => ({ x, drift: false })));
    expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_VALUE', 'WEIR_VALUE']);
  });
});
