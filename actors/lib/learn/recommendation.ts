import type { Id } from './id-table.ts';
import type { Model } from './model.ts';

/** An item with what is expected of it. */
export interface Scored {
  item: Id;
  score: number;
}

/** Says what a user will think of an item, and which items are best for a user. */
export interface Recommendation extends Model {
  /** A user and an item that it knows, if it does. */
  readonly some: [user: Id | null, item: Id | null];
  /** Nothing is learned. */
  predict(user: Id, item: Id): number;
  learn(user: Id, item: Id, rating: number): void;
  /** The n best items known, the best first. O(items). */
  top(user: Id, n: number): Scored[];
}

/** Keeps the n best of what it is given; of equal ones those given first. O(n) per item that is among them. */
export class Best {
  readonly list: Scored[] = [];
  readonly #n: number;

  constructor(n: number) {
    this.#n = n;
  }

  add(item: Id, score: number): void {
    const { list } = this;
    const full = list.length === this.#n;
    if (this.#n === 0 || (full && score <= (list.at(-1) as Scored).score)) return;
    if (full) list.pop();
    let at = list.length;
    while (at > 0 && (list[at - 1] as Scored).score < score) at--;
    list.splice(at, 0, { item, score });
  }
}
