// The keyed state that checkpoint.mjs checkpoints: 1,000,000 keys in a Map, each with count, sum, min and max, of which a
// window of 100,000 is updated and moves on with every checkpoint.

import { Packr } from 'msgpackr';

export const KEYS = 1_000_000;
export const HOT = 100_000;
export const GROUPS = 128;
export const UPDATES = 4096; // between two looks at the clock

const packr = new Packr({ moreTypes: true });
/** Spread over 31 bits, all different: a multiplication modulo a prime. */
export const keys = Int32Array.from({ length: KEYS }, (_, i) => (i * 2_654_435) % (2 ** 31 - 1));
const COLUMNS = ['key', 'count', 'sum', 'min', 'max'];

/** The rows of one key group that belong to a checkpoint, as columns. */
class Chunk {
  #rows = 0;
  #columns;

  constructor(capacity) {
    this.#columns = COLUMNS.map(() => new Float64Array(capacity));
  }

  add(entry) {
    const [key, count, sum, min, max] = this.#columns;
    const i = this.#rows++;
    key[i] = entry.key;
    count[i] = entry.count;
    sum[i] = entry.sum;
    min[i] = entry.min;
    max[i] = entry.max;
  }

  pack() {
    const columns = COLUMNS.map((name, i) => [name, this.#columns[i].subarray(0, this.#rows)]);
    return new Uint8Array(packr.pack(Object.fromEntries(columns))); // memory of its own, to be transferred
  }
}

export class State {
  entries = new Map();
  epoch = 1;
  /** What was updated in this epoch, per key group. */
  dirty = [];
  /** While a delta is taken in slices: its chunks, and the groups' entries still to look at. */
  #taking;
  #first = 0;
  #random = 1;

  constructor() {
    for (const key of keys) {
      const entry = {
        key,
        group: (key >>> 8) % GROUPS,
        count: 0,
        sum: 0.5,
        min: Infinity,
        max: -Infinity,
        epoch: 0,
        taken: 0,
      };
      this.entries.set(key, entry);
    }
    this.#newEpoch();
  }

  /** Makes `UPDATES` updates to keys of the hot window. `track` is whether dirty entries are kept. */
  update(track) {
    const { entries, epoch } = this;
    let random = this.#random;
    for (let n = 0; n < UPDATES; n++) {
      random = (Math.imul(random, 1664525) + 1013904223) | 0;
      const key = keys[(this.#first + ((random >>> 8) % HOT)) % KEYS];
      const value = (random >>> 4) / 16;
      const entry = entries.get(key);
      if (track && entry.epoch !== epoch) this.#touch(entry); // before the change: a pending delta wants the old values
      entry.count++;
      entry.sum += value;
      if (value < entry.min) entry.min = value;
      if (value > entry.max) entry.max = value;
    }
    this.#random = random;
  }

  /** Ends the epoch and returns its dirty entries per key group. */
  cut() {
    const { dirty } = this;
    this.epoch++;
    this.#newEpoch();
    return dirty;
  }

  #newEpoch() {
    this.#first = (this.#first + HOT) % KEYS;
    this.dirty = Array.from({ length: GROUPS }, () => []);
  }

  #touch(entry) {
    if (this.#taking && entry.epoch === this.epoch - 1 && entry.taken !== this.epoch) this.#take(entry);
    entry.epoch = this.epoch;
    this.dirty[entry.group].push(entry);
  }

  #take(entry) {
    entry.taken = this.epoch;
    this.#taking[entry.group].add(entry);
  }

  /** The epoch's delta at once: one packed chunk per key group. */
  delta() {
    return this.cut().map((entries) => packEntries(entries));
  }

  /** All state at once, a chunk per key group. */
  snapshot() {
    this.cut();
    const groups = Array.from({ length: GROUPS }, () => []);
    for (const entry of this.entries.values()) groups[entry.group].push(entry);
    return groups.map(packEntries);
  }

  /** The epoch's delta chunk by chunk, while updates go on between two: a pending entry is taken before it changes. */
  *slices() {
    const dirty = this.cut();
    this.#taking = dirty.map((entries) => new Chunk(entries.length));
    for (const [group, entries] of dirty.entries()) {
      for (const entry of entries) if (entry.taken !== this.epoch) this.#take(entry);
      yield this.#taking[group].pack();
    }
    this.#taking = undefined;
  }
}

function packEntries(entries) {
  const chunk = new Chunk(entries.length);
  for (const entry of entries) chunk.add(entry);
  return chunk.pack();
}

/** Ways to know what is dirty: each returns a function that makes one update, and one that ends the epoch. */
export const TRACKING = {
  none: () => [(entry) => entry.count++, () => 0],
  'Set.add(key) per update': () => {
    const set = new Set();
    const update = (entry) => {
      entry.count++;
      set.add(entry.key);
    };
    return [update, () => set.clear()];
  },
  'epoch stamp, dirty list': () => {
    let epoch = 0;
    let list = [];
    const update = (entry) => {
      entry.count++;
      if (entry.epoch === epoch) return;
      entry.epoch = epoch;
      list.push(entry);
    };
    const end = () => {
      epoch++;
      list = [];
    };
    return [update, end];
  },
};
