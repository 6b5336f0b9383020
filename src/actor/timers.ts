import type { Cancel, Clock } from '../world/clock.ts';
import { Envelope } from './envelope.ts';

/** The timers of one life of an actor: all are gone when it ends. */
export class Timers {
  private readonly clock: Clock;
  private readonly running = new Set<Cancel>();
  private over = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Runs `task` once, `ms` from now. */
  after(ms: number, task: () => void): Cancel {
    if (this.over) return () => {};
    const stop = this.clock.after(ms, () => {
      this.running.delete(cancel);
      task();
    });
    const cancel = () => {
      stop();
      this.running.delete(cancel);
    };
    this.running.add(cancel);
    return cancel;
  }

  /** Runs `task` every `ms`, without drift: a late turn shortens the next wait; turns missed altogether are left out. */
  every(ms: number, task: () => void): Cancel {
    let due = this.clock.monotonic() + ms;
    let stop: Cancel;
    const tick = () => {
      const now = this.clock.monotonic();
      due += ms * Math.max(1, Math.ceil((now - due) / ms));
      stop = this.after(due - now, tick);
      task();
    };
    stop = this.after(ms, tick);
    return () => stop();
  }

  /** Stops all, and takes no more. */
  end(): void {
    this.over = true;
    for (const cancel of [...this.running]) cancel();
  }
}

/** The message of a timer that repeats, at most once in the mailbox: a slow actor is not to find a heap of them. */
export class Tick extends Envelope {
  waiting = false;

  take(): boolean {
    this.waiting = false;
    return true;
  }

  answer(): void {}

  refuse(): void {}

  drop(): void {
    this.waiting = false;
  }
}
