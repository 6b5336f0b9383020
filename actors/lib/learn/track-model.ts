import type { Model } from './model.ts';
import { sized } from './sized.ts';
import type { Surface } from './surface.ts';

export interface TrackOptions {
  surface: Surface;
  /** Standard deviation of a fix, metres. */
  noise: number;
  /** Standard deviation of the acceleration, m/s². */
  acceleration: number;
  /** Standard deviation of a speed of which nothing is known, m/s. */
  speed: number;
  /** A fix farther off than this, its squared distance in standard deviations, is left out; 0 for never. */
  gate: number;
  /** Fixes left out in a row after which the track begins anew at the last of them. */
  misses: number;
}

interface Saved {
  rows: number;
  misses: number;
  time: number;
  state: Float64Array;
}

/** Where a track is, in the coordinates of its surface, and how fast, in m/s along them. */
export interface Place {
  x: number;
  y: number;
  vx: number;
  vy: number;
  /** Standard deviation of the place along each axis, metres. */
  deviation: number;
}

/** A variance beyond this, m², is no knowledge. */
const NOTHING = 1e24;

/**
 * The Kalman filter of a place that moves at constant velocity, pushed by white acceleration between fixes at uneven times.
 * With F = [1 h; 0 1] and g = [h²/2; h] over h seconds: P ← F P F' + q g g'; S = P₀₀ + r; K = P e₀ / S; P ← (I − K e₀') P (I − K e₀')' + K r K'
 * (Joseph). Both axes have the same noise, so one P serves both: it costs what a filter of one axis does.
 */
export class TrackModel implements Model {
  readonly #o: TrackOptions;
  rows = 0;
  #misses = 0;
  /** Of the state, seconds. */
  #time = 0;
  /** Place, velocity and P: x, y, vx, vy, p00, p01, p11. */
  readonly #s: Float64Array;
  readonly #moved = new Float64Array(2);

  constructor(options: TrackOptions, saved?: Saved) {
    this.#o = options;
    this.#s = saved ? Float64Array.from(sized(saved.state, 7, 'numbers of its state')) : new Float64Array(7);
    if (saved === undefined) return;
    this.rows = saved.rows;
    this.#misses = saved.misses;
    this.#time = saved.time;
  }

  /** Of what it knows, seconds. */
  get time(): number {
    return this.#time;
  }

  /** Goes on to a time, in seconds and not before the last one. */
  advance(time: number): void {
    if (this.rows > 0) this.#predict(time - this.#time);
    this.#time = time;
  }

  #predict(h: number): void {
    if (h === 0) return;
    const s = this.#s;
    this.#o.surface.move(s[0] as number, s[1] as number, h * (s[2] as number), h * (s[3] as number), this.#moved);
    const q = this.#o.acceleration ** 2;
    const [p00, p01, p11] = [s[4] as number, s[5] as number, s[6] as number];
    s[0] = this.#moved[0] as number;
    s[1] = this.#moved[1] as number;
    s[4] = p00 + 2 * h * p01 + h * h * p11 + (q * h ** 4) / 4;
    s[5] = p01 + h * p11 + (q * h ** 3) / 2;
    s[6] = p11 + q * h * h;
  }

  /** Takes in a fix at the time gone on to. Gives whether it was left out. */
  learn(x: number, y: number): boolean {
    const s = this.#s;
    const { noise, gate, misses, surface } = this.#o;
    if (this.rows++ === 0 || !((s[4] as number) < NOTHING)) {
      this.#begin(x, y);
      return false;
    }
    const r = noise * noise;
    const [p00, p01, p11] = [s[4] as number, s[5] as number, s[6] as number];
    const total = p00 + r;
    surface.between(s[0] as number, s[1] as number, x, y, this.#moved);
    const [ex, ey] = [this.#moved[0] as number, this.#moved[1] as number];
    if (gate > 0 && ex * ex + ey * ey > gate * total) {
      if (++this.#misses >= misses) this.#begin(x, y);
      return true;
    }
    this.#misses = 0;
    const k0 = p00 / total;
    const k1 = p01 / total;
    const kept = r / total;
    surface.move(s[0] as number, s[1] as number, k0 * ex, k0 * ey, this.#moved);
    s[0] = this.#moved[0] as number;
    s[1] = this.#moved[1] as number;
    s[2] = (s[2] as number) + k1 * ex;
    s[3] = (s[3] as number) + k1 * ey;
    s[4] = kept * kept * p00 + k0 * k0 * r;
    s[5] = kept * (p01 - k1 * p00) + k0 * k1 * r;
    const rest = p11 - 2 * k1 * p01 + k1 * k1 * total;
    // After a long silence little is left of large numbers: no less than what P must have to be one.
    s[6] = Math.max(rest, s[4] > 0 ? (s[5] * s[5]) / s[4] : 0);
    return false;
  }

  #begin(x: number, y: number): void {
    const { noise, speed } = this.#o;
    this.#s.set([x, y, 0, 0, noise * noise, 0, speed * speed]);
    this.#misses = 0;
  }

  /** Where it is so many seconds later; nothing is changed. */
  at(later: number): Place {
    const s = this.#s;
    const [p00, p01, p11] = [s[4] as number, s[5] as number, s[6] as number];
    const q = this.#o.acceleration ** 2;
    this.#o.surface.move(
      s[0] as number,
      s[1] as number,
      later * (s[2] as number),
      later * (s[3] as number),
      this.#moved,
    );
    const variance = p00 + 2 * later * p01 + later * later * p11 + (q * later ** 4) / 4;
    const [x, y] = [this.#moved[0] as number, this.#moved[1] as number];
    return { x, y, vx: s[2] as number, vy: s[3] as number, deviation: Math.sqrt(Math.max(0, variance)) };
  }

  save(): Saved {
    return { rows: this.rows, misses: this.#misses, time: this.#time, state: this.#s.slice() };
  }

  static restore(options: TrackOptions, saved: unknown): TrackModel {
    return new TrackModel(options, saved as Saved);
  }
}
