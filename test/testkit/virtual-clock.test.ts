import { expect, test } from 'vitest';
import { VirtualClock } from '../../src/testkit/index.ts';

test('timers run in the order of their times, then as they were set, each at its time', () => {
  const clock = new VirtualClock(1000);
  const ran: string[] = [];
  const note = (name: string) => () => void ran.push(`${name} ${clock.now()} ${clock.monotonic()}`);
  clock.after(20, note('late'));
  clock.after(10, note('early'));
  clock.after(10, note('second'));
  clock.defer(note('deferred'));
  const cancel = clock.after(15, note('never'));
  cancel();
  cancel();
  expect(clock.untilNext).toBe(0);
  clock.advance(19);
  expect(ran).toEqual(['deferred 1000 0', 'early 1010 10', 'second 1010 10']);
  expect([clock.now(), clock.pending, clock.untilNext]).toEqual([1019, 1, 1]);
  clock.advance(100);
  expect(ran.at(-1)).toBe('late 1020 20');
  expect([clock.now(), clock.untilNext]).toEqual([1119, undefined]);
});

test('what a timer sets runs within the same stretch of time when it is due in it', () => {
  const clock = new VirtualClock();
  let ticks = 0;
  const tick = () => {
    ticks++;
    clock.after(10, tick);
  };
  tick();
  clock.advance(95);
  expect(ticks).toBe(10);
});
