/** Beyond this a number is no measurement: its square times others would leave the range of doubles. */
export const LARGEST = 1e50;

/** Whether a learner can reckon with a number: it is finite, and its square is, too. */
export function measurable(value: number): boolean {
  return Math.abs(value) <= LARGEST;
}
