interface SavedRanking {
  /** Scores of records without and with the mark. */
  exact?: [Float64Array, Float64Array];
  classes?: [bucket: number, without: number, marked: number][];
}

/** One score, or one class of scores, and how many records without and with the mark have it. */
type Step = [score: number, without: number, marked: number];

/**
 * How well scores put marked records before others: area under the ROC curve (Mann and Whitney: a pair of equal scores counts
 * one half) and average precision Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores. Exact for so many records; of more, scores that
 * differ by less than 0.05 % count as equal, and memory stays bounded. O(n log n) to read.
 */
export class Ranking {
  readonly #most: number;
  #scores: [Float64Array, Float64Array] = [new Float64Array(0), new Float64Array(0)];
  #counts: [number, number] = [0, 0];
  #classes: Map<number, [number, number]> | undefined;

  constructor(most: number, saved?: unknown) {
    this.#most = most;
    const { exact, classes } = (saved ?? {}) as SavedRanking;
    if (exact !== undefined) {
      this.#scores = [exact[0].slice(), exact[1].slice()];
      this.#counts = [exact[0].length, exact[1].length];
    }
    if (classes !== undefined) this.#classes = new Map(classes.map(([bucket, ...counts]) => [bucket, counts]));
  }

  add(score: number, marked: boolean): void {
    const side = marked ? 1 : 0;
    if (this.#classes !== undefined) {
      this.#count(score, side);
      return;
    }
    let list = this.#scores[side];
    const n = this.#counts[side]++;
    if (n === list.length) {
      list = new Float64Array(Math.max(8, 2 * n));
      list.set(this.#scores[side]);
      this.#scores[side] = list;
    }
    list[n] = score;
    if (this.#counts[0] + this.#counts[1] > this.#most) this.#toClasses();
  }

  #toClasses(): void {
    this.#classes = new Map();
    for (const side of [0, 1] as const) {
      for (const score of this.#scores[side].subarray(0, this.#counts[side])) this.#count(score, side);
    }
    this.#scores = [new Float64Array(0), new Float64Array(0)];
    this.#counts = [0, 0];
  }

  #count(score: number, side: 0 | 1): void {
    const bucket = bucketOf(score);
    const counts = this.#classes?.get(bucket);
    if (counts !== undefined) counts[side]++;
    else this.#classes?.set(bucket, side === 0 ? [1, 0] : [0, 1]);
  }

  /** Area under the ROC curve; null when all records are of one kind. */
  auc(): number | null {
    let [pairs, above, all] = [0, 0, 0];
    for (const [, without, marked] of this.#steps()) {
      pairs += without * (above + marked / 2);
      above += marked;
      all += without;
    }
    return above === 0 || all === 0 ? null : pairs / (above * all);
  }

  /** Average precision; null when no record is marked. */
  averagePrecision(): number | null {
    let [sum, found, looked] = [0, 0, 0];
    for (const [, without, marked] of this.#steps()) {
      found += marked;
      looked += without + marked;
      sum += (marked * found) / looked;
    }
    return found === 0 ? null : sum / found;
  }

  /** From the highest score down. */
  #steps(): Step[] {
    if (this.#classes !== undefined) {
      const steps = [...this.#classes].map(([bucket, counts]): Step => [bucket, ...counts]);
      return steps.sort((a, b) => b[0] - a[0]);
    }
    const [without, marked] = this.#scores.map((list, side) => list.slice(0, this.#counts[side]).sort()) as [
      Float64Array,
      Float64Array,
    ];
    const steps: Step[] = [];
    let [i, j] = [without.length - 1, marked.length - 1];
    while (i >= 0 || j >= 0) {
      const score = Math.max(without[i] ?? Number.NEGATIVE_INFINITY, marked[j] ?? Number.NEGATIVE_INFINITY);
      const step: Step = [score, 0, 0];
      for (; i >= 0 && without[i] === score; i--) step[1]++;
      for (; j >= 0 && marked[j] === score; j--) step[2]++;
      steps.push(step);
    }
    return steps;
  }

  save(): unknown {
    if (this.#classes !== undefined)
      return { classes: [...this.#classes].map(([bucket, counts]) => [bucket, ...counts]) };
    return { exact: this.#scores.map((list, side) => list.slice(0, this.#counts[side])) };
  }
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** Sign, exponent and eleven digits of the score, in the order of scores. */
function bucketOf(score: number): number {
  // Zero has two signs.
  float[0] = score + 0;
  const all = bits[0] as number;
  return (all < 0 ? 0x80000000 - (all >>> 0) : all) >> 12;
}
