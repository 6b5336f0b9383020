import type { Clock } from '../world/clock.ts';

/** How long one turn lasts before sockets, ports and timers get theirs. */
const TURN_MS = 1;

interface Entry {
  step: (() => boolean) | undefined;
  ready: boolean;
  failed: (error: unknown) => void;
}

/** Gives the chains of one thread their turns, fairly, and the thread's loop its share after every millisecond. */
export class Turns {
  readonly #clock: Clock;
  readonly #pulse: Float64Array;
  readonly #entries: Entry[] = [];
  #queue: Entry[] = [];
  #scheduled = false;
  #stopped = false;

  constructor(clock: Clock, pulse: Float64Array) {
    this.#clock = clock;
    this.#pulse = pulse;
  }

  /** A place for one chain. It takes no turn before `begin`. */
  add(failed: (error: unknown) => void): { wake: () => void; begin: (step: () => boolean) => void } {
    const entry: Entry = { step: undefined, ready: false, failed };
    this.#entries.push(entry);
    return {
      wake: () => this.#wake(entry),
      begin: (step) => {
        entry.step = step;
        this.#wake(entry);
      },
    };
  }

  wakeAll(): void {
    for (const entry of this.#entries) this.#wake(entry);
  }

  stop(): void {
    this.#stopped = true;
    this.#pulse[0] = 0;
  }

  #wake(entry: Entry): void {
    if (entry.ready || entry.step === undefined) return;
    entry.ready = true;
    this.#queue.push(entry);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.#clock.defer(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#stopped) return;
    const queue = this.#queue;
    this.#queue = [];
    for (const entry of queue) {
      entry.ready = false;
      const begun = this.#clock.monotonic();
      this.#pulse[0] = begun;
      try {
        let more = true;
        // A chain that is woken by its own step is in the queue again and goes on there.
        do more = (entry.step as () => boolean)();
        while (more && this.#clock.monotonic() - begun < TURN_MS);
        if (more) this.#wake(entry);
      } catch (error) {
        entry.failed(error);
      }
      this.#pulse[0] = 0;
      this.#pulse[1] = (this.#pulse[1] as number) + 1;
      if (this.#stopped) return;
    }
    if (this.#queue.length > 0) this.#schedule();
  }
}
