/** An outage that lasts is told of again after this, ms. */
const AGAIN_MS = 60_000;
/** What passes within so many tries is not told of. */
const QUIET_TRIES = 3;

export interface OutageHost {
  now(): number;
  log(level: 'info' | 'warn', text: string): void;
}

/**
 * Tells of brokers that do not answer: when an outage begins, once a minute while it lasts, and when it is over, however many tasks
 * try anew and how often.
 */
export class Outage {
  readonly #where: string;
  readonly #host: OutageHost;
  readonly #failing = new Set<object>();
  #toldAt: number | undefined;

  constructor(where: string, host: OutageHost) {
    this.#where = where;
    this.#host = host;
  }

  /** `task` has failed so many times and is tried anew. */
  failed(task: object, tries: number, why: string): void {
    if (tries <= QUIET_TRIES) return;
    this.#failing.add(task);
    const now = this.#host.now();
    if (this.#toldAt !== undefined && now - this.#toldAt < AGAIN_MS) return;
    this.#toldAt = now;
    this.#host.log('warn', `${this.#where}: ${why}; it is tried again until it answers`);
  }

  /** `task` was answered, or is over. */
  passed(task: object): void {
    if (!this.#failing.delete(task) || this.#failing.size > 0) return;
    this.#toldAt = undefined;
    this.#host.log('info', `${this.#where} answers again`);
  }
}
