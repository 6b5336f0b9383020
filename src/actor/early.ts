import type { Cancel, Clock } from '../world/clock.ts';

/** How long a frame waits for the actor it is about, milliseconds. */
const PATIENCE_MS = 1_000;
/** Frames that wait for one actor, at most. */
const MOST = 1_000;

interface Held {
  deliver: () => void;
  giveUp: () => void;
}

/**
 * Frames about actors that are not here yet. An address can overtake the actor: A has B started on another thread and
 * gives its address to C, whose message comes by another link than A's order to start.
 */
export class Early {
  private readonly clock: Clock;
  private readonly held = new Map<number, { frames: Held[]; timer: Cancel }>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Keeps a frame for `serial`: `deliver` is called when the actor is there, `giveUp` when it does not come. */
  hold(serial: number, deliver: () => void, giveUp: () => void): void {
    const known = this.held.get(serial);
    if (known && known.frames.length >= MOST) giveUp();
    else if (known) known.frames.push({ deliver, giveUp });
    else {
      const timer = this.clock.after(PATIENCE_MS, () => {
        for (const frame of this.take(serial)) frame.giveUp();
      });
      this.held.set(serial, { frames: [{ deliver, giveUp }], timer });
    }
  }

  /** The actor is there. */
  arrived(serial: number): void {
    for (const frame of this.take(serial)) frame.deliver();
  }

  private take(serial: number): Held[] {
    const known = this.held.get(serial);
    if (!known) return [];
    known.timer();
    this.held.delete(serial);
    return known.frames;
  }
}
