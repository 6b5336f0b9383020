import { ActorSystem, type SystemOptions } from '../../src/actor/system.ts';
import { prng } from '../../src/base/prng.ts';
import type { Cancel, Clock } from '../../src/world/clock.ts';

interface Timer {
  at: number;
  order: number;
  task: () => void;
}

/** Virtual time: it moves only when told to, and what is deferred runs only then. */
export class ManualClock implements Clock {
  private time = 0;
  private orders = 0;
  private readonly deferred: (() => void)[] = [];
  private readonly timers = new Set<Timer>();

  now(): number {
    return 1_700_000_000_000 + this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(ms: number, task: () => void): Cancel {
    const timer = { at: this.time + ms, order: this.orders++, task };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  defer(task: () => void): void {
    this.deferred.push(task);
  }

  /** Runs what is deferred, and the promises that follow from it, until nothing is left to do at this time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet++) {
      for (const task of this.deferred.splice(0)) {
        task();
        quiet = -1;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await this.settle();
    for (let next = this.next(end); next; next = this.next(end)) {
      this.time = Math.max(this.time, next.at);
      this.timers.delete(next);
      next.task();
      await this.settle();
    }
    this.time = end;
  }

  /** Time passes, but nothing runs: the thread is busy. */
  jump(ms: number): void {
    this.time += ms;
  }

  /** Settles again and again until `done`: for what waits for the real world, such as the loading of a module. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await this.settle();
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.timers.size;
  }

  private next(end: number): Timer | undefined {
    const due = [...this.timers].filter((timer) => timer.at <= end);
    return due.sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}

/** A system on this thread in virtual time, and its clock. */
export function virtual(options: SystemOptions = {}): { system: ActorSystem; clock: ManualClock } {
  const clock = new ManualClock();
  return { system: ActorSystem.local({ clock, random: { next: prng(1) } }, options), clock };
}

/** The outcome of a promise, to look at when time has passed. */
export function outcome<T>(promise: Promise<T>): { value?: T; code?: string; error?: unknown; done: boolean } {
  const result: { value?: T; code?: string; error?: unknown; done: boolean } = { done: false };
  promise.then(
    (value) => Object.assign(result, { value, done: true }),
    (error) => Object.assign(result, { error, code: error?.code, done: true }),
  );
  return result;
}
