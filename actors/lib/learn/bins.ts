/** Cuts of columns that a row is told by, beside its numbers, in all columns together. */
const MOST = 160;

/**
 * Tells of each column which cuts it lies above: 1 or 0 for each. A linear model over them has any steps of a single column. The
 * cuts lie between values, at the quantiles of the rows that they were fitted to.
 */
export class Bins {
  readonly #parts: number;
  #cuts: Float64Array[] = [];
  /** Cuts in all. */
  n = 0;

  /** Into so many parts a column is cut at most, fewer where columns are many. */
  constructor(parts: number) {
    this.#parts = parts;
  }

  /** O(rows · log rows · d). */
  fit(rows: readonly Float64Array[], d: number): void {
    const parts = Math.max(2, Math.min(this.#parts, Math.floor(MOST / d)));
    this.#cuts = Array.from({ length: d <= MOST ? d : 0 }, (_, j) => cutsOf(rows, j, parts));
    this.n = this.#cuts.reduce((sum, { length }) => sum + length, 0);
  }

  /** Writes the marks of a row of d numbers into `to` from `at` on. O(n). */
  mark(dense: Float64Array, d: number, to: Float64Array, at: number): void {
    let next = at;
    for (let j = 0; j < this.#cuts.length; j++) {
      const cuts = this.#cuts[j] as Float64Array;
      const x = j < d ? (dense[j] as number) : 0;
      for (let i = 0; i < cuts.length; i++) to[next++] = x > (cuts[i] as number) ? 1 : 0;
    }
  }

  /**
   * What the marks of a row are here, which are known as another's from `from` on, into `to`. A share of rows that lies above a cut
   * is taken to change evenly between the other's cuts. Columns that the other does not cut are taken to lie as the `constant`.
   */
  take(other: Bins, from: Float64Array, constant: number, to: Float64Array): void {
    let [next, first] = [0, 0];
    for (let j = 0; j < this.#cuts.length; j++) {
      const there = other.#cuts[j] ?? new Float64Array(0);
      for (const cut of this.#cuts[j] as Float64Array) to[next++] = markOf(cut, there, from, first, constant);
      first += there.length;
    }
  }

  save(): unknown {
    return this.#cuts;
  }

  static restore(parts: number, saved: unknown): Bins {
    const bins = new Bins(parts);
    bins.#cuts = [...(saved as Float64Array[])];
    bins.n = bins.#cuts.reduce((sum, { length }) => sum + length, 0);
    return bins;
  }
}

/** The mark of a cut between those of others, which stand from `first` on. */
function markOf(cut: number, cuts: Float64Array, marks: Float64Array, first: number, constant: number): number {
  if (cuts.length === 0) return constant / 2;
  let above = 0;
  while (above < cuts.length && (cuts[above] as number) < cut) above++;
  if (above === 0) return marks[first] as number;
  const low = marks[first + above - 1] as number;
  if (above === cuts.length) return low;
  const [from, to] = [cuts[above - 1] as number, cuts[above] as number];
  return low + (((marks[first + above] as number) - low) * (cut - from)) / (to - from);
}

function cutsOf(rows: readonly Float64Array[], column: number, parts: number): Float64Array {
  const values = Float64Array.from(rows, (row) => (column < row.length ? (row[column] as number) : 0)).sort();
  const cuts: number[] = [];
  for (let part = 1; part < parts; part++) {
    const below = values[Math.floor((part * values.length) / parts)] as number;
    const above = values.find((value) => value > below);
    if (above === undefined) break;
    const cut = below / 2 + above / 2;
    if (cut !== cuts.at(-1)) cuts.push(cut);
  }
  return Float64Array.from(cuts);
}
