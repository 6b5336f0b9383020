import { grown } from './feature-row.ts';
import { type Id, IdTable, type SavedIds } from './id-table.ts';
import { Best, type Recommendation, type Scored } from './recommendation.ts';
import { notNegative, sized } from './sized.ts';

export interface CoOccurrenceOptions {
  users: number;
  items: number;
  /** Items of late that are kept of a user. */
  recent: number;
  /** Items that are kept of those that occur with an item. */
  neighbours: number;
  /** Events after which an event counts e times less. */
  memory: number;
}

interface Saved {
  rows: number;
  unit: number;
  users: SavedIds;
  items: SavedIds;
  recent: Float64Array;
  names: Float64Array;
  counts: Float64Array;
  neighbours: Float64Array;
  together: Float64Array;
}

/** Counts are brought back to size when an event counts this much. */
const LARGEST_UNIT = 1e100;

/**
 * Which items occur together among the recent items of users: c_ij counts how often i came within `recent` items of j, n_i how often
 * i came at all, both with forgetting, and i is like j by c_ij ÷ √(n_i n_j). An item's score for a user is its mean likeness to the
 * user's recent items. An event counts more than the one before it by a factor, so that nothing needs to be shrunk. Of the
 * neighbours of an item those that count least give way, and their successor takes over their count (Metwally).
 *
 * An item is named by number · items + slot in the tables of others: when its slot goes to another item, the name has no bearer.
 */
export class CoOccurrenceModel implements Recommendation {
  rows = 0;
  readonly #o: CoOccurrenceOptions;
  readonly #users: IdTable;
  readonly #items: IdTable;
  /** Of each user: the names of recent items, the latest first; 0 for none. */
  #recent: Float64Array;
  /** By item: its name, and its count. */
  #names: Float64Array;
  #counts: Float64Array;
  /** Of each item: the names of its neighbours, and how often they came together. */
  #neighbours: Float64Array;
  #together: Float64Array;
  /** How much an event counts now. */
  #unit = 1;
  /** Scores by slot while a list is made. */
  #scores = new Float64Array(0);

  constructor(options: CoOccurrenceOptions, saved?: Saved) {
    this.#o = options;
    const { users, items, recent, neighbours } = options;
    this.#users = new IdTable(users, saved?.users);
    this.#items = new IdTable(items, saved?.items);
    this.#recent = Float64Array.from(saved?.recent ?? new Float64Array(16 * recent));
    this.#names = Float64Array.from(saved?.names ?? new Float64Array(16));
    this.#counts = Float64Array.from(saved?.counts ?? new Float64Array(16));
    this.#neighbours = Float64Array.from(saved?.neighbours ?? new Float64Array(16 * neighbours));
    this.#together = Float64Array.from(saved?.together ?? new Float64Array(16 * neighbours));
    if (saved) this.#check(saved);
    this.rows = saved?.rows ?? 0;
    this.#unit = saved?.unit ?? 1;
  }

  /** The slot that a name stands for; −1 when it has no bearer any more. */
  #slot(name: number): number {
    const slot = name % this.#o.items;
    return name > 0 && this.#names[slot] === name ? slot : -1;
  }

  #check({ recent, names, counts, neighbours, together, unit }: Saved): void {
    const [users, items] = [this.#users, this.#items].map(({ ids }) => Math.max(1, ids.length)) as [number, number];
    sized(recent, users * this.#o.recent, 'recent items');
    for (const list of [names, counts]) sized(list, items, 'items');
    for (const list of [neighbours, together]) sized(list, items * this.#o.neighbours, 'neighbours');
    for (const list of [counts, together, [unit]]) notNegative(list, 'counts');
  }

  get some(): [user: Id | null, item: Id | null] {
    return [this.#users.ids[0] ?? null, this.#items.ids[0] ?? null];
  }

  predict(user: Id, item: Id): number {
    const u = this.#users.find(user);
    const i = this.#items.find(item);
    if (u < 0 || i < 0) return 0;
    let [sum, n] = [0, 0];
    for (let r = u * this.#o.recent; r < (u + 1) * this.#o.recent; r++) {
      const slot = this.#slot(this.#recent[r] as number);
      if (slot < 0) continue;
      n++;
      if (slot !== i) sum += this.#likeness(slot, i);
    }
    return n > 0 ? sum / n : 0;
  }

  #likeness(slot: number, of: number): number {
    const at = this.#find(slot, this.#names[of] as number);
    if (at < 0) return 0;
    return (this.#together[at] as number) / Math.sqrt((this.#counts[slot] as number) * (this.#counts[of] as number));
  }

  #find(slot: number, name: number): number {
    const to = (slot + 1) * this.#o.neighbours;
    for (let at = slot * this.#o.neighbours; at < to; at++) if (this.#neighbours[at] === name) return at;
    return -1;
  }

  learn(user: Id, item: Id): void {
    const { recent, memory } = this.#o;
    this.rows++;
    this.#unit *= Math.exp(1 / memory);
    if (this.#unit > LARGEST_UNIT) this.#rescale();
    const u = this.#user(user);
    const i = this.#item(item);
    const name = this.#names[i] as number;
    this.#counts[i] = (this.#counts[i] as number) + this.#unit;
    const list = this.#recent;
    // The item goes to the front; what stood before its old place, or all, moves one back.
    let moved = name;
    for (let r = u * recent; r < (u + 1) * recent; r++) {
      const other = list[r] as number;
      const slot = other === name ? -1 : this.#slot(other);
      if (slot >= 0) {
        this.#count(i, slot);
        this.#count(slot, i);
      }
      if (moved === 0) continue;
      list[r] = moved;
      moved = other === name ? 0 : other;
    }
  }

  /** So many more times, each as many as an event counts now, `of` came with the item at `slot`. */
  #count(slot: number, of: number, times = this.#unit): void {
    const { neighbours } = this.#o;
    const name = this.#names[of] as number;
    let at = this.#find(slot, name);
    if (at < 0) {
      at = slot * neighbours;
      for (let k = at; k < (slot + 1) * neighbours; k++) {
        if (this.#slot(this.#neighbours[k] as number) < 0) {
          at = k;
          this.#together[k] = 0;
          break;
        }
        if ((this.#together[k] as number) < (this.#together[at] as number)) at = k;
      }
      this.#neighbours[at] = name;
    }
    this.#together[at] = (this.#together[at] as number) + times;
  }

  #user(id: Id): number {
    const { recent } = this.#o;
    const known = this.#users.find(id);
    if (known >= 0) {
      this.#users.touch(known);
      return known;
    }
    const slot = this.#users.begin(id);
    if (slot * recent >= this.#recent.length) {
      this.#recent = grown(this.#recent, new Float64Array(2 * this.#recent.length));
    }
    this.#recent.fill(0, slot * recent, (slot + 1) * recent);
    return slot;
  }

  #item(id: Id): number {
    const { neighbours, items } = this.#o;
    const known = this.#items.find(id);
    if (known >= 0) {
      this.#items.touch(known);
      return known;
    }
    const slot = this.#items.begin(id);
    if (slot >= this.#names.length) {
      const room = 2 * this.#names.length;
      this.#names = grown(this.#names, new Float64Array(room));
      this.#counts = grown(this.#counts, new Float64Array(room));
      this.#neighbours = grown(this.#neighbours, new Float64Array(room * neighbours));
      this.#together = grown(this.#together, new Float64Array(room * neighbours));
    }
    this.#names[slot] = this.#items.begun * items + slot;
    this.#counts[slot] = 0;
    this.#neighbours.fill(0, slot * neighbours, (slot + 1) * neighbours);
    this.#together.fill(0, slot * neighbours, (slot + 1) * neighbours);
    return slot;
  }

  #rescale(): void {
    for (const counts of [this.#counts, this.#together]) {
      for (let k = 0; k < counts.length; k++) counts[k] = (counts[k] as number) / this.#unit;
    }
    this.#unit = 1;
  }

  /** Without those that are among the user's recent items. */
  top(user: Id, n: number): Scored[] {
    const best = new Best(n);
    const u = this.#users.find(user);
    if (u < 0) return best.list;
    const { recent, neighbours } = this.#o;
    const { ids } = this.#items;
    if (this.#scores.length < ids.length) this.#scores = new Float64Array(this.#names.length);
    const scores = this.#scores.fill(0);
    const own = [...this.#recent.subarray(u * recent, (u + 1) * recent)].map((name) => this.#slot(name));
    const given = own.filter((slot) => slot >= 0);
    for (const slot of given) {
      for (let at = slot * neighbours; at < (slot + 1) * neighbours; at++) {
        const other = this.#slot(this.#neighbours[at] as number);
        if (other < 0) continue;
        const both = (this.#counts[slot] as number) * (this.#counts[other] as number);
        scores[other] = (scores[other] as number) + (this.#together[at] as number) / Math.sqrt(both) / given.length;
      }
    }
    for (const slot of given) scores[slot] = 0;
    for (let slot = 0; slot < ids.length; slot++) {
      const score = scores[slot] as number;
      if (score > 0) best.add(ids[slot] as Id, score);
    }
    return best.list;
  }

  /** Adds what another has learned from other users: exactly, as far as neither has had to let anything go. */
  merge(other: CoOccurrenceModel): void {
    const { recent, neighbours } = this.#o;
    const scale = this.#unit / other.#unit;
    const slots = new Map<number, number>();
    for (const [id, slot] of other.#items.save().ids.toReversed()) {
      const i = this.#item(id);
      slots.set(slot, i);
      this.#counts[i] = (this.#counts[i] as number) + scale * (other.#counts[slot] as number);
    }
    for (const [slot, i] of slots) {
      for (let at = slot * neighbours; at < (slot + 1) * neighbours; at++) {
        const of = slots.get(other.#slot(other.#neighbours[at] as number));
        if (of !== undefined) this.#count(i, of, scale * (other.#together[at] as number));
      }
    }
    for (const [id, slot] of other.#users.save().ids.toReversed()) {
      if (this.#users.find(id) >= 0) continue;
      let to = this.#user(id) * recent;
      for (const name of other.#recent.subarray(slot * recent, (slot + 1) * recent)) {
        const of = slots.get(other.#slot(name));
        if (of !== undefined) this.#recent[to++] = this.#names[of] as number;
      }
    }
    this.rows += other.rows;
  }

  save(): Saved {
    const { recent, neighbours } = this.#o;
    const [users, items] = [this.#users.ids.length, this.#items.ids.length];
    return {
      rows: this.rows,
      unit: this.#unit,
      users: this.#users.save(),
      items: this.#items.save(),
      recent: this.#recent.slice(0, Math.max(1, users) * recent),
      names: this.#names.slice(0, Math.max(1, items)),
      counts: this.#counts.slice(0, Math.max(1, items)),
      neighbours: this.#neighbours.slice(0, Math.max(1, items) * neighbours),
      together: this.#together.slice(0, Math.max(1, items) * neighbours),
    };
  }

  static restore(options: CoOccurrenceOptions, saved: unknown): CoOccurrenceModel {
    return new CoOccurrenceModel(options, saved as Saved);
  }
}
