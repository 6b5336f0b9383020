import type { Cancel, Clock } from '../world/clock.ts';

interface Timer {
  at: number;
  number: number;
  task: () => void;
}

/** A clock that stands still until it is told to go on. Timers run in the order of their times, then as they were set. */
export class VirtualClock implements Clock {
  readonly #start: number;
  #elapsed = 0;
  #number = 0;
  #timers: Timer[] = [];

  /** @param start the wall clock at the beginning, milliseconds since the epoch. */
  constructor(start = 0) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, task: () => void): Cancel {
    const timer: Timer = { at: this.#elapsed + Math.max(0, ms), number: this.#number++, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  defer(task: () => void): void {
    this.after(0, task);
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds to the next timer; undefined when none is set. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#elapsed;
  }

  /** Lets time pass; timers that are due on the way run at their times, those that they set as well. */
  advance(ms: number): void {
    const until = this.#elapsed + ms;
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.task();
    }
    this.#elapsed = until;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.number < first.number)) {
        first = timer;
      }
    }
    return first;
  }
}
