import type { Clock } from '../world/clock.ts';
import type { ControlPort } from '../world/threads.ts';

/** One end of a control line within a thread: copies each message and delivers it in a later turn, in order. */
export class MemoryControl implements ControlPort {
  private readonly clock: Clock;
  private other: MemoryControl | undefined;
  private handler: ((message: unknown) => void) | undefined;
  private early: unknown[] = [];
  private readonly tasks: (() => void)[] = [];
  private closed = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Makes this and `other` the two ends of one line. */
  connect(other: MemoryControl): void {
    this.other = other;
    other.other = this;
  }

  get onMessage() {
    return this.handler;
  }

  set onMessage(handler: ((message: unknown) => void) | undefined) {
    this.handler = handler;
    if (handler) for (const message of this.early.splice(0)) handler(message);
  }

  post(message: unknown, transfer: ArrayBuffer[] = []): void {
    if (this.closed) return;
    const copy = structuredClone(message, { transfer });
    this.later(() => this.other?.receive(copy));
  }

  /** Runs `then` when all that was posted here has arrived. */
  flush(then: () => void): void {
    this.later(then);
  }

  close(): void {
    this.closed = true;
  }

  private later(task: () => void): void {
    // One line of our own: the clock promises a later turn, not the order of two tasks.
    this.tasks.push(task);
    this.clock.defer(() => this.tasks.shift()?.());
  }

  private receive(message: unknown): void {
    if (this.closed) return;
    if (this.handler) this.handler(message);
    else this.early.push(message);
  }
}
