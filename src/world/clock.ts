/** Takes back something that was asked for: a timer, a subscription. Calling it again does nothing. */
export type Cancel = () => void;

/** Time and the order of turns. The only way to either between `base` and `run`, so that a simulator can own both. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds that only grow; for durations. */
  monotonic(): number;
  /** Runs `task` once, `ms` from now. Keeps nothing alive by itself. */
  after(ms: number, task: () => void): Cancel;
  /** Runs `task` in a later turn of this thread's loop, after sockets and ports have had theirs. */
  defer(task: () => void): void;
}
