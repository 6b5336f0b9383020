/** A run of neighbouring items, each once, and how many times each is there. */
interface Chunk<T> {
  readonly items: T[];
  readonly counts: number[];
  total: number;
}

/** A chunk with more items is cut in two: small enough to insert into, large enough to be few. */
const LONGEST = 512;

/** Less than 0, 0 or more, as for sorting; 0 means that both are the same item. */
export type Compare<T> = (a: T, b: T) => number;

/**
 * A sorted collection in which an item may be several times. To add, to find and to remove cost a binary search and the
 * moving of at most 512 items; the least and the greatest are at hand, the n-th costs O(items / 256).
 */
export class Multiset<T> {
  readonly #compare: Compare<T>;
  readonly #chunks: Chunk<T>[] = [];
  /** How many, each as often as it is there. */
  size = 0;

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  /** The least item, undefined of none. */
  get first(): T | undefined {
    return this.#chunks[0]?.items[0];
  }

  get last(): T | undefined {
    return this.#chunks.at(-1)?.items.at(-1);
  }

  has(item: T): boolean {
    const chunk = this.#chunks[this.#chunkOf(item)];
    return chunk !== undefined && this.#isAt(chunk, this.#placeIn(chunk, item), item);
  }

  add(item: T, times = 1): void {
    this.size += times;
    const chunks = this.#chunks;
    // What comes behind all others goes into the last chunk.
    const at = Math.min(this.#chunkOf(item), Math.max(0, chunks.length - 1));
    const chunk = chunks[at];
    if (chunk === undefined) {
      chunks.push({ items: [item], counts: [times], total: times });
      return;
    }
    chunk.total += times;
    const place = this.#placeIn(chunk, item);
    if (this.#isAt(chunk, place, item)) {
      chunk.counts[place]! += times;
      return;
    }
    chunk.items.splice(place, 0, item);
    chunk.counts.splice(place, 0, times);
    if (chunk.items.length > LONGEST) chunks.splice(at + 1, 0, cut(chunk));
  }

  /** Takes an item out once. False if it is not there. */
  remove(item: T): boolean {
    const at = this.#chunkOf(item);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    const place = this.#placeIn(chunk, item);
    if (!this.#isAt(chunk, place, item)) return false;
    this.size--;
    chunk.total--;
    if (--chunk.counts[place]! > 0) return true;
    chunk.items.splice(place, 1);
    chunk.counts.splice(place, 1);
    if (chunk.items.length === 0) this.#chunks.splice(at, 1);
    return true;
  }

  /** The item of a rank, counted from 0 with repeats; undefined beyond the last. */
  at(rank: number): T | undefined {
    let before = 0;
    for (const { items, counts, total } of this.#chunks) {
      if (rank >= before + total) {
        before += total;
        continue;
      }
      let place = 0;
      for (; rank >= before + counts[place]!; place++) before += counts[place]!;
      return items[place];
    }
    return undefined;
  }

  /** Each item once, in order, and how many times it is there. */
  *entries(): Generator<[item: T, times: number]> {
    for (const { items, counts } of this.#chunks) {
      for (let i = 0; i < items.length; i++) yield [items[i]!, counts[i]!];
    }
  }

  /** The first chunk whose last item does not come before an item; as many as there are chunks if it comes behind all. */
  #chunkOf(item: T): number {
    const chunks = this.#chunks;
    let from = 0;
    for (let to = chunks.length; from < to; ) {
      const middle = (from + to) >> 1;
      if (this.#compare(chunks[middle]!.items.at(-1)!, item) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #placeIn({ items }: Chunk<T>, item: T): number {
    let from = 0;
    for (let to = items.length; from < to; ) {
      const middle = (from + to) >> 1;
      if (this.#compare(items[middle]!, item) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #isAt({ items }: Chunk<T>, place: number, item: T): boolean {
    return place < items.length && this.#compare(items[place]!, item) === 0;
  }
}

/** Cuts the second half off a chunk. */
function cut<T>(chunk: Chunk<T>): Chunk<T> {
  const half = chunk.items.length >> 1;
  const counts = chunk.counts.splice(half);
  const total = counts.reduce((sum, n) => sum + n, 0);
  chunk.total -= total;
  return { items: chunk.items.splice(half), counts, total };
}
