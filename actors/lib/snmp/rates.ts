/** A counter as it stood. */
export interface Sample {
  readonly value: bigint;
  readonly bits: 32 | 64;
  /** Hundredths of a second that the agent had been up; undefined if it does not say. */
  readonly upTime: number | undefined;
  /** When its answer came, ms. */
  readonly at: number;
}

const TICKS = 2 ** 32;
const LEAST_SLACK_MS = 1000;

/**
 * Growth a second between two samples; null when it cannot be known: the agent began anew in between, no time has passed by its
 * clock. Counters wrap at their width. One of 64 bits never does so in practice: what looks like more than half of its range was set
 * back. Time is the agent's own, as far as it tells it, so that delays on the way do not count.
 */
export function perSecond(before: Sample, now: Sample): number | null {
  const clockMs = now.at - before.at;
  let elapsedMs = clockMs;
  if (before.upTime !== undefined && now.upTime !== undefined) {
    if (hasRestarted(before.upTime, now.upTime, clockMs)) return null;
    elapsedMs = ((now.upTime - before.upTime + TICKS) % TICKS) * 10;
  }
  if (elapsedMs <= 0 || before.bits !== now.bits) return null;
  let growth = now.value - before.value;
  if (growth < 0n) {
    growth += 1n << BigInt(now.bits);
    if (now.bits === 64 && growth > 1n << 63n) return null;
  }
  return (Number(growth) * 1000) / elapsedMs;
}

/** Whether the agent began later than it had said before. Its 32 bits of hundredths wrap each 497 days; that is no restart. */
function hasRestarted(before: number, now: number, clockMs: number): boolean {
  const passedMs = ((now - before + TICKS) % TICKS) * 10;
  const slackMs = Math.max(LEAST_SLACK_MS, Math.abs(clockMs) * 0.1);
  if (now < before) return Math.abs(passedMs - clockMs) > slackMs;
  return passedMs + slackMs < clockMs;
}
