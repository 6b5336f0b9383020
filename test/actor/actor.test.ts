import { describe, expect, test } from 'vitest';
import { Actor, later } from '../../src/actor/behaviour.ts';
import type { ActorContext } from '../../src/actor/context.ts';
import type { ExitReason } from '../../src/actor/exit.ts';
import { WeirError } from '../../src/base/errors.ts';
import { outcome, virtual } from './support.ts';

describe('an actor', () => {
  test('is a function of message and context, with the args of its spec', async () => {
    const { system, clock } = virtual();
    const seen: unknown[] = [];
    const behaviour = (message: number, context: ActorContext, factor: number) => {
      seen.push(message, context.self.path);
      return message * factor;
    };
    const ref = system.spawn<number>({ id: 'times', start: behaviour, args: [3] });
    expect(ref.tell(1)).toBe(true);
    const answer = outcome(ref.ask(2));
    expect(seen).toEqual([]);
    await clock.settle();
    expect(seen).toEqual([1, '/times', 2, '/times']);
    expect(answer.value).toBe(6);
  });

  test('is a class: a new instance for each life, with context before started', async () => {
    const { system, clock } = virtual();
    const events: unknown[] = [];
    class Counter extends Actor<string> {
      count: number;
      constructor(first: number) {
        super();
        this.count = first;
      }
      override started() {
        events.push(`started ${this.context.self.path}`);
      }
      receive(message: string) {
        if (message === 'fail') throw new Error('on purpose');
        return ++this.count;
      }
      override restarting(reason: ExitReason) {
        events.push(`restarting after ${this.count}: ${reason.kind}`);
      }
      override stopping(reason: ExitReason) {
        events.push(`stopping: ${reason.kind}`);
      }
    }
    const ref = system.spawn<string>({ id: 'c', start: Counter, args: [10] });
    ref.tell('one');
    ref.tell('fail');
    const answer = outcome(ref.ask('again'));
    await clock.settle();
    expect(answer.value).toBe(11);
    const stopped = outcome(system.stop());
    await clock.settle();
    expect(stopped.value).toEqual({ kind: 'shutdown' });
    expect(events).toEqual(['started /c', 'restarting after 11: error', 'started /c', 'stopping: shutdown']);
  });

  test('takes no message while a promise of its handler is pending, and answers with its value', async () => {
    const { system, clock } = virtual();
    const order: string[] = [];
    const ref = system.spawn<string>({
      start: async (name: string, { clock }: ActorContext) => {
        order.push(`begin ${name}`);
        await new Promise<void>((resolve) => clock.after(10, resolve));
        order.push(`end ${name}`);
        return name;
      },
    });
    const answers = ['a', 'b'].map((name) => outcome(ref.ask(name)));
    await clock.advance(20);
    expect(order).toEqual(['begin a', 'end a', 'begin b', 'end b']);
    expect(answers.map((answer) => answer.value)).toEqual(['a', 'b']);
  });

  test('answers later and takes other messages meanwhile', async () => {
    const { system, clock } = virtual();
    const waiting: ((value: string) => void)[] = [];
    const ref = system.spawn<string>({
      start: (message: string) => {
        if (message === 'wait') return later(new Promise((resolve) => waiting.push(resolve)));
        for (const resolve of waiting) resolve(message);
        return undefined;
      },
    });
    const answer = outcome(ref.ask('wait'));
    await clock.settle();
    expect(answer.done).toBe(false);
    ref.tell('now');
    await clock.settle();
    expect(answer.value).toBe('now');
  });

  test('refuses by returning an error, and lives on; a rejection later refuses too', async () => {
    const { system, clock } = virtual();
    const ref = system.spawn<string>({
      start: (message: string) => {
        const error = new WeirError('WEIR_NOT_NOW', 'not now', { data: { wait: 5 } });
        return message === 'later' ? later(Promise.reject(error)) : error;
      },
    });
    const alive = outcome(system.watch(ref));
    const refusals = ['now', 'later'].map((message) => outcome(ref.ask(message)));
    ref.tell('now');
    ref.tell('later');
    await clock.settle();
    for (const refusal of refusals) expect(refusal.error).toMatchObject({ code: 'WEIR_NOT_NOW', data: { wait: 5 } });
    expect(alive.done).toBe(false);
  });

  test('fails by throwing, at once or by a promise; the asker gets a coded error', async () => {
    const { system, clock } = virtual();
    const ref = system.spawn<string>({
      start: (message: string) => {
        if (message === 'throw') throw Object.assign(new Error('at once'), { code: 'ENOENT', data: { a: 1 } });
        if (message === 'reject') return Promise.reject(new Error('by promise'));
        return 'alive';
      },
    });
    const ends = [outcome(system.watch(ref))];
    const answers = ['throw', 'reject', 'hello'].map((message) => outcome(ref.ask(message)));
    await clock.advance(1_000);
    expect(ends[0]!.value).toMatchObject({ kind: 'error', error: { message: 'at once', code: 'ENOENT' } });
    expect(answers[0]!.error).toBeInstanceOf(WeirError);
    expect(answers[0]!.error).toMatchObject({ code: 'ENOENT', message: 'at once', data: { a: 1 } });
    expect(answers[1]!.error).toMatchObject({ code: 'WEIR_UNKNOWN', message: 'by promise' });
    expect(answers[2]!.value).toBe('alive');
  });

  test('waits for an asynchronous start, and keeps its messages meanwhile', async () => {
    const { system, clock } = virtual();
    class Slow extends Actor {
      ready = false;
      override async started() {
        await new Promise<void>((resolve) => this.context.clock.after(50, resolve));
        this.ready = true;
      }
      receive() {
        return this.ready;
      }
    }
    const answer = outcome(system.spawn({ start: Slow }).ask('ready?'));
    await clock.advance(49);
    expect(answer.done).toBe(false);
    await clock.advance(1);
    expect(answer.value).toBe(true);
  });

  test('steps after wake and for as long as step returns true, in turn with its messages', async () => {
    const { system, clock } = virtual();
    const trace: string[] = [];
    class Stepper extends Actor<string> {
      left = 3;
      receive(message: string) {
        trace.push(message);
        this.context.wake();
      }
      override step() {
        trace.push(`step ${this.left}`);
        if (this.left === 2) this.context.self.tell('meanwhile');
        return this.left-- > 0;
      }
    }
    const ref = system.spawn<string>({ start: Stepper });
    await clock.settle();
    expect(trace).toEqual([]);
    ref.tell('go');
    await clock.settle();
    expect(trace).toEqual(['go', 'step 3', 'step 2', 'meanwhile', 'step 1', 'step 0']);
  });

  test('steps again when it is woken within a step that returns false', async () => {
    const { system, clock } = virtual();
    let steps = 0;
    class Stepper extends Actor {
      override started() {
        this.context.wake();
      }
      receive() {}
      override step() {
        if (++steps < 3) this.context.wake();
        return false;
      }
    }
    system.spawn({ start: Stepper });
    await clock.settle();
    expect(steps).toBe(3);
  });

  test('fails when its step throws', async () => {
    const { system, clock } = virtual();
    class Bad extends Actor {
      receive() {
        this.context.wake();
      }
      override step(): boolean {
        throw new Error('in step');
      }
    }
    const ref = system.spawn({ start: Bad, restart: 'temporary' });
    const end = outcome(system.watch(ref));
    ref.tell('go');
    await clock.settle();
    expect(end.value).toMatchObject({ kind: 'error', error: { message: 'in step' } });
  });

  test('has a bounded turn: a flood does not keep others waiting', async () => {
    const { system, clock } = virtual();
    const order: string[] = [];
    const busy = system.spawn({ start: () => void order.push('busy'), capacity: 10_000 });
    const calm = system.spawn({ start: () => void order.push('calm') });
    for (let i = 0; i < 10_000; i++) busy.tell(i);
    calm.tell(1);
    await clock.settle();
    expect(order).toHaveLength(10_001);
    expect(order.indexOf('calm')).toBeLessThan(1_000);
  });
});
