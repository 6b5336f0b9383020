import { field, type Key, type OptionsOf, type Output, operator, type Row } from '#stage';
import { Evaluation } from '../lib/evaluate/evaluation.ts';
import { taskOf } from '../lib/evaluate/task-of.ts';
import { readsOf } from '../lib/keys/reads-of.ts';
import { heldCapacity, IN_TURN_DOCS, refuseHeld } from '../lib/ordered/held-records.ts';
import { inTurn } from '../lib/ordered/in-turn.ts';
import { distinct } from '../lib/window/aggregate-fold.ts';
import { inOrder } from '../lib/window/in-order.ts';

const TASKS = ['regression', 'binary', 'multiclass', 'anomaly', 'ratings', 'forecast'] as const;
/** Keys that one turn ends. */
const PORTION = 100;

const options = {
  task: field.choice('What was predicted.', TASKS),
  target: field.expression('What came true.'),
  of: field.text(
    'The field of the prediction; by default `score` for anomalies, `forecast` for forecasts, else `prediction`.',
    {
      optional: true,
    },
  ),
  probabilities: field.text('Of classes: the field with the probabilities of all, by their names.', {
    default: 'probabilities',
  }),
  fallback: field.any(
    'What a prediction that is null is taken for; without it such a record is not scored. Of classes it counts as certain.',
    { optional: true },
  ),
  skip: field.count('Records at the beginning that are not scored.', { unit: 'records', min: 0, default: 0 }),
  every: field.count('Scores are given after every so many records, and at the end.', {
    unit: 'records',
    min: 1,
    default: 1000,
  }),
  window: field.count('Scores are also given over so many of the latest records; 0 for not.', {
    unit: 'records',
    min: 0,
    max: 1e6,
    default: 0,
  }),
  season: field.count('Of forecasts: the baseline is the value so many records ago.', {
    unit: 'records',
    min: 1,
    max: 1e5,
    default: 1,
  }),
  ranked: field.count('Scores that are ranked exactly, for AUC and average precision.', {
    unit: 'records',
    min: 0,
    max: 1e7,
    default: 100_000,
  }),
  capacity: heldCapacity,
};
type Options = OptionsOf<typeof options>;

const SCORES = {
  numbers: ['mae', 'rmse', 'r2', 'baselineMae', 'baselineRmse', 'skill'],
  binary: ['accuracy', 'logLoss', 'auc', 'macroF1', 'baselineAccuracy', 'baselineLogLoss', 'skill'],
  multiclass: ['accuracy', 'logLoss', 'macroF1', 'baselineAccuracy', 'baselineLogLoss', 'skill'],
  forecast: ['mae', 'rmse', 'r2', 'baselineMae', 'baselineRmse', 'maeAhead', 'baselineMaeAhead', 'skill'],
  anomaly: ['averagePrecision', 'auc', 'baselinePrecision', 'baselineAuc', 'skill'],
};

const hasClasses = ({ task }: Options) => task === 'binary' || task === 'multiclass';
const ofWhat = ({ task, of }: Options) => {
  return of ?? (task === 'anomaly' ? 'score' : task === 'forecast' ? 'forecast' : 'prediction');
};
const scoresOf = ({ task }: Options): string[] => {
  return SCORES[task === 'regression' || task === 'ratings' ? 'numbers' : task];
};

/** Running scores of predictions. */
export default operator({
  summary: 'Score predictions against what came true, all along and at the end.',
  docs: `Reads records that hold a prediction and the true value, as a learner gives them (it predicts a record before it learns
from it), and gives a row of scores after every \`every\` records and one with \`final: true\` at the end of the input. Where the truth
comes later, \`join\` it before; what is joined has the key that it was joined by, so \`key: { of: '"all"' }\` asks for one score of all.

| task | scores | baseline, from the records before | skill by |
|---|---|---|---|
| \`regression\`, \`ratings\` | \`mae\`, \`rmse\`, \`r2\` | the mean of the targets, 0 at first | MAE, RMSE |
| \`forecast\` | the same of one step ahead; \`maeAhead\` of all steps | the value of the last season, until there is one the latest | MAE of all steps |
| \`binary\`, \`multiclass\` | \`accuracy\`, \`logLoss\`, \`macroF1\`, of two classes \`auc\` | the most frequent class; shares (n + 1) / (N + classes) | log loss, without probabilities the share of errors |
| \`anomaly\` | \`averagePrecision\`, \`auc\` | the share of anomalies; 0.5 | 1 − average precision |

A forecast stands in the record before the value that it is of, as a forecaster gives it: a number, or a list of the next values, each of which
is scored when its record comes.

\`skill\` is 1 − loss / loss of the baseline: 1 is perfect, 0 as good as none. Definitions are scikit-learn's; log loss takes
probabilities as at least 1e-15, macro F1 is the mean over the classes that came or were predicted, and a score that cannot be
told yet is null. \`r2\` is against the mean of all records scored. AUC and average precision are exact for \`ranked\` records; with more,
scores that differ by less than 0.05 % count as equal.

\`rows\` were scored; \`unscored\` were not: prediction or target null, or among the first \`skip\`. \`rolling\` has the scores of the last
\`window\` records. \`alarms\` lists the rows since the last output at which the loss has risen for good (CUSUM). \`calibration\`, in the final
row, has up to ten classes of probability: mean predicted and observed share, of the greater of two classes, or of the predicted
one. A record without a number or class where one is needed is a dead letter (\`WEIR_TARGET\`, \`WEIR_PREDICTION\`).

${IN_TURN_DOCS}`,
  since: '0.3.0',
  stateVersion: 1,
  options,
  cost: 'O(1) per record; a row of scores O(`window`) and, with AUC or average precision, O(n log n) of up to `ranked` records, which are kept (8 bytes each)',
  references: [
    'A. P. Dawid, The prequential approach, Journal of the Royal Statistical Society A 1984',
    'J. Gama, R. Sebastião and P. P. Rodrigues, On evaluating stream learning algorithms, Machine Learning 2013',
    'E. S. Page, Continuous inspection schemes, Biometrika 1954',
  ],
  partition: 'key',
  eventTime: 'if-any',
  reads: (given) => {
    const read = readsOf([given.target]);
    if (read === 'all') return read;
    return [...read, [ofWhat(given)], ...(hasClasses(given) ? [[given.probabilities]] : [])];
  },
  fields: (given, keyNames) =>
    distinct([...keyNames, 'final', 'rows', 'unscored', ...scoresOf(given), 'alarms', 'rolling', 'calibration']),
  types: (given) => ({
    final: 'bool',
    rows: 'number',
    unscored: 'number',
    ...Object.fromEntries(scoresOf(given).map((name) => [name, 'number' as const])),
    alarms: 'list',
    rolling: 'object',
    calibration: 'list',
  }),
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  refuse: (given) => void taskOf({ ...given, of: ofWhat(given) }),
  examples: [
    {
      title: 'three predictions of a number, the first of them yet unknown',
      options: { task: 'regression', target: 'y', every: 2 },
      given: [
        { $time: 1, y: 1, prediction: null },
        { $time: 2, y: 4, prediction: 2 },
        { $time: 3, y: 2, prediction: 3 },
      ],
      expect: [
        {
          final: false,
          rows: 1,
          unscored: 1,
          mae: 2,
          rmse: 2,
          r2: null,
          baselineMae: 4,
          baselineRmse: 4,
          skill: 0.5,
          alarms: [],
          rolling: null,
          calibration: null,
        },
        {
          final: true,
          rows: 2,
          unscored: 1,
          mae: 1.5,
          rmse: Math.sqrt(2.5),
          r2: -1.5,
          baselineMae: 3,
          baselineRmse: Math.sqrt(10),
          skill: 0.5,
          alarms: [],
          rolling: null,
          calibration: null,
        },
      ],
    },
    {
      title: 'scores of anomalies, of all records and of the last two',
      options: { task: 'anomaly', target: 'bad', window: 2 },
      given: [
        { $time: 1, bad: false, score: 1 },
        { $time: 2, bad: true, score: 3 },
        { $time: 3, bad: false, score: 4 },
        { $time: 4, bad: true, score: 5 },
      ],
      expect: [
        {
          final: true,
          rows: 4,
          unscored: 0,
          averagePrecision: (1 + 2 / 3) / 2,
          auc: 0.75,
          baselinePrecision: 0.5,
          baselineAuc: 0.5,
          skill: 2 / 3,
          alarms: [],
          rolling: {
            rows: 2,
            averagePrecision: 1,
            auc: 1,
            baselinePrecision: 0.5,
            baselineAuc: 0.5,
            skill: 1,
          },
          calibration: null,
        },
      ],
    },
  ],
  create(given, context) {
    const { every, window, skip, capacity } = given;
    const { at, keyNames } = context;
    const task = taskOf({ ...given, of: ofWhat(given) });
    const state = context.keyed<Evaluation>('scores', {
      create: () => new Evaluation(task, window),
      encode: (evaluation) => evaluation.save(),
      decode: (data) => new Evaluation(task, window, data),
    });
    const give = (key: Key, final: boolean, evaluation: Evaluation, place: [number, number], out: Output) => {
      const values = context.keyValues(key);
      const row: Row = Object.fromEntries(keyNames.map((name, i) => [name, values[i]]));
      out.emitAt({ ...row, ...evaluation.report(final) }, ...place, key);
    };
    return inTurn<unknown>(
      {
        capacity,
        state,
        look: (row) => task.look(row, at),
        take(one, out) {
          const { extra, time, order, key } = one;
          const evaluation = state.update(0, key);
          try {
            evaluation.take(extra, skip, time, order);
          } catch (error) {
            refuseHeld(one, error, context);
            return;
          }
          if (evaluation.fresh >= every) give(key, false, evaluation, [time, order], out);
        },
        *ending(out, after) {
          let work = 0;
          for (const [key, evaluation] of yield* inOrder(state.entries(0), PORTION)) {
            give(key, true, evaluation, [after(evaluation.time), evaluation.order], out);
            if (++work % PORTION === 0) yield;
          }
        },
      },
      context,
    );
  },
});
