import type { Clock } from '../world/clock.ts';
import type { Actor, Schedule } from './schedule.ts';

/** What one look at the clock takes, ms: code that loops until a time is over must get there. */
const LOOK_MS = 0.03;

/** The clock as an actor sees it: what it defers and its timers become events of the world's list. */
export function simClock(schedule: Schedule, actor: Actor): Clock {
  return {
    now: () => schedule.wall(),
    monotonic: () => (schedule.now += LOOK_MS),
    after(ms, task) {
      const event = schedule.add(actor, Math.max(0, ms), 'timer', task);
      return () => schedule.cancel(event);
    },
    defer(task) {
      schedule.add(actor, 0, 'turn', task);
    },
  };
}
