/** A bounded queue of messages, first in, first out. A ring that grows with need up to `capacity` messages. */
export class Mailbox {
  /** Messages it takes before it refuses. */
  readonly capacity: number;
  /** Messages in it. */
  length = 0;
  private items: unknown[] = new Array(16).fill(undefined);
  private head = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** False when full. */
  push(message: unknown): boolean {
    if (this.length >= this.capacity) return false;
    this.force(message);
    return true;
  }

  /** Past the bound, for what the system itself sends: signals of watched actors and timers, both few. */
  force(message: unknown): void {
    if (this.length === this.items.length) this.grow();
    this.items[(this.head + this.length) & (this.items.length - 1)] = message;
    this.length++;
  }

  /** The oldest message. Only while `length` is not 0. */
  shift(): unknown {
    const message = this.items[this.head];
    this.items[this.head] = undefined;
    this.head = (this.head + 1) & (this.items.length - 1);
    this.length--;
    return message;
  }

  private grow(): void {
    const { items, head } = this;
    this.items = [...items.slice(head), ...items.slice(0, head), ...new Array(items.length).fill(undefined)];
    this.head = 0;
  }
}
