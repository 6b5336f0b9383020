import type { PartitionFeed } from './partition-feed.ts';

/**
 * Bounds what the partitions of a subtask hold unpacked, however many they are and whatever their batches unpack to: beyond `most`
 * bytes those that have a batch open are read first, and those that cannot go on for now pack theirs up again.
 */
export class UnpackedRoom {
  readonly #most: number;
  #used = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Begins a round. `stands`: it cannot go on for now. */
  begin(feeds: readonly PartitionFeed[], stands: (feed: PartitionFeed) => boolean): void {
    this.#used = 0;
    for (const feed of feeds) this.#used += feed.unpacked;
    for (const feed of feeds) {
      if (this.#used < this.#most) return;
      if (feed.unpacked === 0 || !stands(feed)) continue;
      this.#used -= feed.unpacked;
      feed.fold();
    }
  }

  /** Whether it may be read: it has a batch open, or there is room for another. */
  admits(feed: PartitionFeed): boolean {
    return feed.unpacked > 0 || this.#used < this.#most;
  }

  /** It was read, and held so much before. */
  settle(feed: PartitionFeed, before: number): void {
    this.#used += feed.unpacked - before;
  }
}
