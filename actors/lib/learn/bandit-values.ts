import { normalFrom } from './random.ts';

/**
 * How an arm is valued by what it is expected to pay and the standard deviation of that expectation, in the choice of a number,
 * which is 0 for the first.
 */
export type Values = (choice: number) => (mean: number, deviation: number) => number;

/** So many standard deviations above what is expected. */
export function upperBounds(exploration: number): Values {
  return () => (mean, deviation) => mean + exploration * deviation;
}

/** Drawn from a normal distribution so many times as wide. The seed and the number of the choice decide what is drawn. */
export function drawnValues(exploration: number, seed: number): Values {
  return (choice) => {
    const normal = normalFrom(Math.imul(choice + 1, 0x9e3779b1) ^ seed);
    return (mean, deviation) => mean + exploration * deviation * normal();
  };
}
