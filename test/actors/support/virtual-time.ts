/** A clock that moves only when told. */
export class VirtualTime {
  now = 1_000_000;
  #timers: { at: number; ms: number; task: () => void }[] = [];
  #watchers: (() => void)[] = [];

  after = (ms: number, task: () => void): (() => void) => {
    const timer = { at: this.now + ms, ms, task };
    this.#timers.push(timer);
    for (const watcher of this.#watchers.splice(0)) watcher();
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** The durations that are being waited for. */
  get waiting(): number[] {
    return this.#timers.map(({ ms }) => ms);
  }

  advance(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.now = due.at;
      due.task();
    }
    this.now = until;
  }

  /** Resolves with the duration of a timer that fits as soon as there is one. */
  async until(fits: (ms: number) => boolean): Promise<number> {
    for (;;) {
      const found = this.waiting.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }
}
