import type { Judged } from './judge.ts';

/** The scores of a task for people, each with its baseline if it has one. */
const LINES: readonly [title: string, score: string, baseline?: string][] = [
  ['mean absolute error', 'mae', 'baselineMae'],
  ['root mean squared error', 'rmse', 'baselineRmse'],
  ['R²', 'r2'],
  ['… over all steps ahead', 'maeAhead', 'baselineMaeAhead'],
  ['accuracy', 'accuracy', 'baselineAccuracy'],
  ['log loss (nats)', 'logLoss', 'baselineLogLoss'],
  ['average precision', 'averagePrecision', 'baselinePrecision'],
  ['area under ROC', 'auc', 'baselineAuc'],
  ['macro F1', 'macroF1'],
  ['skill', 'skill'],
];
const SHOWN_ALARMS = 8;

const count = (n: number) => Math.round(n).toLocaleString('en-US');

/** A score for people: four digits. */
export function figure(value: unknown): string {
  if (typeof value !== 'number') return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(3);
  return size >= 1000 ? count(value) : value.toPrecision(4);
}

/** A short table of how well a learner has done. */
export function reportOf({ scores, ...judged }: Judged): string {
  const { rows, unscored, deadLetters, seconds, learner, alarms } = judged;
  const read = rows + unscored;
  const told = [`${count(rows)} rows scored in ${seconds.toFixed(1)} s (${count(read / seconds)} rows/s)`];
  if (unscored > 0) told.push(`${count(unscored)} not scored`);
  if (deadLetters > 0) told.push(`${count(deadLetters)} dead letters`);
  const lines = LINES.filter(([, score]) => score in scores && scores[score] !== null);
  const cells = lines.map(([title, score, baseline]) => [
    title,
    figure(scores[score]),
    baseline === undefined ? '' : figure(scores[baseline]),
  ]);
  const table = [['', learner, 'baseline'], ...cells];
  const widths = [0, 1, 2].map((i) => Math.max(...table.map((row) => (row[i] as string).length)));
  const drawn = table.map((row) => {
    const [title, ...figures] = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
    );
    return [title, ...figures].join('  ').trimEnd();
  });
  const drift = alarms.length === 0 ? 'none' : `at rows ${alarms.slice(0, SHOWN_ALARMS).map(count).join(', ')}`;
  const more = alarms.length > SHOWN_ALARMS ? ` and ${alarms.length - SHOWN_ALARMS} more` : '';
  const { rows: asked, predictions } = judged.open;
  const shown = predictions.map((one) => (typeof one === 'number' ? figure(one) : String(one))).join(', ');
  const answers =
    asked === 0
      ? ''
      : `predicted for ${count(asked)} without a target: ${shown}${asked > predictions.length ? ', …' : ''}\n`;
  return `${told.join(', ')}\n\n${drawn.join('\n')}\n\ndrift alarms: ${drift}${more}\n${answers}`;
}
