import { describe, expect, test } from 'vitest';
import { Actor } from '../../src/actor/behaviour.ts';
import type { ExitReason, RestartType } from '../../src/actor/exit.ts';
import type { ActorRef } from '../../src/actor/ref.ts';
import type { ChildSpec, Strategy, SuperviseOptions } from '../../src/actor/spec.ts';
import { supervisor } from '../../src/actor/supervisor.ts';
import { outcome, virtual } from './support.ts';

const STRATEGIES: Strategy[] = ['one-for-one', 'one-for-all', 'rest-for-one'];
const TYPES: RestartType[] = ['permanent', 'transient', 'temporary'];
const EXITS = ['normal', 'error', 'killed'] as const;

/** Three children, whose lives are logged; each does what it is told. */
function family(options: SuperviseOptions & { types?: RestartType[]; shutdownMs?: number; stopMs?: number[] } = {}) {
  const { types = ['permanent', 'permanent', 'permanent'], shutdownMs = 1_000, stopMs = [], ...supervise } = options;
  const { system, clock } = virtual();
  const log: string[] = [];
  const refs: Record<string, ActorRef<string>> = {};
  class Child extends Actor<string> {
    readonly id: string;
    readonly stopMs: number;
    constructor(id: string, ms: number) {
      super();
      this.id = id;
      this.stopMs = ms;
    }
    override started() {
      log.push(`+${this.id}`);
      refs[this.id] = this.context.self;
    }
    receive(message: string) {
      if (message === 'error') throw new Error(`${this.id} failed`);
      if (message === 'normal') this.context.stop();
    }
    override async stopping(reason: ExitReason) {
      await this.end(reason);
    }
    override async restarting(reason: ExitReason) {
      await this.end(reason);
    }
    async end(reason: ExitReason) {
      if (this.stopMs > 0) await new Promise<void>((resolve) => this.context.clock.after(this.stopMs, resolve));
      log.push(`-${this.id} ${reason.kind}`);
    }
  }
  const children: ChildSpec[] = ['a', 'b', 'c'].map((id, i) => ({
    id,
    start: Child,
    args: [id, stopMs[i] ?? 0],
    restart: types[i]!,
    shutdownMs,
  }));
  const top = system.spawn(supervisor({ id: 'top', children, restart: 'temporary', ...supervise }));
  return { system, clock, log, refs, top, Child };
}

/** What is started again when `b` of a, b, c ends, by the rules of Erlang/OTP. */
function expected(strategy: Strategy, type: RestartType, abnormal: boolean): string[] {
  if (type === 'temporary' || (type === 'transient' && !abnormal)) return [];
  return { 'one-for-one': ['b'], 'one-for-all': ['a', 'b', 'c'], 'rest-for-one': ['b', 'c'] }[strategy];
}

const matrix = STRATEGIES.flatMap((strategy) =>
  TYPES.flatMap((type) =>
    EXITS.map((exit) => ({ strategy, type, exit, restarted: expected(strategy, type, exit !== 'normal') })),
  ),
);

describe('a supervisor', () => {
  test.each(matrix)(
    '$strategy, $type child ends $exit: restarts $restarted',
    async ({ strategy, type, exit, restarted }) => {
      const stopMs = exit === 'killed' ? [0, Number.POSITIVE_INFINITY, 0] : [];
      const { clock, log, refs, system } = family({ strategy, types: ['permanent', type, 'permanent'], stopMs });
      await clock.settle();
      expect(log.splice(0)).toEqual(['+a', '+b', '+c']);
      const end = outcome(system.watch(refs.b!));
      // One that never comes to an end of its stopping is killed when its time is over.
      refs.b!.tell(exit === 'killed' ? 'normal' : exit);
      await clock.advance(1_000);
      expect(end.value?.kind).toBe(exit);
      expect(log.filter((line) => line.startsWith('+')).map((line) => line.slice(1))).toEqual(restarted);
      const alive = ['a', 'c', ...(restarted.includes('b') ? ['b'] : [])];
      for (const id of ['a', 'b', 'c']) {
        const answer = outcome(refs[id]!.ask('hello', { timeoutMs: 10 }));
        await clock.advance(10);
        expect([id, answer.code]).toEqual([id, alive.includes(id) ? undefined : 'WEIR_ACTOR_STOPPED']);
      }
    },
  );

  test('stops the others in reverse order, one at a time, and starts all in order', async () => {
    const { clock, log, refs } = family({ strategy: 'one-for-all', stopMs: [5, 0, 20] });
    await clock.settle();
    log.length = 0;
    refs.b!.tell('error');
    await clock.advance(19);
    expect(log).toEqual(['-b error']);
    await clock.advance(100);
    expect(log).toEqual(['-b error', '-c shutdown', '-a shutdown', '+a', '+b', '+c']);
  });

  test('does not start temporary siblings again', async () => {
    const { clock, log, refs } = family({ strategy: 'one-for-all', types: ['temporary', 'permanent', 'transient'] });
    await clock.settle();
    log.length = 0;
    refs.b!.tell('error');
    await clock.advance(100);
    expect(log.toSorted()).toEqual(['+b', '+c', '-a shutdown', '-b error', '-c shutdown']);
    expect(outcome(refs.a!.ask('hello'))).toBeDefined();
  });

  test('counts one fault once when siblings fail while they are about to be restarted', async () => {
    const { clock, log, refs, top, system } = family({ strategy: 'one-for-all', intensity: 1 });
    const end = outcome(system.watch(top));
    await clock.settle();
    log.length = 0;
    refs.c!.tell('error');
    refs.b!.tell('error');
    await clock.advance(1_000);
    expect(end.done).toBe(false);
    expect(log.filter((line) => line.startsWith('+'))).toEqual(['+a', '+b', '+c']);
  });

  test('waits before a restart: longer each time, each child on its own', async () => {
    const backoff = { firstMs: 100, factor: 2, maxMs: 1_000, jitter: 0 };
    const { clock, log, refs } = family({ intensity: 100, periodMs: 60_000, backoff });
    await clock.settle();
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      log.length = 0;
      const before = clock.monotonic();
      refs.b!.tell('error');
      while (!log.includes('+b')) await clock.advance(10);
      waits.push(clock.monotonic() - before);
    }
    expect(waits).toEqual([10, 100, 200, 400, 800, 1_000]);
    refs.b!.tell('error');
    refs.a!.tell('error');
    await clock.advance(10);
    expect(log).toContain('+a');
  });

  test('keeps the messages of a child that waits for its restart', async () => {
    const { clock, log, refs } = family({ intensity: 100, backoff: { firstMs: 100, jitter: 0 } });
    await clock.settle();
    refs.b!.tell('error');
    refs.b!.tell('error');
    const answer = outcome(refs.b!.ask('hello'));
    await clock.advance(50);
    expect(answer.done).toBe(false);
    await clock.advance(60);
    expect([answer.done, answer.code]).toEqual([true, undefined]);
    expect(log.filter((line) => line === '+b')).toHaveLength(3);
  });

  test('gives up beyond its intensity: it stops the others, fails, and its own supervisor starts all anew', async () => {
    const { system, clock } = virtual();
    const log: string[] = [];
    const refs: Record<string, ActorRef<string>> = {};
    class Logged extends Actor<string> {
      override started() {
        log.push(`+${this.context.self.path}`);
        refs[this.context.self.path] = this.context.self;
      }
      receive(message: string) {
        if (message === 'error') throw new Error('again and again');
      }
      override stopping(reason: ExitReason) {
        log.push(`-${this.context.self.path} ${reason.kind}`);
      }
      override restarting() {
        log.push(`~${this.context.self.path}`);
      }
    }
    const children = ['x', 'y'].map((id) => ({ id, start: Logged }));
    const inner = supervisor({ id: 'inner', intensity: 1, periodMs: 1_000, backoff: { jitter: 0 }, children });
    system.spawn(supervisor({ id: 'outer', children: [inner, { id: 'z', start: Logged }] }));
    await clock.settle();
    expect(log.splice(0).toSorted()).toEqual(['+/outer/inner/x', '+/outer/inner/y', '+/outer/z']);
    const old = refs['/outer/inner/x']!;
    old.tell('error');
    old.tell('error');
    await clock.advance(1_000);
    expect(log).toEqual([
      '~/outer/inner/x',
      '+/outer/inner/x',
      '~/outer/inner/x',
      '-/outer/inner/y shutdown',
      '+/outer/inner/x',
      '+/outer/inner/y',
    ]);
    // The children of the new supervisor are new actors: an address of the old ones leads nowhere.
    expect(refs['/outer/inner/x']!.equals(old)).toBe(false);
    expect(old.tell('hello')).toBe(false);
  });

  test('at the top: the system stops, and says why', async () => {
    const { system, clock } = virtual({ supervise: { intensity: 2, periodMs: 1_000, backoff: { jitter: 0 } } });
    const log: string[] = [];
    class Other extends Actor {
      receive() {}
      override stopping(reason: ExitReason) {
        log.push(reason.kind);
      }
    }
    system.spawn({ id: 'other', start: Other });
    const ref = system.spawn({
      id: 'bad',
      start: () => {
        throw new Error('always');
      },
    });
    const ended = outcome(system.terminated);
    for (let i = 0; i < 3; i++) ref.tell(i);
    await clock.advance(1_000);
    expect(ended.value).toMatchObject({
      kind: 'error',
      error: { code: 'WEIR_RESTART_INTENSITY', data: { child: '/bad', cause: { message: 'always' } } },
    });
    expect(log).toEqual(['shutdown']);
    expect(() => system.spawn({ start: Other })).toThrow(expect.objectContaining({ code: 'WEIR_SYSTEM_STOPPED' }));
  });
});

describe('stopping', () => {
  test('goes in reverse order of the start, children before their parent, one at a time', async () => {
    const { clock, log, system } = family({ stopMs: [5, 10, 5] });
    await clock.settle();
    log.length = 0;
    const stopped = outcome(system.stop());
    await clock.advance(14);
    expect(log).toEqual(['-c shutdown']);
    await clock.advance(100);
    expect(log).toEqual(['-c shutdown', '-b shutdown', '-a shutdown']);
    expect(stopped.value).toEqual({ kind: 'shutdown' });
  });

  test('kills a child that takes longer than its shutdownMs, and goes on', async () => {
    const { clock, log, system, refs } = family({ stopMs: [0, Number.POSITIVE_INFINITY, 0], shutdownMs: 200 });
    await clock.settle();
    log.length = 0;
    const end = outcome(system.watch(refs.b!));
    const stopped = outcome(system.stop());
    await clock.advance(199);
    expect(log).toEqual(['-c shutdown']);
    await clock.advance(1);
    expect(log).toEqual(['-c shutdown', '-a shutdown']);
    expect([end.value, stopped.value]).toEqual([{ kind: 'killed' }, { kind: 'shutdown' }]);
  });

  test('of the system is bounded, whatever its actors do', async () => {
    const { clock, system } = family({
      stopMs: [0, Number.POSITIVE_INFINITY, 0],
      shutdownMs: Number.POSITIVE_INFINITY,
    });
    await clock.settle();
    const stopped = outcome(system.stop());
    await clock.advance(9_999);
    expect(stopped.done).toBe(false);
    await clock.advance(1);
    expect(stopped.value).toEqual({ kind: 'shutdown' });
  });

  test('waits for a handler that is at work', async () => {
    const { system, clock } = virtual();
    const ref = system.spawn({
      start: () => new Promise((resolve) => clock.after(50, () => resolve('done'))),
    });
    const answer = outcome(ref.ask(1));
    await clock.settle();
    const stopped = outcome(system.stop());
    await clock.advance(49);
    expect(stopped.done).toBe(false);
    await clock.advance(1);
    expect([answer.value, stopped.value]).toEqual(['done', { kind: 'shutdown' }]);
  });

  test('turns into an error when the hook throws', async () => {
    const { system, clock } = virtual();
    class Bad extends Actor {
      receive() {}
      override stopping() {
        throw new Error('in stopping');
      }
    }
    const ref = system.spawn({ start: Bad });
    await clock.settle();
    const end = outcome(system.stopActor(ref));
    await clock.settle();
    expect(end.value).toMatchObject({ kind: 'error', error: { message: 'in stopping' } });
    expect(system.children).toEqual([]);
  });
});
