import { describe, expect, test } from 'vitest';
import { Actor } from '../../src/actor/behaviour.ts';
import { Terminated } from '../../src/actor/exit.ts';
import type { ActorRef } from '../../src/actor/ref.ts';
import { outcome, virtual } from './support.ts';

class Watcher extends Actor<ActorRef | Terminated | { unwatch: ActorRef }> {
  static ended: string[] = [];
  receive(message: ActorRef | Terminated | { unwatch: ActorRef }) {
    if (message instanceof Terminated) Watcher.ended.push(`${message.ref.path} ${message.reason.kind}`);
    else if ('unwatch' in message) this.context.unwatch(message.unwatch);
    else this.context.watch(message);
  }
}

function setUp() {
  Watcher.ended = [];
  const { system, clock } = virtual();
  const behaviour = (message: string, { stop }: { stop(): void }) => {
    if (message === 'fail') throw new Error('on purpose');
    if (message === 'stop') stop();
  };
  const start = (message: string, context: { stop(): void }) => behaviour(message, { stop: () => context.stop() });
  const spawn = (id: string, restart: 'permanent' | 'temporary') => system.spawn<string>({ id, start, restart });
  return { system, clock, spawn, watcher: system.spawn<unknown>({ id: 'watcher', start: Watcher }) };
}

describe('watching an actor', () => {
  test('tells once how it ended: by itself, by an error, by its parent', async () => {
    const { system, clock, spawn, watcher } = setUp();
    const refs = ['a', 'b', 'c'].map((id) => spawn(id, 'temporary'));
    for (const ref of refs) watcher.tell(ref);
    watcher.tell(refs[0]);
    await clock.settle();
    refs[0]!.tell('stop');
    refs[1]!.tell('fail');
    system.stopActor(refs[2]!);
    await clock.settle();
    expect(Watcher.ended.toSorted()).toEqual(['/a normal', '/b error', '/c shutdown']);
  });

  test('tells of the end of one life; of the next when it is watched again', async () => {
    const { clock, spawn, watcher } = setUp();
    const ref = spawn('a', 'permanent');
    watcher.tell(ref);
    await clock.settle();
    ref.tell('fail');
    await clock.settle();
    ref.tell('fail');
    await clock.advance(1_000);
    expect(Watcher.ended).toEqual(['/a error']);
    watcher.tell(ref);
    await clock.settle();
    ref.tell('fail');
    await clock.settle();
    expect(Watcher.ended).toEqual(['/a error', '/a error']);
  });

  test('that has ended tells at once that there is none', async () => {
    const { system, clock, spawn, watcher } = setUp();
    const ref = spawn('a', 'temporary');
    ref.tell('stop');
    await clock.settle();
    watcher.tell(ref);
    const end = outcome(system.watch(ref));
    await clock.settle();
    expect(Watcher.ended).toEqual(['/a absent']);
    expect(end.value).toEqual({ kind: 'absent' });
  });

  test('can be taken back, and ends with the watcher', async () => {
    const { system, clock, spawn, watcher } = setUp();
    const [a, b] = [spawn('a', 'temporary'), spawn('b', 'temporary')];
    watcher.tell(a);
    watcher.tell(b);
    watcher.tell({ unwatch: a });
    await clock.settle();
    a!.tell('stop');
    await clock.settle();
    expect(Watcher.ended).toEqual([]);
    system.stopActor(watcher);
    await clock.settle();
    b!.tell('stop');
    await clock.settle();
    expect(Watcher.ended).toEqual([]);
    expect(system.deadLetters.count).toBe(0);
  });
});
