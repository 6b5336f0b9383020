import type { WeirError } from '#stage';
import { backoffMs } from '../http/tries.ts';
import type { Outage } from './outage.ts';

/** The longest pause between two tries, ms. */
export const LONGEST_WAIT_MS = 5000;

/** What a failure means. */
export interface Judgement {
  /** It may be otherwise the next time. */
  readonly passing: boolean;
  /** What a task ends with that has failed for good. */
  readonly error: WeirError;
  /** For the log, which names the system itself. */
  readonly why: string;
}

/** How a task that fails goes on. */
export interface Patience {
  readonly outage: Outage;
  now(): number;
  /** No other try is of use: the run ends, or the stage is closed. */
  closed(): boolean;
  /** Milliseconds; it ends at once when closed. */
  pause(ms: number): Promise<void>;
  judge(cause: unknown): Judgement;
  random(): number;
  /** For so many milliseconds since its first failure it is tried again; default for ever. */
  readonly forMs?: number;
  /** How often it is tried; default without end. */
  readonly tries?: number;
}

/**
 * Tries a task until it is done; throws its error when that is one that stays, or patience is over. Pauses grow up to 5 s; a part
 * of each is random, so that those who failed together do not come back together.
 */
export async function persist<T>(patience: Patience, task: () => Promise<T>): Promise<T> {
  const { outage, forMs = Number.POSITIVE_INFINITY, tries = Number.POSITIVE_INFINITY } = patience;
  const tried = {};
  let first: number | undefined;
  let last: WeirError | undefined;
  for (let attempt = 0; ; attempt++) {
    const began = patience.now();
    try {
      const result = await task();
      outage.passed(tried);
      return result;
    } catch (cause) {
      const { passing, error, why } = patience.judge(cause);
      const now = patience.now();
      first ??= now;
      if (!passing) {
        // Whoever refuses has answered.
        outage.passed(tried);
        throw error;
      }
      if (patience.closed() || now - first >= forMs || attempt + 1 >= tries) {
        outage.gaveUp(tried);
        // What was wrong says more than that it was broken off.
        throw patience.closed() ? (last ?? error) : error;
      }
      last = error;
      outage.failed(tried, attempt + 1, why, began);
      await patience.pause(backoffMs(attempt, LONGEST_WAIT_MS, patience.random));
      if (patience.closed()) {
        outage.gaveUp(tried);
        throw error;
      }
    }
  }
}
