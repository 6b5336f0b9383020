/** Standard deviations by which losses must have grown to count, and that must have gathered for an alarm. */
const SLACK = 0.5;
const BOUND = 25;
/** One wild loss is no drift. */
const LARGEST = 4;
const WARM_UP = 30;

export interface SavedWatch {
  n: number;
  mean: number;
  around: number;
  gathered: number;
}

/**
 * Tells when losses have risen for good: a one-sided CUSUM of losses in standard deviations from their mean since the last
 * alarm, which begins anew with it (Page 1954). O(1).
 */
export class LossWatch {
  #s: SavedWatch;

  constructor(saved: SavedWatch = { n: 0, mean: 0, around: 0, gathered: 0 }) {
    this.#s = { ...saved };
  }

  /** True when this loss raises an alarm. */
  add(loss: number): boolean {
    const s = this.#s;
    const deviation = Math.sqrt(s.around / Math.max(1, s.n - 1));
    if (s.n >= WARM_UP && deviation > 0) {
      const z = Math.min(LARGEST, (loss - s.mean) / deviation);
      s.gathered = Math.max(0, s.gathered + z - SLACK);
      if (s.gathered > BOUND) {
        this.#s = { n: 0, mean: 0, around: 0, gathered: 0 };
        return true;
      }
    }
    const off = loss - s.mean;
    s.n++;
    s.mean += off / s.n;
    s.around += off * (loss - s.mean);
    return false;
  }

  save(): SavedWatch {
    return this.#s;
  }
}
