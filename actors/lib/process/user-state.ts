import { type Key, type KeyedState, type KeyedStateOptions, type OperatorContext, WeirError } from '#stage';

/** One value of each key. */
export interface ValueState<T> {
  /** The value, or what it begins with. To change it, `set` it: what is changed in place is lost at a restart. */
  get(): T;
  set(value: T): void;
  clear(): void;
}

/** A list of each key. */
export interface ListState<T> {
  get(): readonly T[];
  add(...values: T[]): void;
  set(values: readonly T[]): void;
  clear(): void;
}

/** A map of each key. */
export interface MapState<T> {
  readonly size: number;
  get(name: string | number): T | undefined;
  has(name: string | number): boolean;
  set(name: string | number, value: T): void;
  delete(name: string | number): void;
  entries(): Iterable<[string | number, T]>;
  clear(): void;
}

/** The states that a function of the user's declares, all of the key in hand. */
export class UserStates {
  readonly #context: OperatorContext;
  readonly #keyOf: () => Key;
  readonly #all: KeyedState<unknown>[] = [];
  readonly #names = new Set<string>();
  #open = true;

  constructor(context: OperatorContext, keyOf: () => Key) {
    this.#context = context;
    this.#keyOf = keyOf;
  }

  /** No more states can be declared: they have been restored. */
  close(): void {
    this.#open = false;
  }

  clear(key: Key): void {
    for (const state of this.#all) state.delete(0, key);
  }

  value<T>(name: string, initial: T): ValueState<T> {
    const state = this.#declare<{ value: T }>(name, {
      create: () => ({ value: initial }),
      encode: ({ value }) => value,
      decode: (value) => ({ value: value as T }),
    });
    const { key, clear } = this.#of(state);
    return {
      get: () => {
        const held = state.peek(0, key());
        return held === undefined ? initial : held.value;
      },
      set: (value) => {
        if (checked(value) === undefined) clear();
        else state.set(0, key(), { value });
      },
      clear,
    };
  }

  list<T>(name: string): ListState<T> {
    const state = this.#declare<T[]>(name, { create: () => [] });
    const { key, clear } = this.#of(state);
    return {
      get: () => state.peek(0, key()) ?? [],
      add: (...values) => {
        if (values.length > 0) state.update(0, key()).push(...values.map(checked));
      },
      set: (values) => {
        if (values.length === 0) clear();
        else state.set(0, key(), values.map(checked));
      },
      clear,
    };
  }

  map<T>(name: string): MapState<T> {
    const state = this.#declare<Map<string | number, T>>(name, {
      create: () => new Map(),
      encode: (map) => [...map],
      decode: (entries) => new Map(entries as [string | number, T][]),
    });
    const { key, clear } = this.#of(state);
    const held = () => state.peek(0, key());
    return {
      get size() {
        return held()?.size ?? 0;
      },
      get: (field) => held()?.get(field),
      has: (field) => held()?.has(field) === true,
      set: (field, value) => void state.update(0, key()).set(field, checked(value)),
      delete: (field) => {
        const map = held();
        if (map?.has(field) !== true) return;
        if (map.size === 1) clear();
        else state.update(0, key()).delete(field);
      },
      entries: () => held() ?? [],
      clear,
    };
  }

  #declare<T>(name: string, options: KeyedStateOptions<T>): KeyedState<T> {
    if (!this.#open) throw new WeirError('WEIR_PROCESS', `state ${name} is declared too late: declare it at creation`);
    if (this.#names.has(name)) throw new WeirError('WEIR_PROCESS', `state ${name} is declared twice`);
    this.#names.add(name);
    const state = this.#context.keyed<T>(`user ${name}`, options);
    this.#all.push(state as KeyedState<unknown>);
    return state;
  }

  #of<T>(state: KeyedState<T>) {
    return { key: this.#keyOf, clear: () => state.delete(0, this.#keyOf()) };
  }
}

/** Only the top is looked at: what is within is found at the next checkpoint. Throws `WEIR_STATE_VALUE`. */
function checked<T>(value: T): T {
  if (typeof value !== 'function' && typeof value !== 'symbol') return value;
  throw new WeirError('WEIR_STATE_VALUE', `a ${typeof value} cannot be kept as state: keep plain values`);
}
