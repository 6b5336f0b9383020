/** Numbers that a subtask of a source has in the table. */
const SIZE = 3;
const LEAST = 0;
const LATEST = 1;
const QUIET = 2;

/** The table for so many subtasks: nobody has given a record or been quiet yet. */
export function createTimes(subtasks: number): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(subtasks * SIZE * 8);
  const table = new Float64Array(shared);
  for (let i = 0; i < subtasks; i++) {
    table[i * SIZE + LEAST] = Number.NEGATIVE_INFINITY;
    table[i * SIZE + LATEST] = Number.NEGATIVE_INFINITY;
  }
  return shared;
}

/** Which subtasks one reads the numbers of; places in the table. */
export interface SourcePlaces {
  own: number;
  /** All subtasks of its source. */
  source: readonly number[];
  /** All subtasks of all sources that are held together with it. */
  aligned: readonly number[];
}

/**
 * What the subtasks of sources know of each other's event time: a table in shared memory, of which each writes its own
 * place. Nothing is locked and nobody is told: a number is read a little late, and each of them only grows, or is one that
 * its owner writes before it waits for others.
 */
export class SourceTimes {
  readonly #table: Float64Array;
  readonly #places: SourcePlaces;

  constructor(shared: SharedArrayBuffer, places: SourcePlaces) {
    this.#table = new Float64Array(shared);
    this.#places = places;
  }

  /** Of the splits that others have to wait for, the least watermark; ∞ when there is none. */
  tellLeast(watermark: number): void {
    this.#table[this.#places.own * SIZE + LEAST] = watermark;
  }

  /** The event time that its splits had come to with the last record, and for how long nothing has come since, ms. */
  tellQuiet(latest: number, quietMs: number): void {
    this.#table[this.#places.own * SIZE + LATEST] = latest;
    this.#table[this.#places.own * SIZE + QUIET] = quietMs;
  }

  /** The least watermark of all that are held together. */
  get least(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const place of this.#places.aligned) least = Math.min(least, this.#table[place * SIZE + LEAST] as number);
    return least;
  }

  /** The latest event time of the source. */
  get latest(): number {
    let latest = Number.NEGATIVE_INFINITY;
    for (const place of this.#places.source) latest = Math.max(latest, this.#table[place * SIZE + LATEST] as number);
    return latest;
  }

  /** For how long all of the source has had nothing, ms. */
  get quietMs(): number {
    let quiet = Number.POSITIVE_INFINITY;
    for (const place of this.#places.source) quiet = Math.min(quiet, this.#table[place * SIZE + QUIET] as number);
    return quiet;
  }
}
