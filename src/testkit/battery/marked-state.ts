import type { KeyedState, KeyedStateOptions } from '../../stage/keyed-state.ts';
import type { Key } from '../../stage/row.ts';
import { pack } from '../../state/pack.ts';

/**
 * A keyed state that finds values which were changed in place without `update` or `set` in the epoch at hand: a checkpoint
 * would miss such a change. The real store cannot tell: it also carries along entries that did not change.
 */
export class MarkedState<T> implements KeyedState<T> {
  readonly #name: string;
  readonly #state: KeyedState<T>;
  readonly #encode: (value: T) => unknown;
  readonly #marked = new Set<string>();
  readonly #known = new Map<string, string>();

  constructor(name: string, state: KeyedState<T>, { encode = (value: T) => value }: KeyedStateOptions<T>) {
    this.#name = name;
    this.#state = state;
    this.#encode = encode;
  }

  update(namespace: number, key: Key): T {
    this.#marked.add(idOf(namespace, key));
    return this.#state.update(namespace, key);
  }

  peek(namespace: number, key: Key): T | undefined {
    return this.#state.peek(namespace, key);
  }

  set(namespace: number, key: Key, value: T): void {
    this.#marked.add(idOf(namespace, key));
    this.#state.set(namespace, key, value);
  }

  delete(namespace: number, key: Key): void {
    this.#known.delete(idOf(namespace, key));
    this.#state.delete(namespace, key);
  }

  drop(namespace: number): void {
    for (const [key] of this.#state.entries(namespace)) this.#known.delete(idOf(namespace, key));
    this.#state.drop(namespace);
  }

  namespaces(): Iterable<number> {
    return this.#state.namespaces();
  }

  entries(namespace: number): Iterable<[Key, T]> {
    return this.#state.entries(namespace);
  }

  get size(): number {
    return this.#state.size;
  }

  /** An entry that has changed without having been marked since the last {@link checkpointed}; undefined when there is none. */
  unmarked(): string | undefined {
    for (const namespace of this.#state.namespaces()) {
      for (const [key, value] of this.#state.entries(namespace)) {
        const id = idOf(namespace, key);
        const bytes = Buffer.from(pack(this.#encode(value))).toString('latin1');
        if (this.#known.get(id) !== bytes && !this.#marked.has(id)) return `${this.#name}: ${id}`;
        this.#known.set(id, bytes);
      }
    }
    return undefined;
  }

  checkpointed(): void {
    this.#marked.clear();
  }
}

function idOf(namespace: number, key: Key): string {
  return `namespace ${namespace}, key ${typeof key} ${String(key)}`;
}
