import { printable, WeirError } from '#stage';
import type { FeatureRow } from './feature-row.ts';
import { LARGEST, measurable } from './measurable.ts';
import type { RowReader } from './row-reader.ts';
import { letterGrams, words } from './tokens.ts';

/** Hashes of words that are told apart, and as many of runs of letters. */
const BUCKETS = 2 ** 14;
/** Readers whose plans are kept. */
const PLANS = 16;

/** The slots of a feature that is text: of its levels, and the one that those share which came beyond the bounds. */
interface Levels {
  levels: Map<string, number>;
  other: number | undefined;
}

/** A feature's slot, or of one that is text: those of its levels. */
type Place = { slot: number } | Levels;

/** The slots of the numbers that a reader reads, as of so many features. */
interface Plan {
  readonly reader: RowReader;
  readonly features: number;
  readonly slots: Int32Array;
}

/** Bounds of the features of one model. */
export interface SlotsLimits {
  /** Levels of a text feature with a slot of their own; those seen later share one. */
  levels: number;
  /** Slots in all, but for those shared ones. */
  slots: number;
  /** What is told besides of learners that take more. */
  instead?: string;
}

export interface SavedSlots {
  names: string[];
  numbers: [feature: string, slot: number][];
  levels: [feature: string, levels: [level: string, slot: number][], other?: number][];
  /** Bucket and slot of each hash seen. */
  hashes: [bucket: number, slot: number][];
}

/**
 * Where the features of one model stand in its rows. A number or a truth value has one slot, a text one slot for each of its
 * levels (one-hot), given out in the order of first sight. What a feature is, its first value decides. Words and runs of letters
 * are hashed: one slot for each hash seen.
 */
export class Slots {
  /** What each slot is: `distance`, `carrier=AA`, `carrier (other)` for its levels beyond the bounds, `#1204` for a hash. */
  readonly names: string[] = [];
  readonly #limits: SlotsLimits;
  readonly #places = new Map<string, Place>();
  #hashes: Int32Array | undefined;
  /** The slots of the numbers that a reader reads, as of so many features. */
  readonly #plans = new Map<RowReader, Plan>();
  #latest: Plan | undefined;

  constructor(limits: SlotsLimits) {
    this.#limits = limits;
  }

  /** For each feature of a reader: its slot if it is a number, or −1. O(1), but when features have come since. */
  planOf(reader: RowReader): Int32Array {
    const features = this.#places.size;
    const latest = this.#latest;
    if (latest !== undefined && latest.reader === reader && latest.features === features) return latest.slots;
    let plan = this.#plans.get(reader);
    if (plan === undefined || plan.features !== features) {
      if (this.#plans.size >= PLANS) this.#plans.clear();
      plan = { reader, features, slots: this.#slotsOf(reader) };
      this.#plans.set(reader, plan);
    }
    this.#latest = plan;
    return plan.slots;
  }

  #slotsOf(reader: RowReader): Int32Array {
    const slots = Int32Array.from(reader.names, (name) => {
      const place = this.#places.get(name);
      return place !== undefined && 'slot' in place ? place.slot : -1;
    });
    // Models that know these features by the same slots have one plan.
    return slots.every((slot, i) => slot === i) ? reader.inOrder : slots;
  }

  /** Throws `WEIR_FEATURE` for a value that the feature does not take. */
  check(feature: string, value: unknown): void {
    if (value === null || value === undefined || typeof value === 'boolean') return;
    const place = this.#places.get(feature);
    const isNumber = place !== undefined && 'slot' in place;
    if (typeof value === 'number') {
      if (place === undefined || isNumber) finite(feature, value);
      return;
    }
    if (typeof value === 'string' && !isNumber) return;
    const what = typeof value === 'string' ? `text, '${printable(value.slice(0, 40))}'` : typeof value;
    const wanted = isNumber ? 'a number as before' : 'a number, true, false or text';
    throw new WeirError('WEIR_FEATURE', `the feature ${feature} is ${what} and not ${wanted}`);
  }

  /** Adds a feature's value, which has been checked, to the row. Null is nothing. Throws `WEIR_FEATURE` where there is no room. */
  put(feature: string, value: unknown, row: FeatureRow): void {
    if (value === null || value === undefined) return;
    const place = this.#places.get(feature);
    if (place !== undefined && 'levels' in place) {
      row.add(this.#levelSlot(feature, place, String(value)), 1);
    } else if (typeof value === 'string') {
      row.add(this.#levelSlot(feature, this.#newText(feature), value), 1);
    } else row.add(place === undefined ? this.#newNumber(feature) : place.slot, Number(value));
  }

  /** Adds a text's words (1 for each that is there) and runs of letters (their counts, scaled to length 1) to the row. */
  putText(text: string, row: FeatureRow): void {
    words(text, (hash) => {
      const slot = this.#hashSlot(hash % BUCKETS);
      if (slot >= 0 && !row.has(slot)) row.add(slot, 1);
    });
    const first = row.n;
    letterGrams(text, (hash) => {
      const slot = this.#hashSlot(BUCKETS + (hash % BUCKETS));
      if (slot >= 0) row.add(slot, 1);
    });
    let squares = 0;
    for (let i = first; i < row.n; i++) squares += (row.dense[row.index[i] as number] as number) ** 2;
    const scale = 1 / Math.sqrt(squares || 1);
    for (let i = first; i < row.n; i++) {
      const slot = row.index[i] as number;
      row.dense[slot] = (row.dense[slot] as number) * scale;
    }
  }

  #newNumber(feature: string): number {
    this.#reserve(feature);
    const slot = this.names.push(feature) - 1;
    this.#places.set(feature, { slot });
    return slot;
  }

  #newText(feature: string): Levels {
    this.#reserve(feature);
    const place = { levels: new Map<string, number>(), other: undefined };
    this.#places.set(feature, place);
    return place;
  }

  #reserve(feature: string): void {
    const most = this.#limits.slots;
    if (this.names.length < most) return;
    const what = `the feature ${feature} is one more than the ${most} that a model of this learner takes`;
    throw new WeirError(
      'WEIR_FEATURE',
      `${what}: name fewer by features, or leave some out by drop${this.#limits.instead ?? ''}`,
    );
  }

  #levelSlot(feature: string, place: Levels, level: string): number {
    const { levels } = place;
    const known = levels.get(level);
    if (known !== undefined) return known;
    if (levels.size >= this.#limits.levels || this.names.length >= this.#limits.slots) {
      return this.#otherSlot(feature, place);
    }
    const slot = this.names.push(`${feature}=${level}`) - 1;
    levels.set(level, slot);
    return slot;
  }

  /** No level is called as it is: those have a `=`. */
  #otherSlot(feature: string, place: Levels): number {
    place.other ??= this.names.push(`${feature} (other)`) - 1;
    return place.other;
  }

  /** −1 when there is no room for one more. */
  #hashSlot(bucket: number): number {
    this.#hashes ??= noHashes();
    const slot = this.#hashes[bucket] as number;
    if (slot >= 0 || this.names.length >= this.#limits.slots) return slot;
    this.#hashes[bucket] = this.names.push(`#${bucket}`) - 1;
    return this.#hashes[bucket] as number;
  }

  /**
   * Gives every feature of another a slot here, bounds aside: the own slot of each of its slots. Throws `WEIR_FEATURE` when what
   * is a number there is text here.
   */
  adopt(other: Slots): Int32Array {
    const found = new Int32Array(other.names.length);
    for (const [feature, place] of other.#places) {
      const own = this.#places.get(feature);
      if (own !== undefined && 'slot' in own !== 'slot' in place) {
        throw new WeirError(
          'WEIR_FEATURE',
          `the feature ${feature} is a number in one of two models to merge, and text in the other`,
        );
      }
      if ('slot' in place) found[place.slot] = own !== undefined && 'slot' in own ? own.slot : this.#newNumber(feature);
      else {
        const text = own !== undefined && 'levels' in own ? own : this.#newText(feature);
        for (const [level, slot] of place.levels) found[slot] = this.#levelSlot(feature, text, level);
        if (place.other !== undefined) found[place.other] = this.#otherSlot(feature, text);
      }
    }
    other.#hashes?.forEach((slot, bucket) => {
      if (slot >= 0) found[slot] = this.#hashSlot(bucket);
    });
    return found;
  }

  save(): SavedSlots {
    const numbers: SavedSlots['numbers'] = [];
    const levels: SavedSlots['levels'] = [];
    for (const [feature, place] of this.#places) {
      if ('slot' in place) numbers.push([feature, place.slot]);
      else if (place.other === undefined) levels.push([feature, [...place.levels]]);
      else levels.push([feature, [...place.levels], place.other]);
    }
    const hashes: SavedSlots['hashes'] = [];
    this.#hashes?.forEach((slot, bucket) => {
      if (slot >= 0) hashes.push([bucket, slot]);
    });
    return { names: this.names, numbers, levels, hashes };
  }

  static restore(limits: SlotsLimits, { names, numbers, levels, hashes }: SavedSlots): Slots {
    const slots = new Slots(limits);
    // One by one: there may be more than a call takes arguments.
    for (const name of names) slots.names.push(name);
    for (const [feature, slot] of numbers) slots.#places.set(feature, { slot });
    for (const [feature, list, other] of levels) slots.#places.set(feature, { levels: new Map(list), other });
    if (hashes.length > 0) slots.#hashes = noHashes();
    for (const [bucket, slot] of hashes) (slots.#hashes as Int32Array)[bucket] = slot;
    return slots;
  }
}

function noHashes(): Int32Array {
  return new Int32Array(2 * BUCKETS).fill(-1);
}

function finite(feature: string, value: number): number {
  if (measurable(value)) return value;
  throw new WeirError('WEIR_FEATURE', `the feature ${feature} is ${value} and no number up to ${LARGEST}`);
}
