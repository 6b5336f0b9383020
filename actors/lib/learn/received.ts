import { type Key, type KeyedState, messageOf, type OperatorContext, type Row, WeirError } from '#stage';
import { Instance, type SavedInstance } from './instance.ts';
import type { Model } from './model.ts';
import { savedOf } from './published.ts';
import { checkSound, type Trying } from './sound.ts';

/** The key of what is the model of all records. */
const ALL = '';

/** A model that has come, and how many had come then. */
interface Come {
  row: Row;
  number: number;
}

/** Who takes the models. */
interface Learner<M extends Model, L> extends Trying<M, L> {
  readonly kind: string;
}

interface Options {
  /** Models of other keys are parts of one. */
  merge: boolean;
  /** Models kept at most. */
  most: number;
}

/**
 * The models that have come from another learner, the latest of each key; every subtask has all of them. Merged into one, or
 * each for the records of its key; one without a key is for all records.
 */
export class Received<M extends Model, L = unknown> {
  readonly #o: Options;
  readonly #learner: Learner<M, L>;
  readonly #state: KeyedState<Come>;
  #count = 0;
  /** Those in use, as they were restored or merged. */
  readonly #made = new Map<Key, Instance<M>>();

  constructor(context: OperatorContext, options: Options, learner: Learner<M, L>) {
    this.#o = options;
    this.#learner = learner;
    this.#state = context.keyed<Come>('received', { create: () => ({ row: {}, number: 0 }), replicated: true });
  }

  /** Takes a model in. Throws `WEIR_MODEL_FORM`, `WEIR_MODEL_KIND`, and `WEIR_TABLE_FULL` when there would be too many. */
  take(row: Row): void {
    const key = (row.key ?? ALL) as Key;
    // Before it takes the place of one that works.
    this.#of(row, (saved) => checkSound(row, saved, this.#learner));
    if (this.#state.peek(0, key) === undefined && this.#state.size >= this.#o.most) {
      throw new WeirError('WEIR_TABLE_FULL', `more than ${this.#o.most} models have come: raise models`);
    }
    this.#state.set(0, key, { row, number: ++this.#count });
    if (this.#o.merge) this.#made.clear();
    else this.#made.delete(key);
  }

  #restored(row: Row): Instance<M> {
    const { maker, limits } = this.#learner;
    return this.#of(row, (saved) => Instance.restore(maker, limits, saved));
  }

  #of<T>(row: Row, what: (saved: SavedInstance) => T): T {
    try {
      return what(savedOf(row, this.#learner.kind));
    } catch (error) {
      if (error instanceof WeirError && error.code.startsWith('WEIR_MODEL_')) throw error;
      throw new WeirError('WEIR_MODEL_FORM', `this is no model of this learner: ${messageOf(error)}`, { cause: error });
    }
  }

  /** The model for records of a key; undefined when none has come. */
  get(key: Key): Instance<M> | undefined {
    const name = this.#o.merge || this.#state.peek(0, key ?? ALL) === undefined ? ALL : (key ?? ALL);
    let made = this.#made.get(name);
    if (made === undefined) {
      made = this.#o.merge ? this.#merged() : this.#one(name);
      if (made === undefined) return undefined;
      made.origin = this.#origin(name);
      this.#made.set(name, made);
    }
    return made;
  }

  /** Tells a model from those that came before it in its place. */
  #origin(name: Key): number {
    return this.#o.merge ? this.#count : (this.#state.peek(0, name)?.number ?? 0);
  }

  restored(): void {
    for (const [, { number }] of this.#state.entries(0)) this.#count = Math.max(this.#count, number);
  }

  #one(key: Key): Instance<M> | undefined {
    const come = this.#state.peek(0, key);
    return come === undefined ? undefined : this.#restored(come.row);
  }

  /** All of them as one, in the order of their keys, so that every subtask and every run gets the same. */
  #merged(): Instance<M> | undefined {
    const parts = [...this.#state.entries(0)].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    const [first, ...others] = parts.map(([, { row }]) => this.#restored(row));
    for (const other of others) (first as Instance<M>).merge(other);
    return first;
  }
}
