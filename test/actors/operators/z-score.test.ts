import fc from 'fast-check';
import { expect, test } from 'vitest';
import zScore from '../../../actors/operators/z-score.ts';
import { OperatorRig } from '../support/operator-rig.ts';

/** Weighted mean and standard deviation by their definitions. */
function moments(values: readonly { time: number; x: number }[], now: number, memory: number) {
  const weights = values.map(({ time }) => Math.exp((time - now) / memory));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = values.reduce((sum, { x }, i) => sum + x * (weights[i] as number), 0) / total;
  const squares = values.reduce((sum, { x }, i) => sum + (weights[i] as number) * (x - mean) ** 2, 0);
  return { mean, stddev: Math.sqrt(squares / total) };
}

test('mean and deviation are those of the definition, in whatever order the values come', () => {
  const values = fc.array(
    fc.record({ time: fc.integer({ min: 0, max: 5000 }), x: fc.double({ min: -100, max: 100, noNaN: true }) }),
    { minLength: 3, maxLength: 30 },
  );
  fc.assert(
    fc.property(values, (list) => {
      const rig = new OperatorRig(zScore, { of: 'x', memory: '1s', minCount: 2 });
      for (const { time, x } of list) rig.push({ x }, time);
      const last = rig.end().take().at(-1) as { mean: number; stddev: number; z: number };
      const seen = [...list].sort((a, b) => a.time - b.time).slice(0, -1);
      const expected = moments(seen, seen.at(-1)?.time as number, 1000);
      expect(last.mean).toBeCloseTo(expected.mean, 6);
      expect(last.stddev).toBeCloseTo(expected.stddev, 5);
    }),
  );
});

test('a constant signal has score 0, and its first change a score that can be written down', () => {
  const rig = new OperatorRig(zScore, { of: 'x', minCount: 1 });
  for (const x of [5, 5, 6, -1]) rig.push({ x });
  expect(
    rig
      .end()
      .take()
      .map(({ z }) => z)
      .slice(1, 3),
  ).toEqual([0, 1e9]);
});

test.each([null, undefined, 'text', Number.NaN, Number.POSITIVE_INFINITY, [1]])(
  '%s has no score and teaches nothing',
  (x) => {
    const rig = new OperatorRig(zScore, { of: 'x', minCount: 1 });
    rig.push({ x: 1 }).push({ x }).push({ x: 3 });
    const rows = rig.end().take();
    expect(rows[1]).toEqual({ x, z: null, mean: null, stddev: null });
    expect(rows[2]?.mean).toBe(1);
  },
);

test('keys learn apart', () => {
  const rig = new OperatorRig(zScore, { of: 'x', minCount: 1 }, { keyNames: ['k'] });
  rig.push({ x: 1 }, 0, 'a').push({ x: 100 }, 0, 'b').push({ x: 1 }, 0, 'a');
  expect(rig.end().take().at(-1)?.mean).toBe(1);
});
