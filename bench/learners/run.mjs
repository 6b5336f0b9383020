// npm run bench -- --learners [--only NAME] [--learner NAME]: judges the default learner of each task on every set of sets.yaml,
// beside the best that other libraries reach there, and writes docs/learners.md. With `--only` (sets with this in their name) or
// `--learner` it prints alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { judge } from '../../dist/src/cli/evaluate/judge.js';
import { TASKS } from '../../dist/src/cli/evaluate/tasks.js';
import { pageOf } from './page.mjs';

const { values } = parseArgs({
  options: {
    learners: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    learner: { type: 'string' },
  },
});
const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const { sets: others } = JSON.parse(read('reference.json'));
/** What the others are compared by, in the words of `evaluate`. */
const SCORES = {
  mae: 'mae',
  accuracy: 'accuracy',
  average_precision: 'averagePrecision',
  mae_1_to_H: 'maeAhead',
  rmse: 'rmse',
};
const BASELINES = {
  maeAhead: 'baselineMaeAhead',
  mae: 'baselineMae',
  accuracy: 'baselineAccuracy',
  averagePrecision: 'baselinePrecision',
  rmse: 'baselineRmse',
};

const results = [];
for (const { set, file, options, ...asked } of parse(read('sets.yaml')).filter(({ set }) =>
  set.includes(values.only),
)) {
  const { metric, best } = others[set];
  const score = SCORES[metric];
  const learner = values.learner ?? asked.learner ?? TASKS[asked.task].learner;
  const result = { set, task: asked.task, learner, score, best };
  try {
    const path = fileURLToPath(new URL(`../sets/${file}`, import.meta.url));
    const judged = await judge({ ...asked, set: options, file: path, learner: values.learner ?? asked.learner });
    const { rows, unscored, seconds, deadLetters, scores } = judged;
    results.push({
      ...result,
      value: scores[score],
      baseline: scores[BASELINES[score]],
      skill: scores.skill,
      rows,
      deadLetters,
      perSecond: (rows + unscored) / seconds,
    });
    console.log(`${set}: ${score} ${scores[score]} (${learner}), ${deadLetters} dead letters, ${seconds.toFixed(1)} s`);
  } catch (error) {
    if (error.code !== 'WEIR_UNKNOWN_STAGE') throw error;
    results.push({ ...result, absent: true });
    console.log(`${set}: left out, ${learner} is not there`);
  }
}
const page = pageOf(results);
if (values.only === '' && values.learner === undefined) {
  writeFileSync(new URL('../../docs/learners.md', import.meta.url), page);
} else console.log(page);
