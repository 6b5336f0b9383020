import type { Key, Row } from '#stage';
import type { Model, ModelMaker } from './model.ts';
import { Slots } from './slots.ts';

interface Saved {
  used: number;
  slots: ReturnType<Slots['save']>;
  model: unknown;
}

/** The model of one key, with the places of its features and the row in hand. */
export class Instance {
  readonly model: Model;
  readonly slots: Slots;
  /** When it was last used, as {@link LatestUsed} counts. */
  used = 0;
  /** Zero where the row in hand has nothing. */
  #x: Float64Array = new Float64Array(8);

  private constructor(model: Model, slots: Slots) {
    this.model = model;
    this.slots = slots;
  }

  static create(maker: ModelMaker, targets: number, levels: number): Instance {
    return new Instance(maker.create(targets), new Slots(levels));
  }

  /** Loads a row of listed features. Throws `WEIR_FEATURE`. */
  loadValues(names: readonly string[], values: readonly unknown[]): void {
    this.#x.fill(0);
    for (let i = 0; i < names.length; i++) this.#x = this.slots.put(names[i] as string, values[i], this.#x);
  }

  /** Loads all fields of a record but those. Throws `WEIR_FEATURE`. */
  loadFields(row: Row, but: ReadonlySet<string>): void {
    this.#x.fill(0);
    for (const name of Object.keys(row)) if (!but.has(name)) this.#x = this.slots.put(name, row[name], this.#x);
  }

  predict(out: Float64Array): void {
    this.model.predict(this.#x, this.slots.names.length, out);
  }

  learn(y: Float64Array): void {
    this.model.learn(this.#x, this.slots.names.length, y);
  }

  save(): Saved {
    return { used: this.used, slots: this.slots.save(), model: this.model.save() };
  }

  static restore(maker: ModelMaker, levels: number, data: unknown): Instance {
    const { used, slots, model } = data as Saved;
    const instance = new Instance(maker.restore(model), Slots.restore(levels, slots));
    instance.used = used;
    return instance;
  }
}

/** Keeps no more than `most` keys: the one that was not used for longest is forgotten. O(1). */
export class LatestUsed {
  readonly #most: number;
  readonly #forget: (key: Key) => void;
  /** The least recently used first. */
  #keys = new Map<Key, Instance>();
  #last: Instance | undefined;
  #count = 0;

  constructor(most: number, forget: (key: Key) => void) {
    this.#most = most;
    this.#forget = forget;
  }

  touch(key: Key, instance: Instance): void {
    if (instance === this.#last) return;
    this.#last = instance;
    instance.used = ++this.#count;
    this.#keys.delete(key);
    this.#keys.set(key, instance);
    if (this.#keys.size <= this.#most) return;
    const [oldest] = this.#keys.keys();
    this.#keys.delete(oldest as Key);
    this.#forget(oldest as Key);
  }

  restored(entries: Iterable<[Key, Instance]>): void {
    this.#keys = new Map([...entries].sort(([, a], [, b]) => a.used - b.used));
    this.#last = undefined;
    this.#count = Math.max(0, ...[...this.#keys.values()].map(({ used }) => used));
  }
}
