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
}

/** Every task of `weir evaluate`. The one place that says which learner is the default of a task. */
export const TASKS = {
  regression: kind('memory-mix', 'mae', 'baselineMae', 'mean absolute error', 'zero'),
  binary: kind('class-mix', 'logLoss', 'baselineLogLoss', 'log loss (nats)', 'first class'),
  multiclass: kind('class-mix', 'logLoss', 'baselineLogLoss', 'log loss (nats)', 'first class'),
  anomaly: kind('robust-mahalanobis', 'averagePrecision', 'baselinePrecision', 'average precision', 'zero'),
  forecast: kind('forecast-mix', 'maeAhead', 'baselineMaeAhead', 'mean absolute error, all steps', 'unscored'),
  ratings: kind('kalman-factorization', 'rmse', 'baselineRmse', 'root mean squared error', 'zero'),
} as const satisfies Record<string, TaskKind>;

export type TaskName = keyof typeof TASKS;

function kind(
  learner: string,
  score: string,
  baseline: string,
  title: string,
  unanswered: TaskKind['unanswered'],
): TaskKind {
  return { learner, score, baseline, title, unanswered };
}
