import { afterEach, describe, expect, test } from 'vitest';
import { ActorRef } from '../../src/actor/ref.ts';
import { ActorSystem, type SystemOptions } from '../../src/actor/system.ts';
import { WeirError } from '../../src/base/errors.ts';
import { builtTwin } from '../../src/host/built.ts';
import { realClock } from '../../src/host/clock.ts';
import { createInlineThreads } from '../../src/host/inline.ts';
import { realRandom } from '../../src/host/random.ts';
import { createThreads } from '../../src/host/threads.ts';

/** Specs of the fixture's actors, by where they are to run. */
function specsOn(kind: string) {
  const module = new URL(kind === 'threads' ? './fixtures/actors.mjs' : './fixtures/actors.ts', import.meta.url).href;
  const named = (name: string) => ({ start: { module, export: name } });
  return { counter: named('default'), echo: named('echo'), friend: named('Friend') };
}

let system: ActorSystem;
afterEach(() => system?.stop());

async function systemOn(kind: string, options: SystemOptions = {}): Promise<ActorSystem> {
  const threads = kind === 'threads' ? createThreads({ threads: 2 }) : createInlineThreads();
  const world = { clock: realClock, random: realRandom, threads };
  system = await ActorSystem.start(kind === 'threads' ? { ...world, resolveModule: builtTwin } : world, {
    threads: 2,
    ...options,
  });
  return system;
}

/** Settles when `count` dead letters have come. */
function deadLetters(count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => system.deadLetters.count >= count && resolve();
    system.deadLetters.subscribe(() => setImmediate(look));
    look();
  });
}

/** The answer, when there is one: asked again after each refusal, a turn of the loop later. */
async function eventually<T>(ref: ActorRef, message: unknown): Promise<T> {
  for (;;) {
    try {
      return await ref.ask<T>(message, { timeoutMs: 200 });
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe.each(['threads', 'inline'])('actors on other threads (%s)', (kind) => {
  const { counter, echo, friend } = specsOn(kind);

  test('are told and asked as those of this one', async () => {
    await systemOn(kind);
    const ref = system.spawn({ ...counter, id: 'c', args: [5] }, { on: 1 });
    expect([ref.node, ref.path]).toEqual([1, '/c']);
    for (let i = 0; i < 10; i++) expect(ref.tell(i)).toBe(true);
    expect(await ref.ask('count')).toBe(15);
    expect(await ref.ask('slow')).toBe('slow');
    expect(await ref.ask('later')).toBe('later');
    const any = ['any', 'any', 'any'].map(() => system.spawn(counter, { on: 'any' }).node);
    expect(any).toEqual([1, 2, 1]);
  });

  test('give and get data as it was: Map, Set, Date, bytes, typed arrays, undefined, long texts, refs', async () => {
    await systemOn(kind);
    const ref = system.spawn(echo, { on: 2 });
    const data = {
      map: new Map<unknown, unknown>([['a', { b: 1 }]]),
      set: new Set([1, 'two']),
      date: new Date(123_456),
      bytes: Buffer.from([1, 2, 255]),
      doubles: Float64Array.of(1.5, Number.NaN),
      nothing: undefined,
      list: [null, true, -0.5, 2 ** 40],
      text: 'Ünïcödé – '.repeat(5_000),
    };
    const back = await ref.ask<typeof data>(data);
    expect(back).toEqual({ ...data, bytes: expect.anything() });
    expect([...back.bytes]).toEqual([1, 2, 255]);
    const self = await ref.ask<ActorRef>(ref);
    expect(self).toBeInstanceOf(ActorRef);
    expect([self.id, self.path]).toEqual([ref.id, ref.path]);
  });

  test('take messages of many times the ring', async () => {
    await systemOn(kind);
    const ref = system.spawn(echo, { on: 1 });
    const long = new Uint8Array(5_000_000).map((_, i) => i);
    const back = await ref.ask<Uint8Array>(long);
    expect(Buffer.compare(back, long)).toBe(0);
  });

  test('refuse and fail with coded errors', async () => {
    await systemOn(kind);
    const ref = system.spawn({ ...counter, capacity: 5, shutdownMs: 50 }, { on: 1 });
    await expect(ref.ask('refuse')).rejects.toMatchObject({ code: 'WEIR_NOT_NOW', message: 'not now' });
    const failed = await ref.ask('fail').catch((error) => error);
    expect(failed).toBeInstanceOf(WeirError);
    expect(failed).toMatchObject({ code: 'WEIR_PURPOSE', message: 'failed on purpose', data: { answer: 42 } });
    await expect(ref.ask('never', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'WEIR_ASK_TIMEOUT' });
    const asks = Array.from({ length: 6 }, () => ref.ask('count', { timeoutMs: 500 }).catch((error) => error.code));
    expect(await Promise.all(asks)).toContain('WEIR_MAILBOX_FULL');
    await deadLetters(1);
    expect(system.deadLetters.recent()[0]).toMatchObject({ to: ref.path, reason: 'mailbox-full' });
    expect(() => system.spawn({ start: () => {} }, { on: 1 })).toThrow(
      expect.objectContaining({ code: 'WEIR_CHILD_SPEC' }),
    );
  });

  test('meet each other by refs in messages, from whichever thread', async () => {
    await systemOn(kind);
    const target = system.spawn(counter, { on: 1 });
    const here = system.spawn({ start: (message: unknown) => [message, 'here'] });
    const there = system.spawn(friend, { on: 2 });
    expect(await there.ask({ tell: target, message: 'x' })).toBe(true);
    expect(await there.ask({ ask: target, message: 'count' })).toBe(1);
    expect(await there.ask({ ask: here, message: 'hello' })).toEqual(['hello', 'here']);
    const itself = await target.ask<ActorRef>('self');
    expect(itself.equals(target)).toBe(true);
    expect(await there.ask({ ask: itself, message: 'count' })).toBe(1);
    // A ref that arrives before its actor: spawned and sent on in one breath.
    const refs = Array.from({ length: 50 }, () => system.spawn(counter, { on: 1 }));
    const counts = refs.map((ref) => there.ask({ ask: ref, message: 'count' }));
    expect(await Promise.all(counts)).toEqual(Array(50).fill(0));
  });

  test('have children on other threads, and are watched from there', async () => {
    await systemOn(kind);
    const parent = system.spawn({ ...friend, id: 'parent' }, { on: 1 });
    const child = await parent.ask<ActorRef>({ spawn: { ...counter, id: 'child', on: 2, restart: 'temporary' } });
    expect([child.node, child.path]).toEqual([2, '/parent/child']);
    const watcher = system.spawn(friend, { on: 1 });
    for (const each of [watcher, parent]) await each.ask({ watch: child });
    const end = system.watch(child);
    child.tell('fail');
    expect(await end).toMatchObject({ kind: 'error', error: { code: 'WEIR_PURPOSE' } });
    // Which thread hears of it first is open.
    const ended = () => watcher.ask<{ id: string; kind: string }[]>('ended');
    while ((await ended()).length < 1);
    expect(await ended()).toEqual([{ id: child.id, kind: 'error' }]);
    await watcher.ask({ watch: child });
    while ((await ended()).length < 2);
    expect((await ended()).map((each) => each.kind)).toEqual(['error', 'absent']);
    await expect(child.ask('count')).rejects.toMatchObject({ code: 'WEIR_ACTOR_STOPPED' });
    // A child ends with its parent, wherever it lives.
    const second = await parent.ask<ActorRef>({ spawn: { ...counter, id: 'second', on: 0 } });
    const secondEnd = system.watch(second);
    expect(await system.stopActor(parent)).toEqual({ kind: 'shutdown' });
    expect(await secondEnd).toEqual({ kind: 'shutdown' });
  });

  test('are restarted by their supervisor, and keep their refs', async () => {
    await systemOn(kind);
    const ref = system.spawn({ ...counter, args: [7] }, { on: 2 });
    ref.tell('x');
    ref.tell('fail');
    expect(await ref.ask('count')).toBe(7);
    expect(await system.stopActor(ref)).toEqual({ kind: 'shutdown' });
    expect(system.children).toEqual([]);
  });

  test('that are slow bound what is on its way: the rest are dead letters', async () => {
    await systemOn(kind, { linkBytes: 100_000 });
    const slow = system.spawn({ ...counter, capacity: 1_000_000 }, { on: 1 });
    await slow.ask('count');
    slow.tell('slow');
    const message = 'x'.repeat(1_000);
    let sent = 0;
    while (slow.tell(message)) sent++;
    expect(sent).toBeGreaterThan(50);
    expect(sent).toBeLessThan(150);
    expect(system.deadLetters.recent()).toMatchObject([{ to: slow.path, reason: 'link-full' }]);
    await expect(slow.ask('count')).rejects.toMatchObject({ code: 'WEIR_LINK_FULL' });
    // Room comes back as messages are taken; none of those that were accepted is lost.
    expect(await eventually(slow, 'count')).toBe(sent);
    while (!slow.tell(message)) await new Promise((resolve) => setImmediate(resolve));
  });

  test('whose host dies: watchers are told, asks end, host and permanent actors come back', async () => {
    await systemOn(kind);
    const permanent = system.spawn({ ...counter, id: 'p', args: [1] }, { on: 1 });
    const temporary = system.spawn({ ...counter, id: 't', restart: 'temporary' }, { on: 1 });
    const other = system.spawn(friend, { on: 2 });
    await Promise.all([permanent.ask('count'), temporary.ask('count'), other.ask({ watch: permanent })]);
    for (let round = 1; round <= 3; round++) {
      permanent.tell('x');
      const asked = permanent.ask('never');
      const ends = [system.watch(permanent), system.watch(temporary)];
      system.killHost(0);
      await expect(asked).rejects.toMatchObject({ code: 'WEIR_HOST_DOWN' });
      const kinds = (await Promise.all(ends)).map((reason) => reason.kind);
      expect(kinds).toEqual(['host', round === 1 ? 'host' : expect.stringMatching(/host|absent/)]);
      // Down until the new thread is up.
      expect(await eventually(permanent, 'count')).toBe(1);
      expect(await other.ask({ ask: permanent, message: 'count' })).toBe(1);
    }
    // Watched once, told once.
    expect(await other.ask('ended')).toEqual([{ id: permanent.id, kind: 'host' }]);
    await expect(temporary.ask('count')).rejects.toMatchObject({ code: 'WEIR_ACTOR_STOPPED' });
    expect(system.children.map((ref) => ref.path)).not.toContain('/t');
  });

  test('all come back when all hosts die at once, and reach each other again', async () => {
    await systemOn(kind, { restartHosts: { intensity: 100, backoff: { firstMs: 1, maxMs: 5 } } });
    const targets = [1, 2].map((on) => system.spawn({ ...counter, args: [on] }, { on }));
    const friends = [1, 2].map((on) => system.spawn(friend, { on }));
    for (let round = 0; round < 3; round++) {
      const ends = [...targets, ...friends].map((ref) => system.watch(ref));
      system.killHost(0);
      system.killHost(1);
      await Promise.all(ends);
      for (const each of friends) {
        for (const target of targets)
          expect(await eventually(each, { ask: target, message: 'count' })).toBe(target.node);
      }
    }
  });

  test('are gone when the system has stopped: an ask is refused, also one that waits, and a tell is a dead letter', async () => {
    await systemOn(kind, { shutdownMs: 50 });
    const ref = system.spawn(counter, { on: 1 });
    const idle = system.spawn(echo, { on: 2 });
    await idle.ask(1);
    const waiting = ref.ask('never', { timeoutMs: 60_000 }).catch(({ code }) => code);
    await system.stop();
    expect(await waiting).toBe('WEIR_ACTOR_STOPPED');
    await expect(idle.ask(2)).rejects.toMatchObject({ code: 'WEIR_ACTOR_STOPPED' });
    expect(idle.tell(3)).toBe(false);
    expect(await system.watch(idle)).toEqual({ kind: 'absent' });
    expect(
      system.deadLetters
        .recent()
        .slice(-2)
        .map(({ message, reason }) => [message, reason]),
    ).toEqual([
      [2, 'stopped'],
      [3, 'stopped'],
    ]);
  });

  test('that cannot be loaded are told to who asks, and the system goes on', async () => {
    const faults: string[] = [];
    await systemOn(kind, { supervise: { intensity: 0 }, onFault: ({ message }) => faults.push(message) });
    const start = { module: new URL('./nothing.mjs', import.meta.url).href };
    const bad = system.spawn({ id: 'bad', start, on: 1 });
    await expect(bad.ask(1, { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'WEIR_ACTOR_LOAD' });
    const parent = system.spawn({ ...friend, id: 'p' }, { on: 2 });
    const end = system.watch(await parent.ask<ActorRef>({ spawn: { id: 'bad', start } }));
    expect(['error', 'absent']).toContain((await end).kind);
    while (faults.length < 2) await parent.ask('ended');
    expect(faults).toEqual(['/bad', '/p/bad'].map((path) => expect.stringContaining(`${path} was not started`)));
  });

  test('answer no message that cannot be sent to them: the asker is told, and a tell throws', async () => {
    await systemOn(kind);
    const ref = system.spawn(echo, { on: 1 });
    const message = { nested: [() => 1] };
    await expect(ref.ask(message)).rejects.toMatchObject({ code: 'WEIR_NOT_PLAIN' });
    expect(() => ref.tell(message)).toThrow(expect.objectContaining({ code: 'WEIR_NOT_PLAIN' }));
    expect(await ref.ask('still')).toBe('still');
  });

  test('whose hosts die too often: the system stops, and says why', async () => {
    await systemOn(kind, { restartHosts: { intensity: 1, periodMs: 60_000 } });
    const ref = system.spawn(counter, { on: 1 });
    await eventually(ref, 'count');
    const end = system.watch(ref);
    system.killHost(0);
    await end;
    await eventually(ref, 'count');
    system.killHost(0);
    expect(await system.terminated).toMatchObject({ kind: 'error', error: { code: 'WEIR_HOST_LOST' } });
  });
});

describe('hosts on real threads', () => {
  const { counter } = specsOn('threads');

  test.each([
    ['exit', 'called process.exit(3)'],
    ['crash', 'crashed on purpose'],
  ])('come back after %s', async (order, why) => {
    await systemOn('threads');
    const ref = system.spawn({ ...counter, args: [1] }, { on: 2 });
    const before = await ref.ask('thread');
    const end = system.watch(ref);
    ref.tell(order);
    expect(await end).toMatchObject({ kind: 'host', error: { message: expect.stringContaining(why) } });
    expect(await eventually(ref, 'thread')).not.toBe(before);
  });

  test.each(['spin', 'spin outside a turn'])(
    'that hang (%s) are killed by the watchdog and come back',
    async (order) => {
      await systemOn('threads', { hangMs: 300 });
      const ref = system.spawn(counter, { on: 1 });
      await ref.ask('count');
      const end = system.watch(ref);
      ref.tell(order);
      expect(await end).toMatchObject({ kind: 'host' });
      expect(await eventually(ref, 'count')).toBe(0);
    },
  );

  test('end with the system, even when one hangs', async () => {
    await systemOn('threads', { shutdownMs: 100 });
    const ref = system.spawn(counter, { on: 1 });
    await ref.ask('count');
    ref.tell('spin');
    expect(await system.stop()).toEqual({ kind: 'shutdown' });
  });
});
