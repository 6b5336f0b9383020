import { prng } from '#stage';
import {
  inOrderOf,
  mergedCentres,
  nearestOf,
  scatteredCentres,
  settle,
  squaredDistance,
  type Table,
} from './centres.ts';
import { type FeatureRow, grown } from './feature-row.ts';
import type { Model } from './model.ts';
import { sized } from './sized.ts';
import { WholeRow } from './whole-row.ts';

export interface KMeansOptions {
  /** Clusters. */
  k: number;
  /** The least share of the way that a centre goes to a row. */
  step: number;
  /** Rows that the centres are first sought among. */
  start: number;
  seed: number;
}

interface Saved {
  rows: number;
  centres: Float64Array;
  counts: Float64Array;
  hits: Float64Array;
  recent: Float64Array;
  mean: Float64Array;
  whole: Uint8Array;
}

const ROUNDS = 20;
/** Searches for centres among the first `start` rows, and among those before. */
const TRIES = 4;
const FIRST_TRIES = 2;
/** Multiplications that one search for centres may take, about 0.1 s. */
const WORK = 1e8;
/** New centres must be so much better to replace those that there are. */
const BETTER = 0.95;
/** A centre that gets less than this part of its even share is dead. */
const DEAD = 0.1;
/** Rows that are tried as the place of a dead centre. */
const CANDIDATES = 100;

/** Centres that follow a stream; see the stage `k-means`. */
export class KMeansModel implements Model {
  readonly #o: KMeansOptions;
  #rows = 0;
  #centres: Table = { flat: new Float64Array(0), rows: 0, d: 0 };
  /** Rows of each centre. */
  #counts: Float64Array;
  /** Of the latest `start` rows at most, since they were last looked at. */
  #hits: Float64Array;
  /** The latest `start` rows, in turn. */
  #recent: Table = { flat: new Float64Array(0), rows: 0, d: 0 };
  #mean = new Float64Array(16);
  #whole = new WholeRow();
  /** The squared distance of the row last looked at from its centre. */
  readonly #least = new Float64Array(1);

  constructor(options: KMeansOptions) {
    this.#o = options;
    this.#counts = new Float64Array(options.k);
    this.#hits = new Float64Array(options.k);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Whether there are centres already: from 2 k rows on. */
  get isReady(): boolean {
    return this.#centres.rows > 0;
  }

  /** The distance of the row last looked at from its centre. */
  get distance(): number {
    return Math.sqrt(this.#least[0] as number);
  }

  centre(j: number): Float64Array {
    const { flat, d } = this.#centres;
    return flat.slice(j * d, (j + 1) * d);
  }

  count(j: number): number {
    return this.#counts[j] as number;
  }

  /** The cluster of a row. */
  predict(x: FeatureRow): number {
    return this.#nearest(this.#whole.view(x, this.#mean));
  }

  #nearest(row: Float64Array): number {
    return nearestOf(row, 0, this.#centres, 0, this.#least);
  }

  /** Takes in a row, with what `predict` said of it if nothing was learned since. */
  learn(x: FeatureRow, cluster?: number): void {
    const whole = this.#whole;
    const isWider = x.d !== whole.d;
    if (isWider) this.#grow(x);
    whole.note(x, this.#mean);
    this.#include(whole.view(x, this.#mean), isWider ? undefined : cluster);
  }

  #include(row: Float64Array, cluster?: number): void {
    const { k, start, step } = this.#o;
    const { d } = this.#whole;
    const recent = this.#recent;
    const mean = this.#mean;
    const place = (this.#rows % start) * d;
    this.#rows++;
    recent.rows = Math.min(this.#rows, start);
    const kept = recent.flat;
    const part = 1 / this.#rows;
    for (let i = 0; i < d; i++) {
      const value = row[i] as number;
      kept[place + i] = value;
      mean[i] = (mean[i] as number) + part * (value - (mean[i] as number));
    }
    if (this.#rows <= start && isDue(this.#rows, k, start)) {
      this.#seek();
      return;
    }
    if (!this.isReady) return;
    const j = cluster ?? this.#nearest(row);
    const count = (this.#counts[j] as number) + 1;
    this.#counts[j] = count;
    this.#hits[j] = (this.#hits[j] as number) + 1;
    const share = Math.max(1 / count, step);
    const { flat } = this.#centres;
    for (let i = 0, at = j * d; i < d; i++, at++) {
      flat[at] = (flat[at] as number) + share * ((row[i] as number) - (flat[at] as number));
    }
    if (this.#rows % start === 0) this.#revive();
  }

  /** Seeks centres among the rows kept: from those that there are, and anew. */
  #seek(): void {
    const { k, start, seed } = this.#o;
    const recent = this.#recent;
    const random = prng(`${seed} ${this.#rows}`);
    const old = this.#centres;
    const round = recent.rows * k * recent.d;
    const rounds = Math.max(1, Math.min(ROUNDS, WORK / round));
    const most = recent.rows < start ? FIRST_TRIES : TRIES;
    const tries = Math.max(1, Math.min(most, WORK / (round * rounds)));
    let best: Table | undefined;
    let least = Number.POSITIVE_INFINITY;
    if (this.isReady) {
      best = { ...old, flat: old.flat.slice() };
      least = BETTER * settle(recent, best, rounds);
    }
    for (let i = 0; i < tries; i++) {
      const centres = scatteredCentres(recent, k, random);
      const inertia = settle(recent, centres, rounds);
      if (best === undefined || inertia < least) [best, least] = [centres, inertia];
    }
    this.#centres = this.isReady ? inOrderOf(old, best as Table) : (best as Table);
    this.#counts.fill(1);
    for (let i = 0; i < recent.rows; i++) {
      const j = nearestOf(recent.flat, i * recent.d, this.#centres, 0, this.#least);
      this.#counts[j] = (this.#counts[j] as number) + 1;
    }
    this.#hits.fill(0);
  }

  /** Gives a centre that hardly got any of the latest rows the place where it helps most. */
  #revive(): void {
    const { k, start } = this.#o;
    const hits = this.#hits;
    if (k > 1 && this.#rows > start) {
      let worst = 0;
      for (let j = 1; j < k; j++) if ((hits[j] as number) < (hits[worst] as number)) worst = j;
      if ((hits[worst] as number) < (DEAD * start) / k) this.#reseed(worst);
    }
    hits.fill(0);
  }

  #reseed(dead: number): void {
    const recent = this.#recent;
    const { d, rows } = recent;
    const centres = this.#centres;
    // Out of reach of all rows, to see what the others leave.
    centres.flat.fill(Number.POSITIVE_INFINITY, dead * d, (dead + 1) * d);
    const left = new Float64Array(rows);
    for (let i = 0; i < rows; i++) nearestOf(recent.flat, i * d, centres, 0, left.subarray(i));
    let [place, least] = [0, Number.POSITIVE_INFINITY];
    const stride = Math.max(1, Math.floor(rows / CANDIDATES));
    for (let candidate = 0; candidate < rows; candidate += stride) {
      let total = 0;
      for (let i = 0; i < rows; i++) {
        total += Math.min(left[i] as number, squaredDistance(recent, i, recent, candidate));
      }
      if (total < least) [place, least] = [candidate, total];
    }
    const sums = new Float64Array(d);
    let count = 0;
    for (let i = 0; i < rows; i++) {
      if (i !== place && squaredDistance(recent, i, recent, place) >= (left[i] as number)) continue;
      count++;
      for (let c = 0; c < d; c++) sums[c] = (sums[c] as number) + (recent.flat[i * d + c] as number);
    }
    for (let c = 0; c < d; c++) centres.flat[dead * d + c] = (sums[c] as number) / count;
    this.#counts[dead] = count;
  }

  /**
   * Puts what another has learned of the same features beside its own centres, and unites those two that cost least until k are
   * left (Ward). A centre united with one of the other's keeps its number.
   */
  merge(other: KMeansModel): void {
    if (!this.isReady || !other.isReady) {
      const [ready, rest] = this.isReady ? [this, other] : [other, this];
      const rows = rest.#recent.flat.slice(0, rest.#recent.rows * rest.#recent.d);
      const { d } = rest.#recent;
      if (ready !== this) this.#take(ready.save());
      for (let i = 0; i * d < rows.length; i++) this.#include(rows.subarray(i * d, (i + 1) * d));
      return;
    }
    const { k } = this.#o;
    const { d } = this.#centres;
    const both: Table = { flat: new Float64Array(2 * k * d), rows: 2 * k, d };
    both.flat.set(this.#centres.flat);
    both.flat.set(other.#centres.flat, k * d);
    const weights = new Float64Array(2 * k);
    weights.set(this.#counts);
    weights.set(other.#counts, k);
    const left = mergedCentres(both, weights, k);
    const free = Array.from({ length: k }, (_, j) => j).filter((j) => !left.includes(j));
    for (const from of left) {
      const j = from < k ? from : (free.shift() as number);
      this.#centres.flat.set(both.flat.subarray(from * d, (from + 1) * d), j * d);
      this.#counts[j] = weights[from] as number;
    }
    const rows = this.#rows + other.#rows;
    for (let i = 0; i < d; i++) {
      const mean = this.#mean[i] as number;
      this.#mean[i] = mean + (((other.#mean[i] as number) - mean) * other.#rows) / rows;
    }
    this.#whole.merge(other.#whole);
    this.#hits.fill(0);
    // The latest rows of each stay its own; the number of rows says where the next goes.
    this.#rows = rows;
  }

  /** Makes room for features seen for the first time: what there was stands where they begin. */
  #grow(x: FeatureRow): void {
    const { d } = x;
    const known = this.#whole.d;
    if (d > this.#mean.length) this.#mean = grown(this.#mean, new Float64Array(2 * d));
    this.#whole.note(x, this.#mean);
    const mean = this.#mean;
    const wider = ({ flat, rows }: Table, room: number): Table => {
      const made = new Float64Array(room * d);
      for (let i = 0; i < rows; i++) {
        made.set(flat.subarray(i * known, (i + 1) * known), i * d);
        for (let c = known; c < d; c++) made[i * d + c] = mean[c] as number;
      }
      return { flat: made, rows, d };
    };
    this.#centres = wider(this.#centres, this.#centres.rows);
    this.#recent = wider(this.#recent, this.#o.start);
  }

  save(): Saved {
    const { flat, d, rows } = this.#recent;
    return {
      rows: this.#rows,
      centres: this.#centres.flat.slice(),
      counts: this.#counts.slice(),
      hits: this.#hits.slice(),
      recent: flat.slice(0, rows * d),
      mean: this.#mean.slice(0, d),
      whole: this.#whole.save(),
    };
  }

  #take({ rows, centres, counts, hits, recent, mean, whole }: Saved): void {
    const d = mean.length;
    this.#rows = rows;
    this.#centres = { flat: centres, rows: d === 0 ? 0 : centres.length / d, d };
    this.#counts = counts;
    this.#hits = hits;
    this.#recent = { flat: new Float64Array(this.#o.start * d), rows: d === 0 ? 0 : recent.length / d, d };
    this.#recent.flat.set(recent);
    this.#mean = new Float64Array(Math.max(16, d));
    this.#mean.set(mean);
    this.#whole = WholeRow.restore(whole);
  }

  static restore(options: KMeansOptions, saved: unknown): KMeansModel {
    const model = new KMeansModel(options);
    const own = saved as Saved;
    const d = own.mean.length;
    sized(own.whole, d, 'columns');
    sized(own.centres, own.rows === 0 || own.centres.length === 0 ? 0 : options.k * d, 'numbers of its centres');
    sized(own.counts, options.k, 'counts');
    sized(own.hits, options.k, 'hits');
    model.#take({ ...own, centres: own.centres.slice(), counts: own.counts.slice(), hits: own.hits.slice() });
    return model;
  }
}

/** Whether centres are to be sought at this number of rows: 2 k, 4 k, 8 k, … and `start`. */
function isDue(rows: number, k: number, start: number): boolean {
  return rows === start || (rows >= 2 * k && Number.isInteger(Math.log2(rows / (2 * k))));
}
