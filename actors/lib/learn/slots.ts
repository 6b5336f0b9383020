import { printable, WeirError } from '#stage';
import { LARGEST, measurable } from './measurable.ts';

const OTHER = 'other';

type Kind = 'number' | 'category';

interface SavedSlots {
  names: string[];
  kinds: [feature: string, kind: Kind][];
  levels: [feature: string, levels: [level: string, slot: number][]][];
}

/**
 * Where the features of one model stand in its rows. A number or a truth value has one slot, a text one slot for each of its
 * levels (one-hot), given out in the order of first sight. What a feature is, its first value decides.
 */
export class Slots {
  /** What each slot is: `distance`, `carrier=AA`. */
  readonly names: string[] = [];
  readonly #kinds = new Map<string, Kind>();
  readonly #numbers = new Map<string, number>();
  readonly #levels = new Map<string, Map<string, number>>();
  readonly #mostLevels: number;

  /** `mostLevels`: of a feature; rarer ones that come later share a slot. */
  constructor(mostLevels: number) {
    this.#mostLevels = mostLevels;
  }

  /**
   * Adds a feature's value to a row that is zero so far. Null is nothing. Gives the row, which is another one when it had to
   * grow. Throws `WEIR_FEATURE`.
   */
  put(feature: string, value: unknown, x: Float64Array): Float64Array {
    if (value === null || value === undefined) return x;
    const kind = this.#kinds.get(feature);
    if (typeof value === 'number' || typeof value === 'boolean') {
      if (kind !== 'category') return this.#set(this.#numberSlot(feature), finite(feature, Number(value)), x);
      return this.#set(this.#levelSlot(feature, String(value)), 1, x);
    }
    if (typeof value === 'string' && kind !== 'number') return this.#set(this.#levelSlot(feature, value), 1, x);
    const what = typeof value === 'string' ? `text, '${printable(value.slice(0, 40))}'` : typeof value;
    const wanted = kind === 'number' ? 'a number as before' : 'a number, true, false or text';
    throw new WeirError('WEIR_FEATURE', `the feature ${feature} is ${what} and not ${wanted}`);
  }

  #set(slot: number, value: number, x: Float64Array): Float64Array {
    let row = x;
    if (slot >= x.length) {
      row = new Float64Array(2 * (slot + 1));
      row.set(x);
    }
    row[slot] = value;
    return row;
  }

  #numberSlot(feature: string): number {
    let slot = this.#numbers.get(feature);
    if (slot === undefined) {
      this.#kinds.set(feature, 'number');
      slot = this.names.push(feature) - 1;
      this.#numbers.set(feature, slot);
    }
    return slot;
  }

  #levelSlot(feature: string, level: string): number {
    let levels = this.#levels.get(feature);
    if (levels === undefined) {
      this.#kinds.set(feature, 'category');
      levels = new Map();
      this.#levels.set(feature, levels);
    }
    const known = levels.get(level);
    if (known !== undefined) return known;
    const name = levels.size < this.#mostLevels ? level : OTHER;
    let slot = levels.get(name);
    if (slot === undefined) {
      slot = this.names.push(`${feature}=${name}`) - 1;
      levels.set(name, slot);
    }
    return slot;
  }

  save(): SavedSlots {
    const levels = [...this.#levels].map(([feature, map]): SavedSlots['levels'][number] => [feature, [...map]]);
    return { names: this.names, kinds: [...this.#kinds], levels };
  }

  static restore(mostLevels: number, { names, kinds, levels }: SavedSlots): Slots {
    const slots = new Slots(mostLevels);
    slots.names.push(...names);
    for (const [feature, kind] of kinds) {
      slots.#kinds.set(feature, kind);
      if (kind === 'number') slots.#numbers.set(feature, names.indexOf(feature));
    }
    for (const [feature, map] of levels) slots.#levels.set(feature, new Map(map));
    return slots;
  }
}

function finite(feature: string, value: number): number {
  if (measurable(value)) return value;
  throw new WeirError('WEIR_FEATURE', `the feature ${feature} is ${value} and no number up to ${LARGEST}`);
}
