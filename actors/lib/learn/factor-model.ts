import { grown } from './feature-row.ts';
import { type Id, IdTable, type SavedIds } from './id-table.ts';
import { normalFrom } from './random.ts';
import { Best, type Recommendation, type Scored } from './recommendation.ts';
import { sized } from './sized.ts';

/** How a factorisation learns. A user and an item have `width` numbers each: bias, `k` factors, then what the rule keeps besides. */
export interface FactorRule {
  readonly k: number;
  readonly width: number;
  /** Sets what stands behind the factors of a new user or item. */
  begin(flat: Float64Array, at: number): void;
  /** Moves the user at `u` and the item at `i` by the rating's error. */
  step(users: Float64Array, u: number, items: Float64Array, i: number, error: number): void;
}

interface SavedSide {
  ids: SavedIds;
  flat: Float64Array;
}

interface Saved {
  rows: number;
  mean: number;
  squares: number;
  least: number;
  most: number;
  users: SavedSide;
  items: SavedSide;
}

/** Standard deviation of factors that nothing is known of: at zero they would never move. */
const SPREAD = 0.1;
/** So many standard deviations from the mean no rating is. */
const WILD = 1e3;

/** Users or items with their numbers in one array. */
class Side {
  readonly ids: IdTable;
  flat: Float64Array;
  readonly #rule: FactorRule;
  readonly #seed: number;
  /** What was last found: it is asked for again when it is learned. */
  #last: Id | undefined;
  #lastSlot = 0;

  constructor(rule: FactorRule, most: number, seed: number, saved?: SavedSide) {
    this.#rule = rule;
    this.#seed = seed;
    this.ids = new IdTable(most, saved?.ids);
    this.flat = new Float64Array(Math.max(16, this.ids.ids.length) * rule.width);
    if (saved !== undefined) this.flat.set(sized(saved.flat, this.ids.ids.length * rule.width, 'factors'));
  }

  /** Where the numbers of an id begin; −1 for one unknown. */
  find(id: Id): number {
    if (id !== this.#last) {
      const slot = this.ids.find(id);
      if (slot < 0) return -1;
      this.#last = id;
      this.#lastSlot = slot;
    }
    return this.#lastSlot * this.#rule.width;
  }

  /** The same, of an unknown one too, which is begun. */
  take(id: Id): number {
    const { k, width } = this.#rule;
    const known = this.find(id);
    if (known >= 0) {
      this.ids.touch(this.#lastSlot);
      return known;
    }
    const at = this.ids.begin(id) * width;
    // Its slot may be that of the last one asked for.
    this.#last = undefined;
    if (at >= this.flat.length) this.flat = grown(this.flat, new Float64Array(2 * this.flat.length));
    this.reset(at, k);
    return at;
  }

  reset(at: number, k = this.#rule.k): void {
    const normal = normalFrom(Math.imul(this.ids.begun, 0x9e3779b1) ^ this.#seed);
    this.flat[at] = 0;
    for (let j = 1; j <= k; j++) this.flat[at + j] = SPREAD * normal();
    this.#rule.begin(this.flat, at);
  }

  save(): SavedSide {
    return { ids: this.ids.save(), flat: this.flat.slice(0, this.ids.ids.length * this.#rule.width) };
  }
}

/**
 * A rating as mean + σ (bias of the user + bias of the item + the product of their factors), kept within the ratings seen. Mean
 * and standard deviation σ are those of all ratings so far, so that the steps of a rule fit ratings of any scale.
 */
export class FactorModel implements Recommendation {
  rows = 0;
  readonly #rule: FactorRule;
  readonly #users: Side;
  readonly #items: Side;
  #mean = 0;
  /** Sum of the squared differences from the mean. */
  #squares = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  constructor(rule: FactorRule, users: number, items: number, saved?: Saved) {
    this.#rule = rule;
    this.#users = new Side(rule, users, 1, saved?.users);
    this.#items = new Side(rule, items, 2, saved?.items);
    if (saved === undefined) return;
    this.rows = saved.rows;
    this.#mean = saved.mean;
    this.#squares = saved.squares;
    this.#least = saved.least;
    this.#most = saved.most;
  }

  get some(): [user: Id | null, item: Id | null] {
    return [this.#users.ids.ids[0] ?? null, this.#items.ids.ids[0] ?? null];
  }

  predict(user: Id, item: Id): number {
    return this.#rating(this.#above(this.#users.find(user), this.#items.find(item)));
  }

  /** What is above the mean, in standard deviations, of the places of both; −1 where one is unknown. */
  #above(u: number, i: number): number {
    const [a, b] = [this.#users.flat, this.#items.flat];
    let sum = 0;
    if (u >= 0) sum += a[u] as number;
    if (i >= 0) sum += b[i] as number;
    if (u < 0 || i < 0) return sum;
    const { k } = this.#rule;
    for (let j = 1; j <= k; j++) sum += (a[u + j] as number) * (b[i + j] as number);
    return sum;
  }

  #scale(): number {
    return Math.sqrt(this.#squares / this.rows) || 1;
  }

  #rating(above: number): number {
    const rating = this.#mean + this.#scale() * above;
    return rating < this.#least ? this.#least : rating > this.#most ? this.#most : rating;
  }

  learn(user: Id, item: Id, rating: number): void {
    this.rows++;
    const off = rating - this.#mean;
    this.#mean += off / this.rows;
    this.#squares += off * (rating - this.#mean);
    if (rating < this.#least) this.#least = rating;
    if (rating > this.#most) this.#most = rating;
    const [users, items] = [this.#users, this.#items];
    const u = users.take(user);
    const i = items.take(item);
    const error = (rating - this.#mean) / this.#scale() - this.#above(u, i);
    this.#rule.step(users.flat, u, items.flat, i, error);
    // A rating wildly unlike those before could have thrown the two out of the range of numbers: they begin anew.
    if (Math.abs(this.#above(u, i)) < WILD) return;
    users.reset(u);
    items.reset(i);
  }

  top(user: Id, n: number): Scored[] {
    const best = new Best(n);
    const u = this.#users.find(user);
    const { ids } = this.#items.ids;
    for (let slot = 0; slot < ids.length; slot++) {
      best.add(ids[slot] as Id, this.#above(u, slot * this.#rule.width));
    }
    for (const one of best.list) one.score = this.#rating(one.score);
    return best.list;
  }

  save(): Saved {
    return {
      rows: this.rows,
      mean: this.#mean,
      squares: this.#squares,
      least: this.#least,
      most: this.#most,
      users: this.#users.save(),
      items: this.#items.save(),
    };
  }

  static restore(rule: FactorRule, users: number, items: number, saved: unknown): FactorModel {
    return new FactorModel(rule, users, items, saved as Saved);
  }
}
