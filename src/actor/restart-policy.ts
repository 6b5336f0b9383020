import type { Random } from '../world/random.ts';

/** How many restarts are borne, and how long each waits. */
export interface RestartOptions {
  /**
   * Restarts allowed within `periodMs`; one more and the policy gives up. Choose it so that a fault that lasts is
   * escalated within seconds and one that passes is not. Infinity never gives up. Default 5.
   */
  intensity?: number;
  /** Milliseconds over which restarts are counted. Default 10,000. */
  periodMs?: number;
  /** The first restart after a quiet period is immediate, the n-th after it waits firstMs · factorⁿ⁻², at most maxMs. */
  backoff?: { firstMs?: number; factor?: number; maxMs?: number; jitter?: number };
}

const DEFAULTS = { firstMs: 100, factor: 2, maxMs: 10_000, jitter: 0.2 };

/**
 * The bookkeeping of restarts, pure: told of each failure, it says how long to wait before the restart, or that it is
 * time to give up. Intensity counts all failures together, as in Erlang/OTP's supervisors; the backoff grows for each
 * child on its own.
 */
export class RestartPolicy {
  readonly intensity: number;
  readonly periodMs: number;
  private readonly backoff: Required<NonNullable<RestartOptions['backoff']>>;
  private readonly random: Random;
  private times: number[] = [];
  private readonly streaks = new Map<string, { failures: number; restartAt: number }>();

  constructor(options: RestartOptions, random: Random) {
    this.intensity = options.intensity ?? 5;
    this.periodMs = options.periodMs ?? 10_000;
    this.backoff = { ...DEFAULTS, ...options.backoff };
    this.random = random;
  }

  /**
   * Counts a failure of `who` at `now` (monotonic, milliseconds). Returns the milliseconds to wait before the restart;
   * undefined when there were more than `intensity` within the period. O(intensity).
   */
  failed(now: number, who = ''): number | undefined {
    if (this.intensity !== Number.POSITIVE_INFINITY) {
      this.times = this.times.filter((time) => time > now - this.periodMs);
      this.times.push(now);
      if (this.times.length > this.intensity) return undefined;
    }
    const before = this.streaks.get(who);
    // Quiet since its restart for a whole period: the next fault is another one.
    const failures = before && now < before.restartAt + this.periodMs ? before.failures + 1 : 1;
    const delayMs = failures === 1 ? 0 : this.delay(failures);
    this.streaks.set(who, { failures, restartAt: now + delayMs });
    return delayMs;
  }

  /** Forgets a child that will not come again. */
  forget(who: string): void {
    this.streaks.delete(who);
  }

  private delay(failures: number): number {
    const { firstMs, factor, maxMs, jitter } = this.backoff;
    const plain = Math.min(maxMs, firstMs * factor ** (failures - 2));
    // Many that failed of one cause do not all come back in the same millisecond.
    return plain * (1 - jitter + 2 * jitter * this.random.next());
  }
}
