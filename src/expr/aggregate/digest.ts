/**
 * A sketch of the distribution of numbers, for quantiles: plain arrays, so that it can be stored as it is.
 * `[min, max, values, means, weights]`: values not yet summed up, and centroids in ascending order.
 */
export type Digest = [min: number, max: number, values: number[], means: number[], weights: number[]];

/** Scale of the sketch: at most about so many centroids, and half as many in practice. */
const COMPRESSION = 200;
/** So many values are kept as they are before they are summed up; up to then every quantile is exact. */
const KEPT = 200;

/** A digest of no numbers. */
export function newDigest(): Digest {
  return [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, [], [], []];
}

/** Adds a finite number. O(1) amortised, about 100 ns. */
export function addToDigest(digest: Digest, value: number): void {
  if (value < digest[0]) digest[0] = value;
  if (value > digest[1]) digest[1] = value;
  if (digest[2].push(value) > KEPT) compress(digest);
}

/** Adds all that another digest holds, and leaves that as it is. Of the same two digests, both ways give the same. */
export function mergeDigest(digest: Digest, other: Digest): void {
  digest[0] = Math.min(digest[0], other[0]);
  digest[1] = Math.max(digest[1], other[1]);
  digest[2] = [...digest[2], ...other[2]];
  if (other[3].length > 0) [digest[3], digest[4]] = merged([digest[3], digest[4]], [other[3], other[4]]);
  if (digest[3].length > 0 || digest[2].length > KEPT) compress(digest);
}

type Centroids = [means: number[], weights: number[]];

/** Both lists in one, ascending by mean and then by weight, so that it does not matter which comes first. */
function merged([aMeans, aWeights]: Centroids, [bMeans, bWeights]: Centroids): Centroids {
  const means: number[] = [];
  const weights: number[] = [];
  for (let i = 0, j = 0; i < aMeans.length || j < bMeans.length; ) {
    const takeA =
      j >= bMeans.length || aMeans[i]! < bMeans[j]! || (aMeans[i]! === bMeans[j]! && aWeights[i]! <= bWeights[j]!);
    means.push(takeA ? aMeans[i]! : bMeans[j]!);
    weights.push(takeA ? aWeights[i++]! : bWeights[j++]!);
  }
  return [means, weights];
}

/** The centroids, and each value that is kept as one of its own. */
function allCentroids([, , values, means, weights]: Digest): Centroids {
  const sorted = Array.from(Float64Array.from(values).sort());
  return merged([sorted, new Array<number>(sorted.length).fill(1)], [means, weights]);
}

/**
 * Sums everything up in centroids, each as heavy as its place allows: small at the ends, where quantiles must be sharp.
 *
 * Source: T. Dunning, "The t-digest: Efficient estimates of distributions", Software Impacts 7 (2021); the merging
 * digest, with the scale function k1(q) = δ/2π · asin(2q − 1).
 */
function compress(digest: Digest): void {
  const [means, weights] = allCentroids(digest);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const outMeans: number[] = [];
  const outWeights: number[] = [];
  let mean = means[0]!;
  let weight = weights[0]!;
  let before = 0;
  let limit = total * limitAfter(0);
  for (let i = 1; i < means.length; i++) {
    const w = weights[i]!;
    if (before + weight + w <= limit) {
      weight += w;
      mean += ((means[i]! - mean) * w) / weight;
      continue;
    }
    outMeans.push(mean);
    outWeights.push(weight);
    before += weight;
    limit = total * limitAfter(before / total);
    mean = means[i]!;
    weight = w;
  }
  outMeans.push(mean);
  outWeights.push(weight);
  digest[2] = [];
  digest[3] = outMeans;
  digest[4] = outWeights;
}

/** How far a centroid may reach that begins at quantile q: to where k1 has grown by one. */
function limitAfter(q: number): number {
  const angle = Math.asin(2 * q - 1) + (2 * Math.PI) / COMPRESSION;
  return angle >= Math.PI / 2 ? 1 : (Math.sin(angle) + 1) / 2;
}

/**
 * The value below which a share q of the numbers lies, null of none. Interpolates between the two nearest numbers while
 * they are exact (Hyndman and Fan's type 7, as in R and NumPy), and then between centroids in the same way.
 */
export function quantileOf(digest: Digest, q: number): number | null {
  const [min, max, values] = digest;
  if (digest[3].length === 0) return values.length === 0 ? null : exactQuantile(values, q);
  if (q === 0) return min;
  if (q === 1) return max;
  const [means, weights] = allCentroids(digest);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // The middles of the centroids on a scale on which number i of n stands at i + ½.
  const rank = q * (total - 1) + 0.5;
  let x = 0.5;
  let y = min;
  let before = 0;
  for (let i = 0; i <= weights.length; i++) {
    const atEnd = i === weights.length;
    const nextX = atEnd ? total - 0.5 : before + weights[i]! / 2;
    const nextY = atEnd ? max : means[i]!;
    if (rank <= nextX) return nextX === x ? nextY : y + ((nextY - y) * (rank - x)) / (nextX - x);
    before += weights[i] ?? 0;
    x = nextX;
    y = nextY;
  }
  return max;
}

function exactQuantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}
