import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realDisk } from '../../src/host/disk.ts';

const LOCK = new URL('./fixtures/lock.mjs', import.meta.url);
const bytes = (text: string) => Buffer.from(text);

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-disk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('a key-value store', () => {
  test('keeps what was written over a close, in order of the keys', async () => {
    const path = join(folder, 'deep/down/kv');
    const kv = await realDisk.openKv(path);
    await kv.batch([
      { type: 'put', key: 'b', value: bytes('2') },
      { type: 'put', key: 'a', value: bytes('1') },
      { type: 'put', key: 'c', value: Uint8Array.of(0, 255, 3) },
    ]);
    await kv.batch([{ type: 'del', key: 'b' }], { sync: true });
    await kv.close();
    const again = await realDisk.openKv(path);
    expect(String(await again.get('a'))).toBe('1');
    expect(await again.get('b')).toBe(undefined);
    expect(await collect(again.keys({}))).toEqual(['a', 'c']);
    const [, value] = (await collect(again.entries({ gte: 'b' })))[0]!;
    expect([...value]).toEqual([0, 255, 3]);
    expect(await collect(again.keys({ lt: 'c', reverse: true, limit: 5 }))).toEqual(['a']);
    await again.close();
  });

  test('opens when the thread that had it has just been killed', async () => {
    const path = join(folder, 'kv');
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(LOCK, { workerData: { path } });
      await once(worker, 'message');
      const dying = worker.terminate();
      const kv = await realDisk.openKv(path);
      await kv.close();
      await dying;
    }
  });

  test('that another process holds is WEIR_LOCKED, and names the path', async () => {
    const path = join(folder, 'kv');
    const child = fork(LOCK, [path]);
    await once(child, 'message');
    await expect(realDisk.openKv(path)).rejects.toMatchObject({
      code: 'WEIR_LOCKED',
      message: expect.stringContaining(path),
      data: { path },
    });
    child.kill('SIGKILL');
    await (await realDisk.openKv(path)).close();
  });

  test('that cannot be opened is WEIR_DISK', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(realDisk.openKv(join(folder, 'file'))).rejects.toMatchObject({ code: 'WEIR_DISK' });
  });
});

describe('files', () => {
  test('are appended to, and cut to what a checkpoint knows', async () => {
    const path = join(folder, 'out/part.ndjson');
    const file = await realDisk.openAppend(path);
    await file.append(bytes('one\n'));
    await file.append(bytes('two\n'));
    await file.sync();
    await file.close();
    expect(await realDisk.size(path)).toBe(8);
    const again = await realDisk.openAppend(path, { truncateTo: 4 });
    await again.append(bytes('2\n'));
    await again.close();
    expect(String(await realDisk.read(path))).toBe('one\n2\n');
  });

  test('shorter than what was synced are refused, not filled up', async () => {
    const path = join(folder, 'part');
    await writeFile(path, 'abc');
    await expect(realDisk.openAppend(path, { truncateTo: 10 })).rejects.toMatchObject({ code: 'WEIR_FILE_SHORT' });
    expect(await readFile(path, 'utf8')).toBe('abc');
  });

  test('are appended to one another; done twice from the same place it is as if done once', async () => {
    const long = Buffer.alloc(3 * 2 ** 20 + 17, 'x');
    const [from, to] = [join(folder, 'from'), join(folder, 'sub/to')];
    await writeFile(from, long);
    await realDisk.appendFileTo(from, to, 0);
    await realDisk.appendFileTo(from, to, 5);
    await realDisk.appendFileTo(from, to, 5);
    expect(await realDisk.size(to)).toBe(long.length + 5);
    await expect(realDisk.appendFileTo(join(folder, 'none'), to, 5)).rejects.toMatchObject({
      code: 'WEIR_DISK',
      data: { code: 'ENOENT' },
    });
  });

  test('are renamed over another, removed, listed; an absent one is undefined', async () => {
    await writeFile(join(folder, 'a'), 'new');
    await realDisk.rename(join(folder, 'a'), join(folder, 'x/y/b'));
    await writeFile(join(folder, 'c'), '');
    expect(await realDisk.list(folder)).toEqual(['c', 'x/y/b']);
    await realDisk.remove(join(folder, 'x'));
    await realDisk.remove(join(folder, 'x'));
    expect(await realDisk.list(folder)).toEqual(['c']);
    expect(await realDisk.list(join(folder, 'absent'))).toEqual([]);
    expect(await realDisk.size(join(folder, 'absent'))).toBe(undefined);
    expect(await realDisk.read(join(folder, 'absent'))).toBe(undefined);
  });
});

test('what is no regular file is neither measured nor written to', async () => {
  const refused = expect.objectContaining({ code: 'WEIR_NOT_A_FILE' });
  for (const path of ['/dev/null', folder]) await expect(realDisk.size(path)).rejects.toThrow(refused);
  await expect(realDisk.openAppend('/dev/null')).rejects.toThrow(refused);
});
