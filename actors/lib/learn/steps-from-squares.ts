import { LinearSteps, type StepOptions } from './linear-steps.ts';
import type { RlsModel } from './rls-model.ts';
import type { SgdModel } from './sgd-model.ts';

/** Least squares of one target, and its mean error of late. */
export interface Solved {
  model: RlsModel;
  error: number;
}

/**
 * A regression by steps that goes on from least squares, as {@link SgdModel} saves it: weights are those of the solution of each
 * target, columns have the scales of the solution that remembers most, and steps are as long as after so many rows with such
 * errors. `spread`: mean and variance of each target. O(d²).
 */
export function stepsFromSquares(
  options: StepOptions,
  solved: readonly Solved[],
  rows: number,
  spread: Float64Array,
): ReturnType<SgdModel['save']> {
  const targets = solved.length;
  const longest = solved.reduce((a, b) => (b.model.weight > a.model.weight ? b : a));
  const { means, deviations, squares } = longest.model.scales();
  const steps = new LinearSteps(options, targets);
  const weights = solved.map(({ model }, t) => model.weights(t));
  steps.begin(weights, rows, means, deviations);
  const saved = steps.save();
  for (const [t, { error }] of solved.entries()) {
    const slopes = rows * error ** 2;
    for (let j = 0; j < squares.length; j++) saved.squares[j * targets + t] = slopes * (squares[j] as number);
    saved.bias[targets + t] = slopes;
  }
  return { rows, steps: saved, spread: spread.slice() };
}
