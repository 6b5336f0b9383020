import type { Key } from '#stage';
import { checkPlaces, type Maker, type Model, notMergeable } from './model.ts';
import { type SavedSlots, Slots, type SlotsLimits } from './slots.ts';

export interface SavedInstance {
  used: number;
  origin: number;
  time: number;
  order: number;
  slots: SavedSlots;
  model: unknown;
}

/** The model of one key, with the places of its features. */
export class Instance<M extends Model> {
  readonly model: M;
  readonly slots: Slots;
  /** When it was last used, as {@link LatestUsed} counts. */
  used = 0;
  /** The number of the model that came in its place, or −1. */
  origin = -1;
  /** Of the record that it last learned from. */
  time = Number.NaN;
  order = Number.NaN;

  constructor(model: M, slots: Slots) {
    this.model = model;
    this.slots = slots;
  }

  static create<M extends Model>(maker: Maker<M>, limits: SlotsLimits): Instance<M> {
    return new Instance(maker.create(), new Slots(limits));
  }

  /** Takes in what another has learned. Throws `WEIR_MERGE` when this learner's models cannot. */
  merge(other: Instance<M>): void {
    if (this.model.merge === undefined) throw notMergeable();
    const slots = this.slots.adopt(other.slots);
    checkPlaces(this.model, { slots });
    this.model.merge(other.model, { slots, d: this.slots.names.length });
  }

  save(): SavedInstance {
    const { used, origin, time, order, slots, model } = this;
    return { used, origin, time, order, slots: slots.save(), model: model.save() };
  }

  static restore<M extends Model>(maker: Maker<M>, limits: SlotsLimits, data: unknown): Instance<M> {
    const { used, origin, time, order, slots, model } = data as SavedInstance;
    const instance = new Instance(maker.restore(model), Slots.restore(limits, slots));
    return Object.assign(instance, { used, origin, time, order });
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
    const inOrder = [...entries].sort(([, a], [, b]) => a.used - b.used);
    this.#keys = new Map(inOrder);
    this.#last = undefined;
    this.#count = inOrder.at(-1)?.[1].used ?? 0;
  }
}
