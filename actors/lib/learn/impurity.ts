/** How mixed classes are, by their weights, which sum up to `total` > 0; 0 where there is only one. O(classes). */
export type Impurity = (weights: Float64Array, classes: number, total: number) => number;

/** In bits. */
export const entropy: Impurity = (weights, classes, total) => {
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const weight = weights[c] as number;
    if (weight > 0) sum -= weight * Math.log2(weight / total);
  }
  return sum / total;
};

/** The chance that two rows drawn at random differ. */
export const gini: Impurity = (weights, classes, total) => {
  let same = 0;
  for (let c = 0; c < classes; c++) same += ((weights[c] as number) / total) ** 2;
  return 1 - same;
};
