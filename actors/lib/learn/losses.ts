/**
 * A loss of a number. `slope` is dℓ/df; with a `reach` above 0 it is the slope at the end of a step of that reach, f − reach ·
 * slope: such an implicit step never goes past where the loss is least, however long it is (Toulis & Airoldi 2017).
 */
export interface Loss {
  value(f: number, y: number): number;
  slope(f: number, y: number, reach: number): number;
  /** What is predicted by a score f. */
  answer(f: number): number;
  /** The score that predicts y. */
  score(y: number): number;
  /** Scores are in the units of the targets. */
  readonly linear: boolean;
}

export type LossName = 'squared' | 'huber' | 'quantile' | 'epsilon-insensitive' | 'poisson';

export interface LossOptions {
  /** Errors up to here count with their squares (Huber), or not at all (epsilon-insensitive). */
  margin: number;
  /** The share of targets that are to be below the prediction. */
  quantile: number;
}

const same = (f: number) => f;
/** exp(50) is 5e21. */
const LARGEST_LOG = 50;
const clipped = (f: number) => Math.max(-LARGEST_LOG, Math.min(LARGEST_LOG, f));

const squared = (): Loss => ({
  value: (f, y) => (f - y) ** 2 / 2,
  slope: (f, y, reach) => (f - y) / (1 + reach),
  answer: same,
  score: same,
  linear: true,
});

const huber = ({ margin }: LossOptions): Loss => ({
  value: (f, y) => (Math.abs(f - y) <= margin ? (f - y) ** 2 / 2 : margin * (Math.abs(f - y) - margin / 2)),
  slope: (f, y, reach) => Math.max(-margin, Math.min(margin, (f - y) / (1 + reach))),
  answer: same,
  score: same,
  linear: true,
});

const pinball = ({ quantile }: LossOptions): Loss => ({
  value: (f, y) => (f > y ? (1 - quantile) * (f - y) : quantile * (y - f)),
  slope(f, y, reach) {
    const off = f - y;
    if (off === 0) return 0;
    if (reach === 0) return off > 0 ? 1 - quantile : -quantile;
    return Math.max(-quantile, Math.min(1 - quantile, off / reach));
  },
  answer: same,
  score: same,
  linear: true,
});

const insensitive = ({ margin }: LossOptions): Loss => ({
  value: (f, y) => Math.max(0, Math.abs(f - y) - margin),
  slope(f, y, reach) {
    const size = Math.abs(f - y) - margin;
    if (size <= 0) return 0;
    return Math.sign(f - y) * (reach === 0 ? 1 : Math.min(1, size / reach));
  },
  answer: same,
  score: same,
  linear: true,
});

/** ℓ = e^f − y f, for counts: f is the logarithm of what is expected. */
const poisson = (): Loss => ({
  value: (f, y) => Math.exp(clipped(f)) - y * clipped(f),
  slope(f, y, reach) {
    const now = Math.exp(clipped(f)) - y;
    if (reach === 0 || now === 0) return now;
    // The end e of the step has e + reach · (exp e − y) = f, of which the left rises with e.
    let [low, high] = now > 0 ? [-2 * LARGEST_LOG, f] : [f, 2 * LARGEST_LOG];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (middle + reach * (Math.exp(clipped(middle)) - y) < f) low = middle;
      else high = middle;
    }
    return (f - (low + high) / 2) / reach;
  },
  answer: (f) => Math.exp(clipped(f)),
  score: (y) => Math.log(Math.max(y, 0.1)),
  linear: false,
});

const LOSSES: Record<LossName, (options: LossOptions) => Loss> = {
  squared,
  huber,
  quantile: pinball,
  'epsilon-insensitive': insensitive,
  poisson,
};

export const LOSS_NAMES = ['squared', 'huber', 'quantile', 'epsilon-insensitive', 'poisson'] as const;

export function lossOf(name: LossName, options: LossOptions): Loss {
  return LOSSES[name](options);
}
