interface Timer<T> {
  readonly time: number;
  readonly order: number;
  readonly item: T;
}

function isBefore(a: Timer<unknown>, b: Timer<unknown>): boolean {
  return a.time === b.time ? a.order < b.order : a.time < b.time;
}

/** A binary min-heap of times, each with something that is due then. Push and pop in O(log n). */
export class Timers<T> {
  readonly #heap: Timer<T>[] = [];

  /** The earliest time; NaN, which is neither before nor after any watermark, when nothing is due. */
  get next(): number {
    return this.#heap[0]?.time ?? Number.NaN;
  }

  /** Of what is due at the same time, the smallest order comes first. */
  add(time: number, item: T, order = 0): void {
    const heap = this.#heap;
    const timer = { time, order, item };
    let i = heap.length;
    heap.push(timer);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(timer, heap[parent] as Timer<T>)) break;
      heap[i] = heap[parent] as Timer<T>;
      i = parent;
    }
    heap[i] = timer;
  }

  /** Takes what is due earliest. Undefined when empty. */
  take(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first?.item;
    const half = heap.length >> 1;
    let i = 0;
    while (i < half) {
      let child = 2 * i + 1;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer<T>, heap[child] as Timer<T>)) child++;
      if (!isBefore(heap[child] as Timer<T>, last)) break;
      heap[i] = heap[child] as Timer<T>;
      i = child;
    }
    heap[i] = last;
    return first?.item;
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
