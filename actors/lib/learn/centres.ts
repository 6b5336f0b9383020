/** A table of rows of d numbers, one after the other. */
export interface Table {
  flat: Float64Array;
  rows: number;
  d: number;
}

/** The squared distance of row `i` of one table from row `j` of another. */
export function squaredDistance(a: Table, i: number, b: Table, j: number): number {
  const [x, y, d] = [a.flat, b.flat, a.d];
  let sum = 0;
  for (let k = 0, p = i * d, q = j * d; k < d; k++, p++, q++) {
    const off = (x[p] as number) - (y[q] as number);
    sum += off * off;
  }
  return sum;
}

/** The first k centres, each drawn with a chance in proportion to the squared distance from those before (k-means++). */
export function scatteredCentres(data: Table, k: number, random: () => number): Table {
  const { d, rows } = data;
  const centres: Table = { flat: new Float64Array(k * d), rows: 0, d };
  const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let next = Math.floor(random() * rows);
  for (;;) {
    centres.flat.set(data.flat.subarray(next * d, (next + 1) * d), centres.rows * d);
    centres.rows++;
    if (centres.rows === k) return centres;
    let total = 0;
    for (let i = 0; i < rows; i++) {
      const distance = squaredDistance(data, i, centres, centres.rows - 1);
      if (distance < (nearest[i] as number)) nearest[i] = distance;
      total += nearest[i] as number;
    }
    let left = random() * total;
    for (next = 0; next < rows - 1; next++) {
      left -= nearest[next] as number;
      if (left <= 0) break;
    }
  }
}

/** Moves centres to the means of the rows nearest to them, again and again (Lloyd). The sum of squared distances before the last. */
export function settle(data: Table, centres: Table, rounds: number): number {
  const { d, flat: rows } = data;
  const places = centres.flat;
  const sums = new Float64Array(places.length);
  const counts = new Float64Array(centres.rows);
  const chosen = new Int32Array(data.rows);
  const least = new Float64Array(1);
  let inertia = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    sums.fill(0);
    counts.fill(0);
    let total = 0;
    for (let i = 0, from = 0; i < data.rows; i++, from += d) {
      const best = nearestOf(rows, from, centres, chosen[i] as number, least);
      chosen[i] = best;
      total += least[0] as number;
      counts[best] = (counts[best] as number) + 1;
      for (let k = 0, at = best * d; k < d; k++, at++) sums[at] = (sums[at] as number) + (rows[from + k] as number);
    }
    for (let j = 0; j < centres.rows; j++) {
      const count = counts[j] as number;
      for (let at = j * d; count > 0 && at < (j + 1) * d; at++) places[at] = (sums[at] as number) / count;
    }
    const isStill = total >= inertia * (1 - 1e-9);
    inertia = total;
    if (isStill) break;
  }
  return inertia;
}

/**
 * The centre nearest to the row that begins at `from`, and into `least` its squared distance. The nearer the centre that is
 * looked at first, the sooner the others are out of the question; of equally near ones it is taken, else the first.
 */
export function nearestOf(row: Float64Array, from: number, centres: Table, first: number, least: Float64Array): number {
  const { flat, rows, d } = centres;
  let best = first;
  let shortest = Number.POSITIVE_INFINITY;
  for (let j = first, left = rows; left > 0; left--) {
    let sum = 0;
    let i = from;
    let at = j * d;
    // Four at a time: most centres are out of the question after a few features.
    for (const last = from + d - 4; i <= last && sum < shortest; i += 4, at += 4) {
      const a = (row[i] as number) - (flat[at] as number);
      const b = (row[i + 1] as number) - (flat[at + 1] as number);
      const c = (row[i + 2] as number) - (flat[at + 2] as number);
      const e = (row[i + 3] as number) - (flat[at + 3] as number);
      sum += a * a + b * b + (c * c + e * e);
    }
    for (const end = from + d; i < end && sum < shortest; i++, at++) {
      const off = (row[i] as number) - (flat[at] as number);
      sum += off * off;
    }
    if (sum < shortest) {
      shortest = sum;
      best = j;
    }
    if (++j === rows) j = 0;
  }
  least[0] = shortest;
  return best;
}

/** Puts new centres in the order of the old ones, the nearest pairs first. */
export function inOrderOf(old: Table, fresh: Table): Table {
  const pairs: [i: number, j: number, distance: number][] = [];
  for (let i = 0; i < old.rows; i++) {
    for (let j = 0; j < fresh.rows; j++) pairs.push([i, j, squaredDistance(old, i, fresh, j)]);
  }
  pairs.sort((a, b) => a[2] - b[2]);
  const { d } = fresh;
  const made: Table = { flat: new Float64Array(fresh.flat.length), rows: fresh.rows, d };
  const [taken, given] = [new Set<number>(), new Set<number>()];
  for (const [i, j] of pairs) {
    if (taken.has(i) || given.has(j)) continue;
    taken.add(i);
    given.add(j);
    made.flat.set(fresh.flat.subarray(j * d, (j + 1) * d), i * d);
  }
  return made;
}

/**
 * Puts weighted centres together until k are left, always the two whose union costs least (Ward): n m / (n + m) times their
 * squared distance. Weights and the weighted mean stay. The first of two keeps its place. O(n³) for n centres.
 */
export function mergedCentres(centres: Table, weights: Float64Array, k: number): number[] {
  const { d, flat } = centres;
  const left = Array.from({ length: centres.rows }, (_, i) => i);
  while (left.length > k) {
    let [best, a, b] = [Number.POSITIVE_INFINITY, 0, 1];
    for (let i = 0; i < left.length; i++) {
      for (let j = i + 1; j < left.length; j++) {
        const [p, q] = [left[i] as number, left[j] as number];
        const [n, m] = [weights[p] as number, weights[q] as number];
        const cost = ((n * m) / (n + m || 1)) * squaredDistance(centres, p, centres, q);
        if (cost < best) [best, a, b] = [cost, i, j];
      }
    }
    const [p, q] = [left[a] as number, left[b] as number];
    const [n, m] = [weights[p] as number, weights[q] as number];
    const share = m / (n + m || 1);
    for (let c = 0; c < d; c++) {
      const at = p * d + c;
      flat[at] = (flat[at] as number) + share * ((flat[q * d + c] as number) - (flat[at] as number));
    }
    weights[p] = n + m;
    left.splice(b, 1);
  }
  return left;
}
