import { describe, expect, test } from 'vitest';
import { type Runnable, Scheduler } from '../../src/actor/scheduler.ts';
import { ManualClock } from './support.ts';

/** A clock whose time passes by the work done. */
class WorkClock extends ManualClock {
  spent = 0;

  override monotonic(): number {
    return this.spent;
  }
}

function worker(turns: number, turn: (now: number, deadline: number) => void): Runnable {
  return {
    queued: false,
    turn(now, deadline) {
      turn(now, deadline);
      return --turns > 0;
    },
  };
}

describe('the scheduler', () => {
  test('gives turns in order of coming, each back at the end of the line', async () => {
    const clock = new ManualClock();
    const scheduler = new Scheduler(clock, new Float64Array(4));
    const turns: string[] = [];
    for (const name of ['a', 'b', 'c']) scheduler.add(worker(3, () => turns.push(name)));
    await clock.settle();
    expect(turns.join('')).toBe('abcabcabc');
  });

  test('gives the loop its share after a millisecond of turns', async () => {
    const clock = new WorkClock();
    const scheduler = new Scheduler(clock, new Float64Array(4));
    const shares: number[] = [];
    let turns = 0;
    scheduler.add(
      worker(20, () => {
        turns++;
        clock.spent += 0.3;
      }),
    );
    const loop = () => {
      shares.push(turns);
      if (turns < 20) clock.defer(loop);
    };
    clock.defer(loop);
    await clock.settle();
    expect(shares).toEqual([4, 8, 12, 16, 20]);
  });

  test('gives the loop its share when no time passes, as in a simulator', async () => {
    const clock = new ManualClock();
    const scheduler = new Scheduler(clock, new Float64Array(4));
    let turns = 0;
    scheduler.add(worker(1_000, () => turns++));
    const seen: number[] = [];
    clock.defer(() => seen.push(turns));
    await clock.settle();
    expect(turns).toBe(1_000);
    expect(seen[0]).toBeLessThan(1_000);
  });

  test('shows the start of the running turn in the pulse, and 0 between turns', async () => {
    const clock = new WorkClock();
    clock.spent = 50;
    const pulse = new Float64Array(4);
    const scheduler = new Scheduler(clock, pulse);
    const seen: number[] = [];
    scheduler.add(
      worker(3, () => {
        seen.push(pulse[0]!);
        clock.spent += 0.1;
      }),
    );
    await clock.settle();
    expect(seen.map((at) => Number(at.toFixed(1)))).toEqual([50, 50.1, 50.2]);
    expect([...pulse.slice(0, 2)]).toEqual([0, 3]);
  });
});
