import type { Clock } from '../world/clock.ts';

// A thread's own performance.now() starts at zero with the thread, but a watchdog compares the times of two threads.
// hrtime has one zero for the machine: sampled once, so that reading the clock costs only performance.now() (60 ns).
const origin = Number(process.hrtime.bigint() / 1000n) / 1000 - performance.now();

/** Node takes what is longer for 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real clock. Monotonic time has the same zero in all threads of the process. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now() + origin,
  after(ms, task) {
    let timer: NodeJS.Timeout;
    const wait = (left: number) => {
      const next = Math.min(left, LONGEST_TIMER_MS);
      timer = setTimeout(left > next ? () => wait(left - next) : task, next);
      timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
  defer(task) {
    setImmediate(task);
  },
};
