import { realClock } from '../host/clock.ts';

/** A signal so soon behind another is the same one: a terminal sends it to npm and to us, and npm passes it on. */
const SAME_MS = 1000;

/** Has the run stop at Ctrl-C, SIGTERM, or when its time is over. A second signal ends the process at once. */
export function stopOnSignals(stop: () => void, forMs: number | undefined): () => void {
  let asked: number | undefined;
  const signalled = () => {
    const now = realClock.monotonic();
    if (asked !== undefined && now - asked >= SAME_MS) process.exit(130);
    asked ??= now;
    stop();
  };
  process.on('SIGINT', signalled);
  process.on('SIGTERM', signalled);
  const cancel = forMs === undefined ? undefined : realClock.after(forMs, stop);
  return () => {
    process.off('SIGINT', signalled);
    process.off('SIGTERM', signalled);
    cancel?.();
  };
}
