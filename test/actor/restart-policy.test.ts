import { describe, expect, test } from 'vitest';
import { RestartPolicy } from '../../src/actor/restart-policy.ts';

const half = { next: () => 0.5 };
const plain = { firstMs: 100, factor: 2, maxMs: 1_000, jitter: 0 };

describe('a restart policy', () => {
  test('gives up at one more than intensity within the period, and not when they are spread out', () => {
    const policy = new RestartPolicy({ intensity: 2, periodMs: 1_000 }, half);
    expect([0, 500, 999].map((now) => policy.failed(now) === undefined)).toEqual([false, false, true]);
    const spread = new RestartPolicy({ intensity: 2, periodMs: 1_000 }, half);
    expect([0, 500, 1_000, 1_500, 2_000].map((now) => spread.failed(now) === undefined)).toEqual(Array(5).fill(false));
  });

  test('with intensity 0 gives up at the first failure, with Infinity never', () => {
    expect(new RestartPolicy({ intensity: 0 }, half).failed(0)).toBe(undefined);
    const endless = new RestartPolicy({ intensity: Number.POSITIVE_INFINITY, backoff: plain }, half);
    for (let i = 0; i < 1_000; i++) expect(endless.failed(i)).toBeDefined();
  });

  test('waits longer from failure to failure, up to a bound, and starts again after a quiet period', () => {
    const policy = new RestartPolicy({ intensity: 100, periodMs: 5_000, backoff: plain }, half);
    let now = 0;
    const delays = Array.from({ length: 7 }, () => {
      const delay = policy.failed(now)!;
      now += delay + 1;
      return delay;
    });
    expect(delays).toEqual([0, 100, 200, 400, 800, 1_000, 1_000]);
    expect(policy.failed(now + 5_000)).toBe(0);
  });

  test('counts the failures of all, but waits for each on its own', () => {
    const policy = new RestartPolicy({ intensity: 3, periodMs: 1_000, backoff: plain }, half);
    expect(policy.failed(0, 'a')).toBe(0);
    expect(policy.failed(1, 'a')).toBe(100);
    expect(policy.failed(2, 'b')).toBe(0);
    expect(policy.failed(3, 'b')).toBe(undefined);
  });

  test('spreads the waits by jitter', () => {
    const waits = [0, 0.5, 0.999].map((random) => {
      const policy = new RestartPolicy({ backoff: { ...plain, jitter: 0.2 } }, { next: () => random });
      policy.failed(0);
      return Math.round(policy.failed(0)!);
    });
    expect(waits).toEqual([80, 100, 120]);
  });
});
