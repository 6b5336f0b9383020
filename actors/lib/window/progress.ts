import { hashKey, KEY_GROUPS, type Key, type KeyedState, type OperatorContext, subtaskOfGroup } from '#stage';

/** A key of each key group. */
const KEYS: readonly Key[] = (() => {
  const keys: Key[] = new Array(KEY_GROUPS).fill(null);
  for (let key = 0, left = KEY_GROUPS; left > 0; key++) {
    const group = hashKey(key) % KEY_GROUPS;
    if (keys[group] !== null) continue;
    keys[group] = key;
    left--;
  }
  return keys;
})();

/**
 * How far an operator has come in event time. What it has closed must stay closed after a restore, also for keys that have
 * moved to another subtask, so this is kept with every key group and not as state of the subtask, which does not move.
 */
export class Progress {
  readonly #state: KeyedState<number>;
  readonly #keys: readonly Key[];
  #time = Number.NEGATIVE_INFINITY;

  constructor(context: OperatorContext, name = 'progress') {
    const { subtask, parallelism } = context;
    this.#state = context.keyed<number>(name, { create: () => Number.NEGATIVE_INFINITY });
    this.#keys = KEYS.filter((_, group) => subtaskOfGroup(group, parallelism) === subtask);
  }

  get time(): number {
    return this.#time;
  }

  /** About 3 µs: once for each watermark, not for each record. */
  advance(time: number): void {
    if (time <= this.#time) return;
    this.#time = time;
    // At the end of the input there is nothing left to remember.
    if (time === Number.POSITIVE_INFINITY) this.#state.drop(0);
    else for (const key of this.#keys) this.#state.set(0, key, time);
  }

  restored(): void {
    for (const [, time] of this.#state.entries(0)) if (time > this.#time) this.#time = time;
  }
}
