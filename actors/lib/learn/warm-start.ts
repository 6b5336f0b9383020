import { FeatureRow } from './feature-row.ts';
import type { Classification } from './model.ts';
import { sized } from './sized.ts';

/** A classifier of dense rows that sets itself up by the first of them, such as by their scales. */
export interface Fitted extends Classification {
  /** Sets up by rows of at most d numbers, before any is learned. */
  fit(rows: readonly Float64Array[], d: number): void;
  /** Classes that it knows something of. */
  readonly classes: number;
}

export interface FittedMaker<F extends Fitted> {
  create(): F;
  restore(saved: unknown): F;
}

interface Held {
  x: Float64Array;
  y: number;
}

/** Until here all is learned anew with each row. */
const EACH = 8;
/** Classes that a model may have at most. */
const MOST_CLASSES = 10_000;
/** The last time that all is learned anew. A power of two. */
const LAST = 128;

/**
 * Lets a classifier know the scales of its columns before it learns: the first rows are held, and at the 1st to 8th, 16th … 128th
 * it begins anew, is fitted to those there are and learns them again. So each of the first 128 is learned a few times, and after
 * them nothing of the scales moves.
 */
export class WarmStart<F extends Fitted> implements Classification {
  inner: F;
  readonly #maker: FittedMaker<F>;
  #rows = 0;
  #held: Held[] = [];

  constructor(maker: FittedMaker<F>, inner = maker.create()) {
    this.#maker = maker;
    this.inner = inner;
  }

  get rows(): number {
    return this.#rows;
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    this.inner.predict(x, classes, out);
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    this.#rows++;
    if (this.#rows <= LAST) {
      this.#held.push({ x: x.dense.slice(0, x.d), y });
      if (this.#rows <= EACH || (this.#rows & (this.#rows - 1)) === 0) {
        this.#again(x.d, classes);
        return;
      }
    }
    this.inner.learn(x, y, classes);
  }

  #again(d: number, classes: number): void {
    if (this.inner.rows > 0) this.inner = this.#maker.create();
    this.inner.fit(
      this.#held.map(({ x }) => x),
      d,
    );
    const row = new FeatureRow();
    for (const { x, y } of this.#held) {
      fill(row, x, d);
      this.inner.learn(row, y, classes);
    }
    if (this.#rows === LAST) this.#held = [];
  }

  /** It still holds all of its rows. */
  get isYoung(): boolean {
    return this.#rows < LAST;
  }

  /** Learns the rows of another that is young, as of d columns. */
  learnFrom(other: WarmStart<F>, d: number): void {
    const held = [...other.#held];
    const classes = Math.max(...[...held, ...this.#held].map(({ y }) => y + 1), this.inner.classes);
    const row = new FeatureRow();
    for (const { x, y } of held) {
      fill(row, x, d);
      this.learn(row, y, classes);
    }
  }

  /** Another's rows count as well; what it knows the caller has merged into `inner`. */
  merged(other: WarmStart<F>): void {
    this.#rows += other.#rows;
    // What was merged could not be learned again.
    this.#rows = Math.max(this.#rows, LAST + 1);
    this.#held = [];
  }

  save(): unknown {
    return { rows: this.#rows, held: this.#held, inner: this.inner.save() };
  }

  static restore<F extends Fitted>(maker: FittedMaker<F>, saved: unknown): WarmStart<F> {
    const { rows, held, inner } = saved as { rows: number; held: Held[]; inner: unknown };
    const model = new WarmStart(maker, maker.restore(inner));
    sized(held, rows < LAST ? rows : 0, 'rows held');
    // While there is one class alone the inner model may know of none.
    const classes = model.inner.classes || MOST_CLASSES;
    const sound = held.filter(({ x, y }) => x instanceof Float64Array && Number.isInteger(y) && y >= 0 && y < classes);
    sized(sound, held.length, 'sound rows held');
    model.#rows = rows;
    model.#held = [...held];
    return model;
  }
}

function fill(row: FeatureRow, x: Float64Array, d: number): void {
  row.clear();
  for (let j = 0; j < x.length; j++) if (x[j] !== 0) row.add(j, x[j] as number);
  row.d = d;
}
