import type { Fields } from '../../stage/field.ts';

/** What a task is judged by, and who does it when nobody is named. */
export interface TaskKind {
  /** The learner that needs no tuning. */
  readonly learner: string;
  /** The loss that skill and drift are about, its baseline, and its name for people. */
  readonly score: string;
  readonly baseline: string;
  readonly title: string;
  /** Of rows before a first answer: what is taken for the prediction. */
  readonly unanswered: 'zero' | 'first class' | 'unscored';
  /** Whether a learner of these options predicts such things. */
  readonly fits: (options: Fields) => boolean;
}

/** Every task of `weir evaluate`. The one place that says which learner is the default of a task. */
export const TASKS = {
  regression: kind('memory-mix', 'mae', 'baselineMae', 'mean absolute error', 'zero', numbers),
  binary: kind('class-mix', 'logLoss', 'baselineLogLoss', 'log loss (nats)', 'first class', classes),
  multiclass: kind('class-mix', 'logLoss', 'baselineLogLoss', 'log loss (nats)', 'first class', classes),
  anomaly: kind(
    'robust-mahalanobis',
    'averagePrecision',
    'baselinePrecision',
    'average precision',
    'zero',
    has('score'),
  ),
  forecast: kind(
    'forecast-mix',
    'maeAhead',
    'baselineMaeAhead',
    'mean absolute error, all steps',
    'unscored',
    has('horizon'),
  ),
  ratings: kind('kalman-factorization', 'rmse', 'baselineRmse', 'root mean squared error', 'zero', has('user', 'item')),
} as const satisfies Record<string, TaskKind>;

export type TaskName = keyof typeof TASKS;

function kind(
  learner: string,
  score: string,
  baseline: string,
  title: string,
  unanswered: TaskKind['unanswered'],
  fits: TaskKind['fits'],
): TaskKind {
  return { learner, score, baseline, title, unanswered, fits };
}

function has(...names: readonly string[]): TaskKind['fits'] {
  return (options) => names.every((name) => name in options);
}

function classes(options: Fields): boolean {
  return 'probabilities' in options;
}

function numbers(options: Fields): boolean {
  return 'target' in options && !classes(options);
}
