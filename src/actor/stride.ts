import type { Clock } from '../world/clock.ts';

/** A stretch of messages between two readings of the clock that took longer than this is halved, milliseconds. */
const LONG_MS = 0.2;
const SHORT_MS = 0.05;
const MAX = 64;

/**
 * How many messages an actor may handle between two looks at the clock. A look costs as much as a small message, so an
 * actor of small ones looks seldom, one whose messages take a millisecond after each.
 */
export class Stride {
  private length = 8;
  private left = 8;
  private since = 0;

  /** A turn begins at `now`. */
  begin(now: number): void {
    this.left = this.length;
    this.since = now;
  }

  /** Called after each message: whether the deadline has passed, as far as it was looked. */
  over(clock: Clock, deadline: number): boolean {
    if (--this.left > 0) return false;
    const now = clock.monotonic();
    const spent = now - this.since;
    if (spent > LONG_MS) this.length = Math.max(1, this.length >> 1);
    else if (spent < SHORT_MS) this.length = Math.min(MAX, this.length << 1);
    this.left = this.length;
    this.since = now;
    return now >= deadline;
  }
}
