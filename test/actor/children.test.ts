import { expect, test } from 'vitest';
import { Actor } from '../../src/actor/behaviour.ts';
import type { ChildSpec } from '../../src/actor/spec.ts';
import { supervisor } from '../../src/actor/supervisor.ts';
import { outcome, virtual } from './support.ts';

test('children of any actor are supervised one-for-one, and gone before their parent starts again', async () => {
  const { system, clock } = virtual();
  const log: string[] = [];
  class Child extends Actor<string> {
    receive(message: string) {
      if (message === 'error') throw new Error('on purpose');
    }
    override stopping() {
      log.push(`-${this.context.self.path}`);
    }
  }
  class Parent extends Actor<string> {
    override started() {
      for (const id of ['x', 'y']) this.context.spawn({ id, start: Child });
      log.push('+parent');
    }
    receive(message: string) {
      if (message === 'error') throw new Error('on purpose');
      if (message === 'stop x') this.context.stop(this.context.children[0]);
      return this.context.children.map((ref) => ref.path);
    }
    override restarting() {
      log.push('~parent');
    }
  }
  const ref = system.spawn<string>({ id: 'p', start: Parent });
  const before = outcome(ref.ask('children'));
  ref.tell('error');
  const after = outcome(ref.ask('stop x'));
  await clock.settle();
  const last = outcome(ref.ask('children'));
  await clock.settle();
  expect(before.value).toEqual(['/p/x', '/p/y']);
  expect(after.value).toEqual(['/p/x', '/p/y']);
  expect(last.value).toEqual(['/p/y']);
  expect(log).toEqual(['+parent', '-/p/y', '-/p/x', '~parent', '+parent', '-/p/x']);
});

test('children have ids of their own among siblings, and specs that make sense', () => {
  const { system } = virtual();
  const start = () => {};
  system.spawn({ id: 'a', start });
  const code = (spec: ChildSpec) => {
    try {
      return system.spawn(spec).path;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(code({ id: 'a', start })).toBe('WEIR_ACTOR_EXISTS');
  expect(code({ id: 'a/b', start })).toBe('WEIR_CHILD_SPEC');
  expect(code({ id: 'c', start, capacity: 0 })).toBe('WEIR_CHILD_SPEC');
  expect(code({ id: 'd', start: 'nothing' as never })).toBe('WEIR_CHILD_SPEC');
  expect(code({ id: 'e', start, restart: 'sometimes' as never })).toBe('WEIR_CHILD_SPEC');
  expect(code({ id: 'f', start, supervise: { strategy: 'foo' as never } })).toBe('WEIR_CHILD_SPEC');
  expect(code({ id: 'g', start, supervise: { intensity: -1 } })).toBe('WEIR_CHILD_SPEC');
  expect(code({ id: 'h', start, supervise: { maxRestarts: 3 } as never })).toBe('WEIR_CHILD_SPEC');
  expect(code({ id: 'e', start, on: 1 })).toBe('WEIR_NO_HOST');
  expect(code({ start })).toMatch(/^\/\$\d+$/);
});

test('children that cannot be constructed or started fail like others', async () => {
  const { system, clock } = virtual();
  class Unborn extends Actor {
    constructor() {
      super();
      throw new Error('in the constructor');
    }
    receive() {}
  }
  const ref = system.spawn({ start: Unborn, restart: 'temporary' });
  const end = outcome(system.watch(ref));
  const missing = system.spawn({
    start: { module: new URL('./support.ts', import.meta.url).href, export: 'Nothing' },
    restart: 'temporary',
  });
  const absent = outcome(system.watch(missing));
  await clock.until(() => end.done && absent.done);
  expect(end.value).toMatchObject({ kind: 'error', error: { message: 'in the constructor' } });
  expect(absent.value).toMatchObject({ kind: 'error', error: { code: 'WEIR_ACTOR_LOAD' } });
});

const unloadable = [
  ['a module that is not there', { module: new URL('./nothing.mjs', import.meta.url).href }],
  ['an export that is not there', { module: new URL('./support.ts', import.meta.url).href, export: 'Nothing' }],
] as const;

test.each(unloadable)('%s: who asks and watches is told, and the others go on', async (_, start) => {
  const faults: string[] = [];
  const { system, clock } = virtual({ supervise: { intensity: 0 }, onFault: ({ message }) => faults.push(message) });
  const good = system.spawn({ id: 'good', start: (message: unknown) => message });
  const bad = system.spawn({ id: 'bad', start });
  const asked = outcome(bad.ask(1, { timeoutMs: 60_000 }));
  const end = outcome(system.watch(bad));
  await clock.until(() => asked.done && end.done);
  expect([asked.code, end.value]).toMatchObject(['WEIR_ACTOR_LOAD', { error: { code: 'WEIR_ACTOR_LOAD' } }]);
  expect(faults).toEqual([expect.stringContaining('/bad was not started')]);
  expect(system.children).toEqual([good]);
  const later = [outcome(bad.ask(2)), outcome(good.ask(3))];
  await clock.settle();
  expect(later).toMatchObject([{ code: 'WEIR_ACTOR_LOAD' }, { value: 3 }]);
});

test('children that cannot be loaded are told of by a supervisor they were given to: it has not started either', async () => {
  const faults: string[] = [];
  const { system, clock } = virtual({ supervise: { intensity: 0 }, onFault: ({ message }) => faults.push(message) });
  const start = unloadable[0][1];
  const inner = supervisor({ id: 'inner', children: [{ id: 'bad', start }] });
  const end = outcome(system.watch(system.spawn(supervisor({ id: 'outer', children: [inner] }))));
  await clock.until(() => faults.length > 0);
  expect(faults).toEqual([expect.stringMatching(/^\/outer was not started: .*\/outer\/inner\/bad was not started/)]);
  expect(end.value).toMatchObject({ kind: 'error', error: { code: 'WEIR_ACTOR_LOAD' } });
  expect(outcome(system.terminated).done).toBe(false);
});
