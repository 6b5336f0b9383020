/** Something that came from outside and waits for the stream. */
export interface Message {
  readonly bytes: Buffer;
  /** When it came, ms. */
  readonly time: number;
  /** Who sent it. */
  readonly from?: string | undefined;
  /** Why it is no message: then it is a dead letter. */
  readonly refused?: string | undefined;
  /** Where reading goes on behind it, of sources that can; plain data. */
  readonly mark?: unknown;
}

/** What a message takes besides its bytes. */
const OVERHEAD = 200;

/** The bounded queue between what comes and the stream. Whoever fills it looks whether it is full, and waits. */
export class Inbox {
  readonly #limit: number;
  readonly #wake: () => void;
  #messages: Message[] = [];
  #next = 0;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number, wake: () => void) {
    this.#limit = limit;
    this.#wake = wake;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limit;
  }

  /** Somebody waits for room, and so does not read. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  get size(): number {
    return this.#messages.length - this.#next;
  }

  put(message: Message): void {
    this.#messages.push(message);
    this.#bytes += message.bytes.length + OVERHEAD;
    this.#wake();
  }

  take(): Message | undefined {
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#messages[this.#next++] = undefined as unknown as Message;
    if (this.#next > 1024 && this.#next * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#next);
      this.#next = 0;
    }
    this.#bytes -= message.bytes.length + OVERHEAD;
    if (this.#bytes * 2 <= this.#limit) for (const task of this.#waiting.splice(0)) task();
    return message;
  }

  /** Runs a task once, as soon as half of the queue is free. */
  whenRoom(task: () => void): void {
    if (this.#bytes * 2 <= this.#limit) task();
    else this.#waiting.push(task);
  }
}
