import { hashText } from '../base/hash.ts';
import type { Event } from './schedule.ts';

/** How many of the last steps are kept to be shown. */
const KEPT = 40;

/** What happened, as one number that is the same only if every step was, and the last steps in words. */
export class Trace {
  steps = 0;
  readonly #hashes = new Map<string, number>();
  readonly #last: { step: number; now: number; event: Event }[] = [];
  #hash = 0x811c9dc5;

  add(event: Event, now: number): void {
    this.steps++;
    const { actor, label } = event;
    this.#hash = Math.imul(this.#hash ^ this.#hashOf(actor.name) ^ (this.#hashOf(label) << 1), 0x01000193);
    this.#hash = Math.imul(this.#hash ^ Math.floor(now * 1e6), 0x01000193);
    this.#last[this.steps % KEPT] = { step: this.steps, now, event };
  }

  #hashOf(text: string): number {
    let hash = this.#hashes.get(text);
    if (hash === undefined) {
      hash = hashText(text);
      this.#hashes.set(text, hash);
    }
    return hash;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** The last steps, oldest first. */
  get last(): string[] {
    const inOrder = this.#last.filter((entry) => entry !== undefined).sort((a, b) => a.step - b.step);
    return inOrder.map(({ step, now, event }) => `${step} at ${now.toFixed(3)} ms: ${event.actor.name} ${event.label}`);
  }
}
