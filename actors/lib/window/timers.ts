/** A binary min-heap of times, each with something that is due then. Push and pop in O(log n). */
export class Timers<T> {
  readonly #times: number[] = [];
  readonly #items: T[] = [];

  get size(): number {
    return this.#times.length;
  }

  /** The earliest time; NaN, which is neither before nor after any watermark, when nothing is due. */
  get next(): number {
    return this.#times.length === 0 ? Number.NaN : (this.#times[0] as number);
  }

  add(time: number, item: T): void {
    const times = this.#times;
    const items = this.#items;
    let i = times.length;
    times.push(time);
    items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((times[parent] as number) <= time) break;
      times[i] = times[parent] as number;
      items[i] = items[parent] as T;
      i = parent;
    }
    times[i] = time;
    items[i] = item;
  }

  /** Takes what is due earliest. Undefined when empty. */
  take(): T | undefined {
    const times = this.#times;
    const items = this.#items;
    const first = items[0];
    const time = times.pop();
    const item = items.pop() as T;
    if (time === undefined || times.length === 0) return first;
    const half = times.length >> 1;
    let i = 0;
    while (i < half) {
      let child = 2 * i + 1;
      if (child + 1 < times.length && (times[child + 1] as number) < (times[child] as number)) child++;
      if ((times[child] as number) >= time) break;
      times[i] = times[child] as number;
      items[i] = items[child] as T;
      i = child;
    }
    times[i] = time;
    items[i] = item;
    return first;
  }

  clear(): void {
    this.#times.length = 0;
    this.#items.length = 0;
  }
}

/** A set of numbers, smallest first: the namespaces of a state that has windows, so that none has to be searched for. */
export class OpenTimes {
  readonly #known = new Set<number>();
  readonly #heap = new Timers<number>();

  /** The smallest; NaN when empty. */
  get min(): number {
    return this.#heap.next;
  }

  add(time: number): void {
    if (this.#known.has(time)) return;
    this.#known.add(time);
    this.#heap.add(time, time);
  }

  has(time: number): boolean {
    return this.#known.has(time);
  }

  /** Takes the smallest out. */
  takeMin(): void {
    this.#known.delete(this.#heap.take() as number);
  }
}
