import type { ControlPort } from '../world/threads.ts';
import type { Draw } from './draw.ts';
import type { Actor, Schedule } from './schedule.ts';

/** One end of a control line between two actors: messages are copied, take their time, and keep their order. */
export class SimControl implements ControlPort {
  readonly #schedule: Schedule;
  readonly #draw: Draw;
  readonly #owner: Actor;
  readonly #latencyMs: number;
  #other: SimControl | undefined;
  #handler: ((message: unknown) => void) | undefined;
  readonly #early: unknown[] = [];
  /** Messages on their way to this end. */
  #coming: { at: number; message: unknown }[] = [];
  #closed = false;
  /** What becomes of a message that is posted here; for planted defects. */
  alter: (message: unknown) => unknown = (message) => message;

  constructor(schedule: Schedule, draw: Draw, owner: Actor, latencyMs: number) {
    this.#schedule = schedule;
    this.#draw = draw;
    this.#owner = owner;
    this.#latencyMs = latencyMs;
  }

  connect(other: SimControl): void {
    this.#other = other;
    other.#other = this;
  }

  get onMessage() {
    return this.#handler;
  }

  set onMessage(handler: ((message: unknown) => void) | undefined) {
    this.#handler = handler;
    if (handler) for (const message of this.#early.splice(0)) handler(message);
  }

  post(message: unknown, transfer: ArrayBuffer[] = []): void {
    if (this.#closed) return;
    const copy = structuredClone(this.alter(message), { transfer });
    if (this.#other) this.#other.#send(copy);
  }

  #send(message: unknown): void {
    const last = this.#coming.at(-1)?.at ?? 0;
    const at = Math.max(last, this.#schedule.now + this.#draw.next() * 2 * this.#latencyMs);
    this.#coming.push({ at, message });
    if (this.#coming.length === 1) this.#await();
  }

  #await(): void {
    const next = this.#coming[0];
    if (next === undefined) return;
    this.#schedule.add(this.#owner, Math.max(0, next.at - this.#schedule.now), 'control', () => {
      const { message } = this.#coming.shift() as { message: unknown };
      this.#await();
      if (this.#closed) return;
      if (this.#handler) this.#handler(message);
      else this.#early.push(message);
    });
  }

  /** The other end has died: of what is on its way only the first messages may come. Gives how long they take, ms. */
  cutShort(): number {
    // The first one has its event already.
    if (this.#coming.length > 1) this.#coming.length = 1 + this.#draw.int(this.#coming.length);
    return this.lastIn();
  }

  /** In how many milliseconds the last message that is on its way here arrives. */
  lastIn(): number {
    return Math.max(0, (this.#coming.at(-1)?.at ?? 0) - this.#schedule.now);
  }

  close(): void {
    this.#closed = true;
  }
}
