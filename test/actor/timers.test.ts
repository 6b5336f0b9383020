import { describe, expect, test } from 'vitest';
import { Actor } from '../../src/actor/behaviour.ts';
import { virtual } from './support.ts';

describe('timers of an actor', () => {
  test('send messages after a time and every so often, until they are taken back', async () => {
    const { system, clock } = virtual();
    const seen: string[] = [];
    class Timed extends Actor<string> {
      cancel = () => {};
      override started() {
        this.context.after(25, 'once');
        this.context.after(5, 'never')();
        this.cancel = this.context.every(10, 'tick');
      }
      receive(message: string) {
        seen.push(`${message} ${clock.monotonic()}`);
        if (seen.length === 4) this.cancel();
      }
    }
    system.spawn({ start: Timed });
    await clock.advance(100);
    expect(seen).toEqual(['tick 10', 'tick 20', 'once 25', 'tick 30']);
  });

  test('are gone after a restart and after the end', async () => {
    const { system, clock } = virtual();
    const seen: string[] = [];
    let life = 0;
    class Timed extends Actor<string> {
      name = `life ${++life}`;
      override started() {
        this.context.every(10, this.name);
      }
      receive(message: string) {
        if (message === 'fail') throw new Error('on purpose');
        seen.push(message);
      }
    }
    const ref = system.spawn<string>({ start: Timed });
    await clock.advance(20);
    ref.tell('fail');
    await clock.advance(20);
    expect(seen).toEqual(['life 1', 'life 1', 'life 2', 'life 2']);
    system.stopActor(ref);
    await clock.advance(100);
    expect(seen).toHaveLength(4);
    expect(clock.waiting).toBe(0);
  });

  test('past the bound of the mailbox, but a repeated one waits there once', async () => {
    const { system, clock } = virtual();
    const seen: unknown[] = [];
    let open = () => {};
    class Busy extends Actor<string> {
      override started() {
        this.context.every(10, 'tick');
        this.context.after(15, 'once');
      }
      receive(message: string) {
        seen.push(message);
        return message === 'block' ? new Promise<void>((resolve) => (open = resolve)) : undefined;
      }
    }
    const ref = system.spawn<string>({ start: Busy, capacity: 1 });
    await clock.settle();
    ref.tell('block');
    await clock.settle();
    ref.tell('filler');
    await clock.advance(100);
    open();
    await clock.settle();
    expect(seen).toEqual(['block', 'filler', 'tick', 'once']);
  });
});
