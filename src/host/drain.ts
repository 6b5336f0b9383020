/** Something that has work to do in small pieces: does at most about `budgetMs` of it, and says whether more is left. */
export interface Drainable {
  drain(budgetMs: number): boolean;
}

/** About how long the links of one thread may keep its loop before sockets and timers have their turn, milliseconds. */
const SLICE_MS = 1;

/**
 * Drains the links of one thread that have frames, all together about a millisecond at a time, between turns of the
 * loop. Asleep it costs nothing.
 */
class Drainer {
  private readonly awake = new Set<Drainable>();
  private scheduled = false;

  /** Puts `link` in line for the coming turns, until it says that nothing is left. */
  wake(link: Drainable): void {
    this.awake.add(link);
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.run);
    }
  }

  /** Takes `link` out of the line. */
  forget(link: Drainable): void {
    this.awake.delete(link);
  }

  private readonly run = () => {
    this.scheduled = false;
    const budget = SLICE_MS / this.awake.size;
    try {
      for (const link of this.awake) if (!link.drain(budget)) this.awake.delete(link);
    } finally {
      // Also when a handler threw, so that a process that lives on after it does not lose the other links.
      if (this.awake.size > 0 && !this.scheduled) {
        this.scheduled = true;
        setImmediate(this.run);
      }
    }
  };
}

/** The one of this thread. */
export const drainer = new Drainer();
