import type { Cancel, Clock } from '../world/clock.ts';

/** What is watched: see `HostWorld.pulse`. */
export interface Pulsing {
  readonly pulse: Float64Array;
}

/**
 * Looks at the pulses of hosts and tells of one whose running turn has been going on for `hangMs`: an endless loop cannot
 * be stopped from within its thread.
 */
export function startWatchdog<T extends Pulsing>(
  hosts: () => Iterable<T>,
  clock: Clock,
  hangMs: number,
  onHang: (host: T) => void,
): Cancel {
  let cancel: Cancel;
  const look = () => {
    const now = clock.monotonic();
    for (const host of hosts()) {
      const since = host.pulse[0]!;
      if (since !== 0 && now - since >= hangMs) onHang(host);
    }
    cancel = clock.after(hangMs / 4, look);
  };
  cancel = clock.after(hangMs / 4, look);
  return () => cancel();
}
