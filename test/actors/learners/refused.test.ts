// Options of learners that work alone, and not together: told at the check, at the step.
import { expect, test } from 'vitest';
import { checkText } from '../../../src/topology/check.ts';
import { formatIssue } from '../../../src/topology/issue.ts';

/** What a check says of a stream with this step. */
async function issues(step: string): Promise<string[]> {
  const text = `name: t
streams:
  models: { source: { file: m.ndjson } }
  rows:
    source: { file: rows.ndjson }
    time: { at: at, outOfOrder: 1m }
    do:
      - ${step}
    to: 'null'
`;
  const checked = await checkText(text, { file: 't.yaml', base: import.meta.url });
  return checked.issues.filter(({ code }) => code === 'WEIR_OPTION').map(formatIssue);
}

const target = 'which is the field that it learns: name another field';
const feature = 'which is one of its features: name another field';

test.each([
  ['rls: { target: y, features: [x], as: y }', `rls: \`as\` is y, ${target}`],
  ['rls: { target: [a, b], features: [x], as: b }', `rls: \`as\` is b, ${target}`],
  ['rls: { target: end.minutes, as: end }', `rls: \`as\` is end, ${target}`],
  ['rls: { target: y, features: [x, new], as: new }', `rls: \`as\` is new, ${feature}`],
  ['rls: { target: y, features: [prediction] }', `rls: \`as\` is prediction, ${feature}`],
  ['logistic: { target: y, probabilities: y }', `logistic: \`probabilities\` is y, ${target}`],
  [
    'logistic: { target: y, probabilities: prediction }',
    'logistic: `probabilities` is prediction, which is `as` already: name another field',
  ],
  ['k-means: { k: 2, features: [x], distance: x }', `k-means: \`distance\` is x, ${feature}`],
  ['standard-scaler: { features: [x], as: x }', `standard-scaler: \`as\` is x, ${feature}`],
  ['residual-anomaly: { of: x, forecast: x }', `residual-anomaly: \`forecast\` is x, ${target}`],
  ['forecast-mix: { of: x, as: x }', `forecast-mix: \`as\` is x, ${target}`],
  ['adwin: { of: a != b, as: a }', `adwin: \`as\` is a, ${target}`],
  ['linucb: { arm: a, reward: r, as: a }', `linucb: \`as\` is a, ${target}`],
  ['biased-factorization: { user: u, item: i, rating: r, as: r }', `biased-factorization: \`as\` is r, ${target}`],
  ['kalman-tracker: { x: x, y: y, as: x }', `kalman-tracker: \`as\` is x, ${target}`],
])('%s', async (step, message) => {
  expect(await issues(step)).toEqual([expect.stringMatching(/^t\.yaml:8:9/)]);
  expect((await issues(step))[0]).toContain(message);
});

test('two learners serve models of one name at one port', async () => {
  const text = (second: string) => `name: t
streams:
  rows: { source: { file: rows.ndjson } }
  a: { from: rows, do: [{ rls: { target: y, serve: 7433 } }], to: 'null' }
  b: { from: rows, do: [{ memory-mix: { target: y, serve: ${second} } }], to: 'null' }
`;
  const check = async (second: string) => {
    const { issues: told } = await checkText(text(second), { file: 't.yaml', base: import.meta.url });
    return told.filter(({ code }) => code === 'WEIR_MODEL_NAME').map(formatIssue);
  };
  expect(await check('7433')).toEqual([expect.stringMatching(/^t\.yaml:5:\d+.*'model' at 127\.0\.0\.1:7433.*line 4/)]);
  expect(await check('7433, name: other')).toEqual([]);
  expect(await check('7434')).toEqual([]);
});

const LEARNERS = [
  'rls: { target: y',
  'softmax: { target: y',
  'covariance: { features: [x]',
  'half-space-trees: { features: [x]',
  'adwin: { of: x',
  'holt-winters: { of: x',
  'thompson: { arm: a, reward: r',
  'item-cooccurrence: { user: u, item: i',
  'kalman-tracker: { x: x, y: y',
  'residual-anomaly: { of: x',
];

test.each(LEARNERS)('%s } takes wait and merge with from alone', async (step) => {
  expect((await issues(`${step}, wait: true }`))[0]).toContain('`wait` without `from`: there is nothing to wait for');
  expect((await issues(`${step}, merge: true }`))[0]).toContain('`merge` without `from`: no models come');
  expect(await issues(`${step}, from: models, wait: true, merge: true }`)).toEqual([]);
});

test.each([
  'standard-scaler: { features: [x, z] }',
  'standard-scaler: { features: { x: x * 2, z: z } }',
  'rls: { target: y, features: { prediction: x * 2 } }',
  'logistic: { target: y, features: [x], probabilities: "" }',
])('%s is fine', async (step) => {
  expect(await issues(step)).toEqual([]);
});
