import { sized } from './sized.ts';

/** The share of a variable's squares that rounding can leave of what others make up: some thousand times 2⁻¹⁰⁴. */
const NOTHING_NEW = 1e-26;

/** Information of less is none: its inverse would leave the range of doubles. Numbers of 1e-50 have more. */
const NONE = 1e-200;

/**
 * Least squares by rotations: the information X'X = R'D R, R upper triangular with a unit diagonal, D diagonal, and beside it
 * θ with R w = θ for each target. A row is rotated in without square roots; nothing is subtracted from anything, so it is as
 * exact as a QR decomposition of all rows, and two of them add up. All of it lies in one array, by rows of `room` numbers:
 * D, the θ of each target, then R.
 *
 * Source: W. M. Gentleman, Least squares computations by Givens transformations without square roots, IMA Journal of Applied
 * Mathematics 1973; A. J. Miller, Algorithm AS 274, Applied Statistics 1992.
 */
export class Givens {
  readonly targets: number;
  /** Variables. */
  n = 0;
  #room: number;
  #flat: Float64Array;
  /** The row that is being rotated in. */
  #x: Float64Array;

  constructor(targets: number, room = 8) {
    this.targets = targets;
    this.#room = room;
    this.#flat = new Float64Array((1 + targets + room) * room);
    this.#x = new Float64Array(room);
  }

  /** Adds a variable that was zero in all rows so far, with an information of its own about its weight being zero. */
  add(information: number): void {
    if (this.n === this.#room) this.#grow();
    this.#flat[this.n++] = information;
  }

  #grow(): void {
    const [flat, room] = [this.#flat, this.#room];
    this.#room = room * 2;
    this.#flat = new Float64Array((1 + this.targets + this.#room) * this.#room);
    for (let i = 0; i < 1 + this.targets + room; i++) {
      this.#flat.set(flat.subarray(i * room, (i + 1) * room), i * this.#room);
    }
    this.#x = new Float64Array(this.#room);
  }

  /** Everything so far counts λ times as much; no variable's information falls below its least. */
  forget(forgetting: number, least: Float64Array): void {
    const flat = this.#flat;
    for (let i = 0; i < this.n; i++) {
      const d = (flat[i] as number) * forgetting;
      flat[i] = d > (least[i] as number) ? d : (least[i] as number);
    }
  }

  /**
   * Rotates in a row of `n` numbers and its targets, which are overwritten. A negative weight takes a row out that is in it. What
   * was known before would have said of the row is added to `said`, if something was known of every variable.
   * O(n²), less for zeros.
   */
  include(row: Float64Array, y: Float64Array, weight = 1, said?: Float64Array): void {
    const { n, targets } = this;
    const flat = this.#flat;
    const room = this.#room;
    const x = this.#x;
    for (let i = 0; i < n; i++) x[i] = row[i] as number;
    let w = weight;
    for (let i = 0; i < n && w !== 0; i++) {
      const xi = x[i] as number;
      if (xi === 0) continue;
      const d = flat[i] as number;
      const share = w * xi;
      const next = d + share * xi;
      // The row is taken as if it had a zero there.
      if (next < NONE) continue;
      const inverse = 1 / next;
      const c = d * inverse;
      const s = share * inverse;
      flat[i] = next;
      const at = (1 + targets + i) * room;
      for (let k = i + 1; k < n; k++) {
        const xk = x[k] as number;
        const r = flat[at + k] as number;
        x[k] = xk - xi * r;
        flat[at + k] = c * r + s * xk;
      }
      for (let t = 0, to = room + i; t < targets; t++, to += room) {
        const yt = y[t] as number;
        const theta = flat[to] as number;
        const part = xi * theta;
        if (said !== undefined) said[t] = (said[t] as number) + part;
        y[t] = yt - part;
        flat[to] = c * theta + s * yt;
      }
      w *= c;
    }
  }

  /**
   * The weights of a target into `w`. Of what nothing is known the weight is zero; with `dependent` also that of a variable which
   * those before it make up, but for rounding. O(n²).
   */
  solve(target: number, w: Float64Array, dependent = false): void {
    const { n } = this;
    const flat = this.#flat;
    const room = this.#room;
    const theta = (1 + target) * room;
    const size = this.#x;
    if (dependent) this.#sizes();
    for (let i = n - 1; i >= 0; i--) {
      const d = flat[i] as number;
      if (d === 0 || (dependent && d < NOTHING_NEW * (size[i] as number))) {
        w[i] = 0;
        continue;
      }
      let sum = flat[theta + i] as number;
      const at = (1 + this.targets + i) * room;
      for (let k = i + 1; k < n; k++) sum -= (flat[at + k] as number) * (w[k] as number);
      w[i] = sum;
    }
  }

  /** The sum of squares of each variable, into the spare row. */
  #sizes(): void {
    const { n } = this;
    const flat = this.#flat;
    const size = this.#x.fill(0);
    for (let i = 0; i < n; i++) {
      const d = flat[i] as number;
      size[i] = (size[i] as number) + d;
      const at = (1 + this.targets + i) * this.#room;
      for (let k = i + 1; k < n; k++) {
        const r = flat[at + k] as number;
        // In this order: the square alone may be beyond what a double holds.
        size[k] = (size[k] as number) + d * r * r;
      }
    }
  }

  /** x'(X'X)⁻¹x: how little is known of the answer for x, in units of the noise's variance. O(n²). */
  variance(row: Float64Array): number {
    const { n } = this;
    const flat = this.#flat;
    const x = this.#x;
    for (let i = 0; i < n; i++) x[i] = row[i] as number;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const xi = x[i] as number;
      if (xi === 0) continue;
      sum += (xi * xi) / (flat[i] as number);
      const at = (1 + this.targets + i) * this.#room;
      for (let k = i + 1; k < n; k++) x[k] = (x[k] as number) - xi * (flat[at + k] as number);
    }
    return sum;
  }

  /** Row i of R into `row`; gives the i-th of D. The rows, weighed by D, say all that is known. O(n). */
  factor(i: number, row: Float64Array): number {
    row.fill(0, 0, this.n);
    row[i] = 1;
    const at = (1 + this.targets + i) * this.#room;
    for (let k = i + 1; k < this.n; k++) row[k] = this.#flat[at + k] as number;
    return this.#flat[i] as number;
  }

  /** (X'X)⁻¹x into `out`; gives x'(X'X)⁻¹x. Something must be known of every variable. O(n²). */
  gain(row: Float64Array, out: Float64Array): number {
    const { n } = this;
    const flat = this.#flat;
    const base = (1 + this.targets) * this.#room;
    for (let i = 0; i < n; i++) out[i] = row[i] as number;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const xi = out[i] as number;
      if (xi === 0) continue;
      const at = base + i * this.#room;
      for (let k = i + 1; k < n; k++) out[k] = (out[k] as number) - xi * (flat[at + k] as number);
      const scaled = xi / (flat[i] as number);
      sum += xi * scaled;
      out[i] = scaled;
    }
    for (let i = n - 2; i >= 0; i--) {
      let one = out[i] as number;
      const at = base + i * this.#room;
      for (let k = i + 1; k < n; k++) one -= (flat[at + k] as number) * (out[k] as number);
      out[i] = one;
    }
    return sum;
  }

  /**
   * Adds what another knows, exactly: its rows are rotated in. Its variables stand at `places` here, by default in the same
   * ones. O(n³).
   */
  merge(other: Givens, places = Int32Array.from({ length: other.n }, (_, i) => i)): void {
    const row = new Float64Array(this.n);
    const y = new Float64Array(this.targets);
    for (let i = 0; i < other.n; i++) {
      row.fill(0);
      row[places[i] as number] = 1;
      const at = (1 + other.targets + i) * other.#room;
      for (let k = i + 1; k < other.n; k++) row[places[k] as number]! += other.#flat[at + k] as number;
      for (let t = 0; t < this.targets; t++) y[t] = other.#flat[(1 + t) * other.#room + i] as number;
      this.include(row, y, other.#flat[i] as number);
    }
  }

  /** All of it without spare room. */
  save(): Float64Array {
    const { n } = this;
    const saved = new Float64Array((1 + this.targets + n) * n);
    for (let i = 0; i < 1 + this.targets + n; i++) {
      saved.set(this.#flat.subarray(i * this.#room, i * this.#room + n), i * n);
    }
    return saved;
  }

  static restore(targets: number, n: number, saved: Float64Array): Givens {
    sized(saved, (1 + targets + n) * n, 'numbers of its information');
    const restored = new Givens(targets, Math.max(8, n));
    restored.n = n;
    for (let i = 0; i < 1 + targets + n; i++) {
      restored.#flat.set(saved.subarray(i * n, (i + 1) * n), i * restored.#room);
    }
    return restored;
  }
}
