import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { judge } from '../../../src/cli/evaluate/judge.ts';
import { plotOf } from '../../../src/cli/evaluate/plot.ts';
import { reportOf } from '../../../src/cli/evaluate/report.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-judge-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sets = new URL('../../../bench/sets/', import.meta.url).pathname;
const seed = join(folder, 'seed.csv');
writeFileSync(seed, 'x,y\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n');
const line = { file: seed, target: 'y', task: 'regression', learner: 'rls', threads: 0 } as const;
const exact = { forgetting: 1, ridge: 1e-12 };

test('least squares on five points of a line predicts the sixth', async () => {
  const { rows, points, scores } = await judge({ ...line, set: exact, points: 6 });
  expect(rows).toBe(6);
  const errors = points.map((row) => (row.mae as number) * (row.rows as number));
  // The first row, taken as 0, is 1 off; the second, after one point, as well.
  expect(errors[1]).toBeCloseTo(2, 9);
  expect(errors[5] as number).toBeCloseTo(2, 9);
  // scikit-learn 1.9.1: mean_absolute_error(range(1, 7), [0, 1, 1.5, 2, 2.5, 3]), the means of the targets before.
  expect(scores.baselineMae).toBeCloseTo(1.8333333333333333, 12);
});

test('columns that are called as what a learner adds are features like others', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => [i, (i * 7) % 5, i % 2]);
  const scores = async (name: string, columns: string[], task: 'regression' | 'binary', learner: string) => {
    const file = join(folder, name);
    writeFileSync(file, `${[...columns, 'y'].join(',')}\n${rows.map((row) => row.join(',')).join('\n')}\n`);
    const judged = await judge({ ...line, file, task, learner });
    expect(judged.features).toEqual(columns);
    return judged.scores;
  };
  const clash = ['prediction', 'probabilities'];
  const plain = ['a', 'b'];
  expect(await scores('clash.csv', clash, 'regression', 'rls')).toEqual(
    await scores('plain.csv', plain, 'regression', 'rls'),
  );
  expect(await scores('clash.csv', clash, 'binary', 'logistic')).toEqual(
    await scores('plain.csv', plain, 'binary', 'logistic'),
  );
});

test('rows without a target are answered', async () => {
  const file = join(folder, 'open.csv');
  writeFileSync(file, 'x,y\n1,1\n2,2\n3,3\n4,4\n5,5\n6,\n');
  const judged = await judge({ ...line, file, learner: 'linear-regression' });
  expect(judged.open.rows).toBe(1);
  expect(judged.open.predictions[0]).toBeCloseTo(6, 9);
  expect(reportOf(judged)).toContain('predicted for 1 without a target: 6.000\n');
  expect(judged.rows).toBe(5);
});

test('a labelled row is learned so many rows after it was predicted', async () => {
  const { points } = await judge({ ...line, set: exact, points: 6, delay: 2 });
  const errors = points.map((row) => (row.mae as number) * (row.rows as number));
  // 1, 2 and 3 have no answer; 4 is said to be 1, after one point; from then on the line is known.
  expect(errors[2]).toBeCloseTo(6, 9);
  expect(errors[3]).toBeCloseTo(9, 9);
  expect(errors[5] as number).toBeCloseTo(9, 9);
});

test('the baseline of trump_approval is that of the reference, and rows may be NDJSON, gzipped, with odd names', async () => {
  const file = join(sets, 'trump_approval.csv.gz');
  const judged = await judge({ ...line, file, target: 'five_thirty_eight', points: 20 });
  // reference.py, "mean of targets": NumPy 2.4.6, by progressive validation.
  expect(judged.scores.baselineMae).toBeCloseTo(1.567555, 6);
  expect(judged.scores.baselineRmse).toBeCloseTo(2.202859, 6);
  expect(judged.rows).toBe(1001);
  const text = reportOf(judged);
  expect(text).toContain('1,001 rows scored');
  expect(text).toMatch(/mean absolute error +0\.5\d+ +1\.568\n/);
  const svg = plotOf(judged, 'a <b>.csv');
  expect(svg).toContain('a &lt;b&gt;.csv');
  expect(svg).not.toMatch(/NaN|undefined|null/);

  const odd = join(folder, 'odd.ndjson.gz');
  const lines = Array.from({ length: 30 }, (_, i) => JSON.stringify({ 'a "b"': i, class: 2 * i }));
  writeFileSync(odd, gzipSync(lines.join('\n')));
  const { features, scores } = await judge({ ...line, file: odd, target: 'class', set: exact });
  expect(features).toEqual(['a "b"']);
  expect((scores.mae as number) * 30).toBeCloseTo(2, 6);
});

test('rows that the learner refuses are counted, and the first is told of', async () => {
  const file = join(folder, 'wild.csv');
  writeFileSync(file, 'x,y\n1,1\n2,2\nmuch,3\n4,4\n');
  const { rows, deadLetters, refused } = await judge({ ...line, file, features: ['x'] });
  expect([rows, deadLetters]).toEqual([3, 1]);
  expect(refused).toContain('WEIR_FEATURE');
});

test('bad usage is told with what was meant', async () => {
  await expect(judge({ ...line, learner: 'rl' })).rejects.toMatchObject({ code: 'WEIR_USAGE' });
  await expect(judge({ ...line, set: { forgeting: 1 } })).rejects.toThrow(/did you mean forgetting/);
  await expect(judge({ ...line, set: { forgetting: 7 } })).rejects.toMatchObject({ code: 'WEIR_TOPOLOGY' });
  await expect(judge({ ...line, learner: 'logistic' })).rejects.toThrow(/does not predict what regression asks for/);
  await expect(judge({ ...line, features: ['x', 'y'] })).rejects.toThrow(/cannot be learned from/);
  await expect(judge({ ...line, set: { target: 'x' } })).rejects.toThrow(/follows from --target/);
  await expect(judge({ ...line, skip: 100 })).rejects.toMatchObject({ code: 'WEIR_UNSCORED' });
  await expect(judge({ ...line, file: join(folder, 'none.csv') })).rejects.toThrow(/cannot read/);
  await expect(judge({ ...line, file: join(folder, 'none.txt') })).rejects.toThrow(/ends in .csv/);
});
