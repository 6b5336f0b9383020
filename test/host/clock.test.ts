import { afterEach, expect, test, vi } from 'vitest';
import { realClock } from '../../src/host/clock.ts';

afterEach(() => vi.restoreAllMocks());

/** Timers as Node's are, but for the waiting: one that is too long goes off at once, as there. */
function timers() {
  const waits: number[] = [];
  let next: (() => void) | undefined;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((task: () => void, ms: number) => {
    waits.push(ms > 2 ** 31 - 1 ? 1 : ms);
    next = task;
    return { unref: () => {} };
  }) as never);
  return { waits, goOff: () => next?.() };
}

test('a wait of a month is a month', () => {
  const month = 30 * 86_400_000;
  const { waits, goOff } = timers();
  const task = vi.fn();
  realClock.after(month, task);
  goOff();
  expect(task).not.toHaveBeenCalled();
  goOff();
  expect(task).toHaveBeenCalledOnce();
  expect(waits.reduce((a, b) => a + b)).toBe(month);
});

test('a wait can be cancelled behind its first part', () => {
  const { goOff } = timers();
  const clear = vi.spyOn(globalThis, 'clearTimeout').mockImplementation(() => {});
  const cancel = realClock.after(2 ** 33, () => {});
  goOff();
  const timer = vi.mocked(setTimeout).mock.results[1]?.value;
  cancel();
  expect(clear).toHaveBeenCalledWith(timer);
});
