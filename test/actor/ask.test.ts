import { describe, expect, test } from 'vitest';
import { outcome, virtual } from './support.ts';

describe('an ask', () => {
  test('ends with WEIR_ASK_TIMEOUT after its time, by default five seconds', async () => {
    const { system, clock } = virtual();
    const ref = system.spawn({ id: 'silent', start: () => new Promise(() => {}) });
    const [byDefault, short] = [outcome(ref.ask(1)), outcome(ref.ask(2, { timeoutMs: 100 }))];
    await clock.advance(99);
    expect(short.done).toBe(false);
    await clock.advance(1);
    expect(short).toMatchObject({
      code: 'WEIR_ASK_TIMEOUT',
      error: { message: '/silent did not answer within 100 ms' },
    });
    await clock.advance(4_899);
    expect(byDefault.done).toBe(false);
    await clock.advance(1);
    expect(byDefault.code).toBe('WEIR_ASK_TIMEOUT');
  });

  test('leaves no timer behind when it is answered', async () => {
    const { system, clock } = virtual();
    const ref = system.spawn({ start: (message: number) => message });
    const answers = Array.from({ length: 100 }, (_, i) => outcome(ref.ask(i)));
    await clock.settle();
    expect(answers.map((answer) => answer.value)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(clock.waiting).toBe(0);
  });

  test('whose time is over before the actor comes to it is not handled any more', async () => {
    const { system, clock } = virtual();
    const handled: number[] = [];
    const ref = system.spawn<number>({
      start: async (message: number) => {
        handled.push(message);
        await new Promise<void>((resolve) => clock.after(100, resolve));
      },
    });
    const first = outcome(ref.ask(1));
    const late = outcome(ref.ask(2, { timeoutMs: 50 }));
    ref.tell(3);
    await clock.advance(500);
    expect([first.done, late.code]).toEqual([true, 'WEIR_ASK_TIMEOUT']);
    expect(handled).toEqual([1, 3]);
    expect(system.deadLetters.recent()).toMatchObject([{ message: 2, reason: 'expired' }]);
  });

  test('of a full mailbox is WEIR_MAILBOX_FULL, of an ended actor WEIR_ACTOR_STOPPED', async () => {
    const { system, clock } = virtual();
    const ref = system.spawn({ id: 'small', start: (message: number) => message, capacity: 2 });
    const answers = [1, 2, 3].map((message) => outcome(ref.ask(message)));
    await clock.settle();
    expect(answers.map((answer) => answer.value ?? answer.code)).toEqual([1, 2, 'WEIR_MAILBOX_FULL']);
    system.stopActor(ref);
    const waiting = outcome(ref.ask(4));
    await clock.settle();
    const after = outcome(ref.ask(5));
    await clock.settle();
    expect([waiting.code, after.code]).toEqual(['WEIR_ACTOR_STOPPED', 'WEIR_ACTOR_STOPPED']);
  });

  test('in hand when the actor is killed is WEIR_ACTOR_STOPPED', async () => {
    const { system, clock } = virtual();
    const ref = system.spawn({ start: () => new Promise(() => {}), shutdownMs: 10 });
    const answer = outcome(ref.ask(1));
    await clock.settle();
    const end = outcome(system.stopActor(ref));
    await clock.advance(10);
    expect(end.value).toEqual({ kind: 'killed' });
    expect(answer.code).toBe('WEIR_ACTOR_STOPPED');
  });
});
