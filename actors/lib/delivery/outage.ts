import { formatDuration } from '#stage';

/** An outage that lasts is told of again after this, ms. */
const AGAIN_MS = 60_000;
/** What passes within so many tries, and within this, ms, is not told of. */
const QUIET_TRIES = 3;
const QUIET_MS = 3000;

export interface OutageHost {
  now(): number;
  log(level: 'info' | 'warn', text: string): void;
}

/**
 * Tells of a system that does not answer: when an outage begins, once a minute while it lasts, and when it is over, however many
 * tasks try anew and how often. Of several within a minute only the first is told.
 */
export class Outage {
  readonly #where: string;
  readonly #host: OutageHost;
  readonly #quiet: number;
  readonly #failing = new Set<object>();
  /** Since when each task has been trying in vain. */
  readonly #trying = new WeakMap<object, number>();
  #since: number | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #isTold = false;

  /** The first failures of a task, `quiet` of them, are not told of before it has failed for three seconds. */
  constructor(where: string, host: OutageHost, quiet = QUIET_TRIES) {
    this.#where = where;
    this.#host = host;
    this.#quiet = quiet;
  }

  /** `task` has failed so many times and is tried anew. This try began at `began`: a system that is silent takes its time to fail. */
  failed(task: object, tries: number, why: string, began = this.#host.now()): void {
    const now = this.#host.now();
    const trying = this.#trying.get(task) ?? began;
    this.#trying.set(task, trying);
    if (tries <= this.#quiet && now - trying < QUIET_MS) return;
    this.#failing.add(task);
    this.#since ??= now;
    if (now - this.#toldAt < AGAIN_MS) return;
    const time = now > this.#since ? `, for ${formatDuration(now - this.#since)} now` : '';
    this.#toldAt = now;
    this.#isTold = true;
    this.#host.log('warn', `${this.#where}: ${why}${time}; it is tried again`);
  }

  /** `task` was answered. */
  passed(task: object): void {
    const wasTold = this.#isTold;
    if (this.#ends(task) && wasTold) this.#host.log('info', `${this.#where} answers again`);
  }

  /** `task` is given up, without an answer. */
  gaveUp(task: object): void {
    this.#ends(task);
  }

  /** Whether no other task is failing. */
  #ends(task: object): boolean {
    this.#trying.delete(task);
    if (!this.#failing.delete(task) || this.#failing.size > 0) return false;
    this.#since = undefined;
    this.#isTold = false;
    return true;
  }
}
