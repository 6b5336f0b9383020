import { describe, expect, test } from 'vitest';
import { DeadLetters } from '../../src/actor/dead-letters.ts';
import { virtual } from './support.ts';

describe('dead letters', () => {
  test('hold what a full mailbox refused, and tell says so', async () => {
    const { system, clock } = virtual();
    const handled: number[] = [];
    const ref = system.spawn<number>({
      id: 'small',
      start: (message: number) => void handled.push(message),
      capacity: 3,
    });
    const seen: unknown[] = [];
    const cancel = system.deadLetters.subscribe((letter) => seen.push(letter.message));
    expect([1, 2, 3, 4, 5].map((message) => ref.tell(message))).toEqual([true, true, true, false, false]);
    expect(system.deadLetters.recent()).toEqual([
      { to: '/small', message: 4, reason: 'mailbox-full' },
      { to: '/small', message: 5, reason: 'mailbox-full' },
    ]);
    cancel();
    await clock.settle();
    expect(handled).toEqual([1, 2, 3]);
    expect(ref.tell(6)).toBe(true);
    for (let i = 0; i < 5; i++) ref.tell(i);
    expect(seen).toEqual([4, 5]);
    expect(system.deadLetters.count).toBe(5);
  });

  test('hold what came too late, and what an ended actor left', async () => {
    const { system, clock } = virtual();
    const ref = system.spawn<string>({ id: 'brief', start: () => {} });
    await clock.settle();
    system.stopActor(ref);
    ref.tell('left');
    await clock.settle();
    expect(ref.tell('late')).toBe(false);
    expect(system.deadLetters.recent()).toEqual([
      { to: '/brief', message: 'left', reason: 'stopped' },
      { to: '/brief', message: 'late', reason: 'stopped' },
    ]);
  });

  test('are bounded: the oldest are forgotten, all are counted', () => {
    const letters = new DeadLetters(3);
    for (let i = 0; i < 10; i++) letters.add({ to: '/a', message: i, reason: 'stopped' });
    letters.addUnseen(5);
    expect(letters.recent().map((letter) => letter.message)).toEqual([7, 8, 9]);
    expect(letters.count).toBe(15);
  });
});
