import { normal, randomFrom } from './random.ts';

/** Beyond so many deviations a column is taken to be there. */
const FARTHEST = 8;

/**
 * Random Fourier features of standardised rows: √(2/D) cos(ω·z + φ), ω ~ N(0, 1/d). A linear model over them comes near to one of
 * a Gaussian kernel (Rahimi & Recht 2007). The same columns have the same waves in every model.
 */
export class RandomWaves {
  readonly n: number;
  #d = 0;
  #frequencies = new Float64Array(0);
  readonly #phases: Float64Array;

  constructor(n: number) {
    this.n = n;
    const random = generator(0);
    this.#phases = Float64Array.from({ length: n }, () => 2 * Math.PI * random());
  }

  /** For rows of d columns; columns that come later have no part in the waves. O(d · n). */
  fit(d: number): void {
    this.#d = d;
    this.#frequencies = new Float64Array(d * this.n);
    for (let j = 0; j < d; j++) {
      const random = generator(j + 1);
      for (let k = 0; k < this.n; k++) this.#frequencies[k * d + j] = normal(random(), random()) / Math.sqrt(d);
    }
  }

  /** Writes the waves of a row, whose columns begin at `from`, into `to` from `at` on. O(d · n). */
  wave(z: Float64Array, from: number, to: Float64Array, at: number): void {
    const [frequencies, phases, d, n] = [this.#frequencies, this.#phases, this.#d, this.n];
    const scale = Math.sqrt(2 / n);
    for (let k = 0; k < n; k++) {
      let sum = phases[k] as number;
      for (let j = 0, place = k * d; j < d; j++, place++) {
        const one = z[from + j] as number;
        sum += (frequencies[place] as number) * (one > FARTHEST ? FARTHEST : one < -FARTHEST ? -FARTHEST : one);
      }
      to[at + k] = scale * Math.cos(sum);
    }
  }

  save(): unknown {
    return { n: this.n, d: this.#d };
  }

  static restore(saved: unknown): RandomWaves {
    const { n, d } = saved as { n: number; d: number };
    const waves = new RandomWaves(n);
    waves.fit(d);
    return waves;
  }
}

/** Numbers in (0, 1], the same for a seed everywhere. */
function generator(seed: number): () => number {
  const random = randomFrom(Math.imul(seed + 1, 0x9e3779b9));
  return () => random() + 2 ** -32;
}
