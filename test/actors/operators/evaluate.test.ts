import { describe, expect, test } from 'vitest';
import { Ranking } from '../../../actors/lib/evaluate/ranking.ts';
import evaluate from '../../../actors/operators/evaluate.ts';
import { prng } from '../../../src/base/prng.ts';
import type { Row } from '../../../src/stage/row.ts';
import { OperatorRig } from '../support/operator-rig.ts';

/** The same pseudo-random numbers as in the Python that made the numbers below: x ← (1103515245 x + 12345) mod 2³¹, x / 2³¹. */
function numbers(seed: number): () => number {
  let x = BigInt(seed);
  return () => {
    x = (x * 1103515245n + 12345n) % 2147483648n;
    return Number(x) / 2147483648;
  };
}

const times = (n: number, make: () => Row) => Array.from({ length: n }, make);

function given(options: object, rows: readonly Row[]): Row[] {
  const rig = new OperatorRig(evaluate, { every: 1e6, ...options });
  rows.forEach((row, i) => {
    rig.push(row, i);
  });
  rig.end();
  expect(rig.dead).toEqual([]);
  return rig.take();
}

const last = (options: object, rows: readonly Row[]) => given(options, rows).at(-1) as Row;

function near(row: unknown, expected: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(expected)) {
    if (typeof value === 'number') expect((row as Row)[name], name).toBeCloseTo(value, 12);
    else expect((row as Row)[name], name).toEqual(value);
  }
}

describe('as scikit-learn 1.9.1 has it', () => {
  test('mean_absolute_error, root_mean_squared_error and r2_score, of all and of the last 50', () => {
    const r = numbers(1);
    const rows = times(200, () => {
      const y = r() * 10;
      return { y, prediction: y + r() * 2 - 1 };
    });
    const row = last({ task: 'regression', target: 'y', window: 50 }, rows);
    // The baseline: 0, then the mean of the targets before.
    near(row, {
      final: true,
      rows: 200,
      mae: 0.49973525618202985,
      rmse: 0.5797668430798751,
      r2: 0.9575287129040114,
      baselineMae: 2.4996203654569573,
      baselineRmse: 2.874599481972598,
      skill: 1 - 0.49973525618202985 / 2.4996203654569573,
    });
    near(row.rolling, { rows: 50, mae: 0.5066953989863395, r2: 0.9620627405053261 });
    near(last({ task: 'ratings', target: 'y' }, rows), { skill: 1 - 0.5797668430798751 / 2.874599481972598 });
  });

  const two = () => {
    const r = numbers(2);
    return times(200, () => {
      const a = r();
      const y = Number(r() < a);
      const p = (Math.round(((a * 3 + r()) / 4) * 49) / 49) * 0.98 + 0.01;
      return { y, prediction: Number(p > 0.5), probabilities: { 0: 1 - p, 1: p }, bad: y === 1, score: p };
    });
  };

  test('accuracy_score, log_loss, roc_auc_score, f1_score(average="macro") and calibration_curve of two classes', () => {
    const row = last({ task: 'binary', target: 'y', window: 60 }, two());
    near(row, {
      accuracy: 0.695,
      logLoss: 0.5493684902158498,
      auc: 0.800050505050505,
      macroF1: 0.6940745755911633,
    });
    near(row.rolling, { auc: 0.8236929922135706 });
    const bins = row.calibration as { predicted: number; observed: number }[];
    const observed = [
      0.125, 0.1, 0.09375, 0.26666666666666666, 0.6190476190476191, 0.41379310344827586, 0.6086956521739131,
      0.7586206896551724, 0.8666666666666667, 1.0,
    ];
    expect(bins.length).toBe(10);
    bins.forEach((bin, i) => {
      expect(bin.observed).toBeCloseTo(observed[i] as number, 12);
    });
    expect(bins[4]?.predicted).toBeCloseTo(0.451904761904762, 12);
  });

  test('average_precision_score and roc_auc_score of scores with ties, of all and of the last 60', () => {
    const row = last({ task: 'anomaly', target: 'bad', window: 60 }, two());
    near(row, { averagePrecision: 0.7577469704274605, auc: 0.800050505050505 });
    near(row.rolling, { averagePrecision: 0.8589450796958598, auc: 0.8236929922135706 });
  });

  test('accuracy_score, log_loss and f1_score(average="macro") of four classes, one of which is rare', () => {
    const r = numbers(3);
    const rows = times(200, () => {
      const k = Math.trunc(r() * 3.2);
      const w = [0, 1, 2, 3].map((j) => r() + (j === k ? 1 : 0) * r() * 2 + 1e-3);
      const sum = w.reduce((a, b) => a + b);
      const probabilities = Object.fromEntries(w.map((one, j) => ['abcd'[j], one / sum]));
      return { y: 'abcd'[k], prediction: 'abcd'[w.indexOf(Math.max(...w))], probabilities };
    });
    near(last({ task: 'multiclass', target: 'y' }, rows), {
      accuracy: 0.86,
      logLoss: 0.7697753865839754,
      macroF1: 0.8328529481358672,
    });
  });
});

describe('baselines', () => {
  test('of classes: the most frequent before, and shares with one more of each', () => {
    const rows = ['b', 'b', 'a', 'b', 'a', 'a', 'a'].map((y) => ({ y, prediction: y }));
    const row = last({ task: 'multiclass', target: 'y' }, rows);
    // Said at first nothing, then b five times (of equals the one seen first), then a or b by the count.
    const right = [false, true, false, true, false, false, false].filter(Boolean).length;
    const shares = [1 / 2, 2 / 3, 1 / 4, 3 / 5, 2 / 6, 3 / 7, 4 / 8];
    near(row, {
      accuracy: 1,
      logLoss: null,
      baselineAccuracy: right / 7,
      baselineLogLoss: -shares.reduce((sum, p) => sum + Math.log(p), 0) / 7,
      skill: 1,
      calibration: null,
    });
  });

  test('of forecasts: the last season again, at first the latest value', () => {
    const values = [3, 5, 4, 6, 9];
    const rows = values.map((y) => ({ y, forecast: y + 1 }));
    // Each is of the record behind it: 4, 6, 5, 7 were said of 5, 4, 6, 9.
    const errors = (said: number[]) => said.reduce((sum, p, i) => sum + Math.abs(p - (values[i + 1] as number)), 0) / 4;
    const mae = errors([4, 6, 5, 7]);
    near(last({ task: 'forecast', target: 'y' }, rows), {
      ...{ rows: 4, unscored: 1, mae, maeAhead: mae, baselineMae: errors([3, 5, 4, 6]) },
    });
    near(last({ task: 'forecast', target: 'y', season: 2 }, rows), { baselineMae: errors([3, 3, 5, 4]) });
  });
});

test('forecasts of several steps are scored as their values come, also over a gap', () => {
  const random = prng(8);
  const values = Array.from({ length: 60 }, (_, i) => (i === 20 ? null : random() * 10));
  const said = values.map((_, i) => (i < 3 ? null : [0, 1, 2].map(() => random() * 10)));
  const row = last(
    { task: 'forecast', target: 'y', season: 2 },
    values.map((y, i) => ({ y, forecast: said[i] })),
  );
  // The same by indices: h steps ahead of origin i; the season of 2 again, what is missing being as before.
  const filled = values.map((y, i) => y ?? (values[i - 1] as number));
  const errors: number[] = [];
  const bases: number[] = [];
  for (let i = 3; i < 60; i++) {
    for (let h = 1; h <= 3 && i + h < 60; h++) {
      const y = values[i + h];
      // Scored are the records that have a forecast of one step.
      if (y === null || y === undefined) continue;
      errors.push(Math.abs(y - ((said[i] as number[])[h - 1] as number)));
      bases.push(Math.abs(y - (filled[i + h - 2 * Math.ceil(h / 2)] as number)));
    }
  }
  const meanOf = (list: number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;
  near(row, { rows: 55, unscored: 5, maeAhead: meanOf(errors), baselineMaeAhead: meanOf(bases) });
});

describe('records that cannot be scored', () => {
  test('are counted where prediction or truth is null, or among the first', () => {
    const rows = [
      { y: 1, prediction: null },
      { y: null, prediction: 1 },
      { y: 2, prediction: 0 },
      { y: 3, prediction: 2 },
    ];
    near(last({ task: 'regression', target: 'y', skip: 3 }, rows), { rows: 1, unscored: 3, mae: 1, baselineMae: 1 });
  });

  test('with a fallback only those without a truth', () => {
    const rows = [
      { y: 4, prediction: null },
      { y: null, prediction: 1 },
      { y: 2, prediction: 0 },
    ];
    near(last({ task: 'regression', target: 'y', fallback: 0 }, rows), { rows: 2, unscored: 1, mae: 3 });
    const classes = [
      { y: 'a', prediction: null },
      { y: 'b', prediction: null },
    ];
    near(last({ task: 'binary', target: 'y', fallback: 'a' }, classes), {
      accuracy: 0.5,
      logLoss: -Math.log(1e-15) / 2,
    });
  });

  test('are dead letters where they hold what is no answer', () => {
    const dead = (options: Record<string, unknown>, row: Row) =>
      new OperatorRig(evaluate, options)
        .push({ y: 1, ...row }, 0)
        .end()
        .dead.map(({ code }) => code);
    const number = { task: 'regression', target: 'y' };
    expect(dead(number, { prediction: 'much' })).toEqual(['WEIR_PREDICTION']);
    expect(dead(number, { prediction: Number.NaN })).toEqual(['WEIR_PREDICTION']);
    expect(dead(number, { y: 'one', prediction: 1 })).toEqual(['WEIR_TARGET']);
    expect(dead({ task: 'anomaly', target: 'y' }, { y: 2, score: 1 })).toEqual(['WEIR_TARGET']);
    expect(dead({ task: 'anomaly', target: 'y' }, { score: Number.POSITIVE_INFINITY })).toEqual(['WEIR_PREDICTION']);
    const classes = { task: 'binary', target: 'y' };
    expect(dead(classes, { prediction: 1, probabilities: { 1: 2 } })).toEqual(['WEIR_PREDICTION']);
    expect(dead({ ...classes, fallback: 0 }, { y: 'third', prediction: 1 })).toEqual(['WEIR_TARGET']);
  });
});

test('a fallback that is no answer of the task is refused', () => {
  expect(() => new OperatorRig(evaluate, { task: 'regression', target: 'y', fallback: 'a' })).toThrow(/fallback is a/);
});

test('each key is scored alone, and its row has the key', () => {
  const rig = new OperatorRig(evaluate, { task: 'regression', target: 'y', every: 2 }, { keyNames: ['shop'] });
  for (let i = 0; i < 4; i++) rig.push({ y: i, prediction: 0 }, i, i % 2);
  expect(
    rig
      .end()
      .take()
      .map(({ shop, final, rows, mae }) => [shop, final, rows, mae]),
  ).toEqual([
    [0, false, 2, 1],
    [1, false, 2, 2],
    [0, true, 2, 1],
    [1, true, 2, 2],
  ]);
});

test('losses that rise for good raise an alarm, once; noise raises none', () => {
  const alarms = (shiftAt: number) => {
    const random = prng(5);
    const noise = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ y: noise() * (i < shiftAt ? 1 : 3), prediction: 0 }));
    return given({ task: 'regression', target: 'y', every: 500 }, rows).flatMap((row) => row.alarms as number[]);
  };
  expect(alarms(1e9)).toEqual([]);
  const [first, ...more] = alarms(10_000);
  expect(first).toBeGreaterThan(10_000);
  expect(first).toBeLessThan(10_100);
  expect(more).toEqual([]);
});

test('scores of more records than are ranked exactly are ranked by classes, which hardly matters', () => {
  const random = prng(6);
  const [exact, coarse] = [new Ranking(1e6), new Ranking(100)];
  for (let i = 0; i < 20_000; i++) {
    const marked = random() < 0.1;
    const score = (random() - 0.5) * 10 + (marked ? 2 : 0);
    exact.add(score, marked);
    coarse.add(score, marked);
  }
  expect(coarse.auc()).toBeCloseTo(exact.auc() as number, 4);
  expect(coarse.averagePrecision()).toBeCloseTo(exact.averagePrecision() as number, 3);
  expect(new Ranking(100, coarse.save()).auc()).toBe(coarse.auc());
});
