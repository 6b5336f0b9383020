import type { Clock } from '../world/clock.ts';
import { Mailbox } from './mailbox.ts';

/** Something that is given turns. */
export interface Runnable {
  /** In the scheduler's line, or having its turn. Written by the scheduler. */
  queued: boolean;
  /** One turn that begins `now` and is over at about `deadline` (both monotonic). True when it wants another. Must not throw but on a bug of ours. */
  turn(now: number, deadline: number): boolean;
}

/** How long turns follow each other before the loop has its share, milliseconds. */
const SLICE_MS = 1;
/** As many turns at most: in a simulator no time passes during turns. */
const SLICE_TURNS = 256;

/**
 * Gives turns to the actors of one thread, first come, first served, each back at the end of the line. After about a
 * millisecond the loop has its share, so sockets and timers live on the same thread. Writes the pulse: a watchdog on
 * another thread sees by it how long the running turn has been going on.
 */
export class Scheduler {
  private readonly clock: Clock;
  private readonly pulse: Float64Array;
  private readonly line = new Mailbox(Number.POSITIVE_INFINITY);
  private running = false;
  private deferred = false;

  constructor(clock: Clock, pulse: Float64Array) {
    this.clock = clock;
    this.pulse = pulse;
  }

  /** Puts it in line; not if it is there already. */
  add(runnable: Runnable): void {
    if (runnable.queued) return;
    runnable.queued = true;
    this.line.force(runnable);
    if (!this.running) this.defer();
  }

  private defer(): void {
    if (this.deferred) return;
    this.deferred = true;
    this.clock.defer(this.run);
  }

  private readonly run = () => {
    const { line, clock, pulse } = this;
    this.deferred = false;
    this.running = true;
    let now = clock.monotonic();
    const end = now + SLICE_MS;
    try {
      for (let turns = 0; line.length > 0 && now < end && turns < SLICE_TURNS; turns++) {
        const runnable = line.shift() as Runnable;
        pulse[0] = now;
        const more = runnable.turn(now, end);
        if (more) line.force(runnable);
        else runnable.queued = false;
        // One reading of the clock ends this turn and begins the next.
        now = clock.monotonic();
        pulse[1]!++;
      }
    } finally {
      pulse[0] = 0;
      this.running = false;
      if (line.length > 0) this.defer();
    }
  };
}
