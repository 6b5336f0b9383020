import type { Key } from '#stage';
import type { Maker, Model } from './model.ts';
import { type SavedSlots, Slots, type SlotsLimits } from './slots.ts';

export interface SavedInstance {
  used: number;
  slots: SavedSlots;
  model: unknown;
}

/** The model of one key, with the places of its features. */
export class Instance<M extends Model> {
  readonly model: M;
  readonly slots: Slots;
  /** When it was last used, as {@link LatestUsed} counts. */
  used = 0;

  constructor(model: M, slots: Slots) {
    this.model = model;
    this.slots = slots;
  }

  static create<M extends Model>(maker: Maker<M>, limits: SlotsLimits): Instance<M> {
    return new Instance(maker.create(), new Slots(limits));
  }

  save(): SavedInstance {
    return { used: this.used, slots: this.slots.save(), model: this.model.save() };
  }

  static restore<M extends Model>(maker: Maker<M>, limits: SlotsLimits, data: unknown): Instance<M> {
    const { used, slots, model } = data as SavedInstance;
    const instance = new Instance(maker.restore(model), Slots.restore(limits, slots));
    instance.used = used;
    return instance;
  }
}

/** Keeps no more than `most` keys: the one that was not used for longest is forgotten. O(1). */
export class LatestUsed<T extends { used: number }> {
  readonly #most: number;
  readonly #forget: (key: Key) => void;
  /** The least recently used first. */
  #keys = new Map<Key, T>();
  #last: T | undefined;
  #count = 0;

  constructor(most: number, forget: (key: Key) => void) {
    this.#most = most;
    this.#forget = forget;
  }

  touch(key: Key, instance: T): void {
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

  restored(entries: Iterable<[Key, T]>): void {
    this.#keys = new Map([...entries].sort(([, a], [, b]) => a.used - b.used));
    this.#last = undefined;
    this.#count = Math.max(0, ...[...this.#keys.values()].map(({ used }) => used));
  }
}
