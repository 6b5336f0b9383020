/** A bounded queue between what comes from outside and the stream. Whoever fills it looks whether it is full, and waits. */
export class BoundedQueue<T> {
  readonly #limit: number;
  readonly #wake: () => void;
  readonly #weigh: (item: T) => number;
  #items: T[] = [];
  #next = 0;
  #weight = 0;
  #waiting: (() => void)[] = [];

  /** `limit` is in the units of `weigh`; `wake` is called for each item that comes. */
  constructor(limit: number, wake: () => void, weigh: (item: T) => number) {
    this.#limit = limit;
    this.#wake = wake;
    this.#weigh = weigh;
  }

  get isFull(): boolean {
    return this.#weight >= this.#limit;
  }

  /** Somebody waits for room, and so does not read. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  get size(): number {
    return this.#items.length - this.#next;
  }

  put(item: T): void {
    this.#items.push(item);
    this.#weight += this.#weigh(item);
    this.#wake();
  }

  take(): T | undefined {
    const item = this.#items[this.#next];
    if (item === undefined) return undefined;
    this.#items[this.#next++] = undefined as T;
    if (this.#next > 1024 && this.#next * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    this.#weight -= this.#weigh(item);
    if (this.#weight * 2 <= this.#limit) for (const task of this.#waiting.splice(0)) task();
    return item;
  }

  /** Runs a task once, as soon as half of the queue is free. */
  whenRoom(task: () => void): void {
    if (this.#weight * 2 <= this.#limit) task();
    else this.#waiting.push(task);
  }
}
