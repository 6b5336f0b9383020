import { BroadcastChannel } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createInlineThreads } from '../../src/host/inline.ts';
import { createThreads } from '../../src/host/threads.ts';
import type { HostHandle, Threads } from '../../src/world/threads.ts';
import { HOSTS, inbox, stopped } from './support.ts';

const kinds: [string, Threads][] = [
  ['threads', createThreads({ threads: 3 })],
  ['inline', createInlineThreads()],
];

describe.each(kinds)('hosts on %s', (kind, threads) => {
  let hosts: HostHandle[] = [];
  afterAll(() => threads.close());
  afterEach(() => stopped(hosts));

  test('talk with their starter and with each other, by control messages and by frames', async () => {
    hosts = await threads.start(HOSTS, [{ role: 'echo' }, { role: 'echo' }]);
    const boxes = hosts.map(inbox);
    for (const box of boxes) await box.next();
    hosts[0]!.control.post({ hello: [1, 2] });
    expect(await boxes[0]!.next()).toEqual({ echo: { hello: [1, 2] }, index: 0 });
    expect(hosts[1]!.link.peer).toBe(2);
    hosts[1]!.link.trySend(9, Buffer.from('a frame'));
    expect(await boxes[1]!.next()).toEqual({ from: -1, channel: 9, text: 'a frame' });
  });

  test('tell a normal end, a thrown error and a kill apart, and errors keep code and data', async () => {
    hosts = await threads.start(HOSTS, [{ role: 'echo' }, { role: 'throw' }, { role: 'echo' }]);
    hosts[0]!.control.post('stop');
    expect(await hosts[0]!.exit).toEqual({ kind: 'done' });
    expect(await hosts[1]!.exit).toMatchObject({
      kind: 'error',
      error: { message: 'thrown on purpose', code: 'WEIR_THROWN', data: { answer: 42 } },
    });
    hosts[2]!.kill();
    hosts[2]!.kill();
    expect(await hosts[2]!.exit).toEqual({ kind: 'killed' });
  });

  test('can be replaced, and the others learn of the new link', async () => {
    hosts = await threads.start(HOSTS, [{ role: 'echo' }, { role: 'echo' }, { role: 'echo' }]);
    const boxes = hosts.map(inbox);
    for (const box of boxes) await box.next();
    const first = boxes[0]!;
    for (let round = 0; round < 3; round++) {
      hosts[1]!.kill();
      await hosts[1]!.exit;
      hosts[1] = await threads.replace(hosts[1]!, { role: 'echo' });
      expect(hosts[1].index).toBe(1);
      const box = inbox(hosts[1]);
      const got = [await first.next(), await box.next(), await box.next(), await box.next()];
      expect(got[0]).toEqual({ linked: 1 });
      expect(got).toContainEqual({ from: 0, channel: 5, text: 'welcome from 0' });
      expect(got).toContainEqual({ from: 2, channel: 5, text: 'welcome from 2' });
      hosts[1].link.trySend(1, Buffer.from('still here'));
      expect(await box.next()).toMatchObject({ text: 'still here' });
    }
  });

  test('that cannot be started say so by their exit or at once', async () => {
    const nothing = new URL('./support.ts', import.meta.url).href;
    const module = kind === 'inline' ? nothing : new URL('../../dist/src/base/hash.js', import.meta.url).href;
    const started = threads.start(module, [{}]).then((all) => all[0]!.exit);
    if (kind === 'inline') await expect(started).rejects.toMatchObject({ code: 'WEIR_HOST_MODULE' });
    else expect(await started).toMatchObject({ kind: 'error', error: { code: 'WEIR_HOST_MODULE' } });
  });
});

describe('hosts on real threads', () => {
  const threads = createThreads({ threads: 2 });
  afterAll(() => threads.close());

  const ends: [string, object][] = [
    ['throw later', { kind: 'error', error: { code: 'WEIR_UNCAUGHT', data: { answer: 42 } } }],
    ['reject', { kind: 'error', error: { code: 'WEIR_REJECTED', data: { answer: 42 } } }],
    ['exit', { kind: 'exited', code: 7 }],
  ];
  test.each(ends)('tell how they ended on "%s"', async (order, exit) => {
    const hosts = await threads.start(HOSTS, [{ role: 'echo' }]);
    hosts[0]!.control.post(order);
    expect(await hosts[0]!.exit).toMatchObject(exit);
  });

  test('can be killed in an endless loop', async () => {
    const [host] = await threads.start(HOSTS, [{ role: 'echo' }]);
    const box = inbox(host!);
    await box.next();
    host!.control.post('before');
    await box.next();
    host!.control.post('spin');
    host!.kill();
    expect(await host!.exit).toEqual({ kind: 'killed' });
  });

  test('are started again on the same pool: a surviving thread is reused, a dead one replaced', async () => {
    const before = await threads.start(HOSTS, [{ role: 'echo' }, { role: 'echo' }]);
    const ran = await Promise.all(before.map((host) => inbox(host).next()));
    before[0]!.kill();
    before[1]!.control.post('stop');
    await Promise.all(before.map((host) => host.exit));
    const after = await threads.start(HOSTS, [{ role: 'echo' }, { role: 'echo' }]);
    const runs = (await Promise.all(after.map((host) => inbox(host).next()))).map((message) => message.hostsRun);
    expect(runs.toSorted()).toEqual([1, (ran[1]!.hostsRun as number) + 1]);
    expect(await stopped(after)).toEqual(['done', 'done']);
  });

  test('are refused when no thread is free for them', async () => {
    const hosts = await threads.start(HOSTS, [{ role: 'echo' }, { role: 'echo' }]);
    await expect(threads.start(HOSTS, [{ role: 'echo' }])).rejects.toMatchObject({ code: 'WEIR_THREADS' });
    expect(await stopped(hosts)).toEqual(['done', 'done']);
  });

  test('that are killed before their thread has started end all the same', async () => {
    const cold = createThreads({ threads: 1 });
    for (let i = 0; i < 3; i++) {
      const [host] = await cold.start(HOSTS, [{ role: 'echo' }]);
      host!.kill();
      expect(await host!.exit).toEqual({ kind: 'killed' });
    }
    await cold.close();
  });

  test('run on threads that have imported modules before they were asked for, whatever became of them', async () => {
    const channel = new BroadcastChannel('weir-preloaded');
    const imported = () => new Promise((resolve) => (channel.onmessage = ({ data }) => resolve(data)));
    const module = new URL('./fixtures/preloaded.mjs', import.meta.url).href;
    const first = imported();
    const warm = createThreads({ threads: 1, preload: { module, more: 'weir-more' } });
    expect(await first).toBe('imported');
    const second = imported();
    const more = new BroadcastChannel('weir-more');
    more.postMessage(`${module}?second`);
    expect(await second).toBe('imported');
    more.close();
    channel.close();
    const hosts = await warm.start(HOSTS, [{ role: 'echo' }]);
    expect(await inbox(hosts[0]!).next()).toBeDefined();
    expect(await stopped(hosts)).toEqual(['done']);
    await warm.close();
  });

  test('end at once when the threads are closed', async () => {
    const short = createThreads({ threads: 2 });
    const hosts = await short.start(HOSTS, [{ role: 'echo' }, { role: 'echo' }]);
    await inbox(hosts[0]!).next();
    await short.close();
    expect(await Promise.all(hosts.map((host) => host.exit))).toEqual([{ kind: 'killed' }, { kind: 'killed' }]);
    await expect(short.start(HOSTS, [{}])).rejects.toMatchObject({ code: 'WEIR_THREADS' });
  });
});
