import { formatDuration } from '#stage';

/** No more often is it said that a system is away. */
const SAY_EVERY_MS = 60_000;

interface Around {
  now(): number;
  log(level: 'info' | 'warn', text: string): void;
}

/** Tells that a system is away: at once, then each minute at most, and when it is back, if it was told that it was away. */
export class Outage {
  readonly #where: string;
  readonly #around: Around;
  #since: number | undefined;
  #saidAt = Number.NEGATIVE_INFINITY;
  #isTold = false;

  constructor(where: string, around: Around) {
    this.#where = where;
    this.#around = around;
  }

  /** A try has failed, and there will be another one. */
  lasts(why: string): void {
    const now = this.#around.now();
    this.#since ??= now;
    if (now - this.#saidAt < SAY_EVERY_MS) return;
    const time = now > this.#since ? `, for ${formatDuration(now - this.#since)} now` : '';
    this.#saidAt = now;
    this.#isTold = true;
    this.#around.log('warn', `${this.#where}: ${why}${time}; it is tried again`);
  }

  /** A try has not failed. */
  ends(): void {
    if (this.#isTold) this.#around.log('info', `${this.#where}: it answers again`);
    this.#isTold = false;
    this.#since = undefined;
  }
}
