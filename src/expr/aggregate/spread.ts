/**
 * What variances are computed of when values can be taken back: how many, their sum and the sum of their squares, both sums
 * in two parts of which the second is what rounding the first has lost. So 106 bits count where a mean and the distances
 * from it, in 53 bits, would keep nothing of small values once a large one has come and gone.
 *
 * Source: T. J. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18 (1971).
 */
export type Spread = [n: number, sum: number, lostOfSum: number, squares: number, lostOfSquares: number];

export function newSpread(): Spread {
  return [0, 0, 0, 0, 0];
}

/** Adds a finite number, or takes it back. What has overflowed stays infinite until nothing is left. */
export function addToSpread(spread: Spread, value: number, times: 1 | -1): void {
  spread[0] += times;
  if (spread[0] === 0) {
    spread.fill(0);
    return;
  }
  const square = value * value;
  spread[4] += times * productError(value, value, square);
  addAt(spread, 1, times * value);
  addAt(spread, 3, times * square);
}

export function mergeSpread(spread: Spread, other: Spread): void {
  spread[0] += other[0];
  // What was lost first: in this order both sides can change places to the last bit.
  for (const i of [1, 3] as const) {
    spread[i + 1]! += other[i + 1]!;
    addAt(spread, i, other[i]);
  }
}

/** The sample variance, by n − 1; null of fewer than two values. */
export function varianceOf([n, sum, lostOfSum, squares, lostOfSquares]: Spread): number | null {
  if (n < 2) return null;
  const s = sum + lostOfSum;
  const product = s * s;
  const lostOfProduct = productError(s, s, product) + 2 * s * sumError(sum, lostOfSum, s);
  // s² / n, and what is left of the division.
  const share = product / n;
  const whole = share * n;
  const rest = (product - whole - productError(share, n, whole) + lostOfProduct) / n;
  const q = squares + lostOfSquares;
  const distance = q - share;
  const lost = sumError(q, -share, distance) + sumError(squares, lostOfSquares, q) - rest;
  const variance = (distance + lost) / (n - 1);
  return Number.isNaN(variance) ? Number.POSITIVE_INFINITY : Math.max(0, variance);
}

/** The square root, null of null. */
export function rootOf(x: number | null): number | null {
  return x === null ? null : Math.sqrt(x);
}

function addAt(spread: Spread, i: 1 | 3, value: number): void {
  const sum = spread[i] + value;
  spread[i + 1]! += sumError(spread[i], value, sum);
  spread[i] = sum;
}

/** What rounding a + b to `sum` has lost, exactly (Knuth, TAOCP 4.2.2). */
function sumError(a: number, b: number, sum: number): number {
  const z = sum - a;
  return a - (sum - z) + (b - z);
}

/** What rounding a · b to `product` has lost, exactly while nothing overflows. */
function productError(a: number, b: number, product: number): number {
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** A number as the sum of two with 26 bits each. */
function halves(a: number): [high: number, low: number] {
  const c = a * (2 ** 27 + 1);
  const high = c - (c - a);
  return [high, a - high];
}
