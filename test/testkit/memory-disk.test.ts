import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { realDisk } from '../../src/host/disk.ts';
import { MemoryDisk } from '../../src/testkit/index.ts';
import type { Disk } from '../../src/world/disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-disk-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => Buffer.from(text);
const text = (found: Uint8Array | undefined) => found && Buffer.from(found).toString();

async function write(disk: Disk, path: string, content: string): Promise<void> {
  const file = await disk.openAppend(path, { truncateTo: 0 });
  await file.append(bytes(content));
  await file.sync();
  await file.close();
}

// What a test learns from the disk in memory must hold on the one of the machine.
describe.each([
  ['the disk in memory', new MemoryDisk(), 'disk'],
  ['the disk of this machine', realDisk, folder],
] as [string, Disk, string][])('%s', (_, disk, root) => {
  const at = (name: string) => `${root}/${name}`;

  test('appends, cuts, reads and tells the size', async () => {
    await write(disk, at('a/b.txt'), 'one two');
    const file = await disk.openAppend(at('a/b.txt'), { truncateTo: 3 });
    await file.append(bytes('!'));
    await file.close();
    expect(text(await disk.read(at('a/b.txt')))).toBe('one!');
    expect(await disk.size(at('a/b.txt'))).toBe(4);
    expect(await disk.read(at('a/none'))).toBeUndefined();
    expect(await disk.size(at('a/none'))).toBeUndefined();
  });

  test('does not cut a file to more than it has', async () => {
    await write(disk, at('short'), 'abc');
    await expect(disk.openAppend(at('short'), { truncateTo: 4 })).rejects.toMatchObject({ code: 'WEIR_FILE_SHORT' });
  });

  test('appends a file to another one', async () => {
    await write(disk, at('from'), 'tail');
    await write(disk, at('to'), 'head and more');
    await disk.appendFileTo(at('from'), at('to'), 5);
    expect(text(await disk.read(at('to')))).toBe('head tail');
    await expect(disk.appendFileTo(at('none'), at('to'), 0)).rejects.toMatchObject({ code: 'WEIR_DISK' });
  });

  test('renames over another file, and into folders that there are not yet', async () => {
    await write(disk, at('old'), 'new');
    await write(disk, at('deep/er/target'), 'old');
    await disk.rename(at('old'), at('deep/er/target'));
    expect(text(await disk.read(at('deep/er/target')))).toBe('new');
    expect(await disk.read(at('old'))).toBeUndefined();
    await disk.rename(at('deep/er/target'), at('very/deep'));
    expect(await disk.size(at('very/deep'))).toBe(3);
    await expect(disk.rename(at('none'), at('there'))).rejects.toMatchObject({ data: { code: 'ENOENT' } });
  });

  test('lists what is below a folder, and removes it all', async () => {
    for (const name of ['list/b', 'list/a/c', 'list/a.txt']) await write(disk, at(name), 'x');
    expect(await disk.list(at('list'))).toEqual(['a.txt', 'a/c', 'b']);
    expect(await disk.list(at('list/'))).toEqual(['a.txt', 'a/c', 'b']);
    await disk.remove(at('list/a'));
    await disk.remove(at('list/none'));
    expect(await disk.list(at('list'))).toEqual(['a.txt', 'b']);
    expect(await disk.list(at('no folder'))).toEqual([]);
  });

  test('keeps keys in the order of their bytes, and lets one opener in', async () => {
    const kv = await disk.openKv(at('store'));
    await expect(disk.openKv(at('store'))).rejects.toMatchObject({ code: 'WEIR_LOCKED' });
    const keys = ['b', 'a', '\u00e9', '\uffee', '\u{1f600}', 'a/b'];
    await kv.batch(keys.map((key) => ({ type: 'put', key, value: bytes(key) })));
    await kv.batch([{ type: 'del', key: 'b' }], { sync: true });
    const all = async (range: object) => {
      const found: string[] = [];
      for await (const [key, value] of kv.entries(range)) {
        expect(text(value)).toBe(key);
        found.push(key);
      }
      return found;
    };
    expect(await all({})).toEqual(['a', 'a/b', '\u00e9', '\uffee', '\u{1f600}']);
    expect(await all({ gte: 'a/', lt: '\uffee', reverse: true })).toEqual(['\u00e9', 'a/b']);
    expect(await all({ limit: 1 })).toEqual(['a']);
    expect(await kv.get('b')).toBeUndefined();
    expect(text(await kv.get('a'))).toBe('a');
    await kv.close();
    const again = await disk.openKv(at('store'));
    expect(text(await again.get('a/b'))).toBe('a/b');
    await again.close();
  });
});

describe('a crash of the disk in memory', () => {
  test('loses what was not synced, and keeps what was', async () => {
    const disk = new MemoryDisk();
    const file = await disk.openAppend('log');
    await file.append(bytes('sure'));
    await file.sync();
    await file.append(bytes(' lost'));
    const kv = await disk.openKv('kv');
    await kv.batch([{ type: 'put', key: 'sure', value: bytes('1') }], { sync: true });
    await kv.batch([{ type: 'put', key: 'lost', value: bytes('1') }]);
    const next = disk.afterCrash();
    expect(next.contents()).toEqual({ log: 'sure', 'kv#sure': '1' });
    // Whoever still lives of the old process cannot reach the new one's disk.
    await file.append(bytes(' late'));
    await kv.batch([{ type: 'put', key: 'late', value: bytes('1') }], { sync: true });
    expect(next.contents()).toEqual({ log: 'sure', 'kv#sure': '1' });
  });

  test('may keep what was not synced, or half of it', async () => {
    const disk = new MemoryDisk();
    const file = await disk.openAppend('log');
    await file.append(bytes('1234'));
    await file.sync();
    await file.append(bytes('5678'));
    expect(disk.afterCrash('kept').text('log')).toBe('12345678');
    expect(disk.afterCrash('half kept').text('log')).toBe('123456');
    expect(disk.afterCrash('lost').text('log')).toBe('1234');
  });

  test('a write may fail and be done all the same', async () => {
    const disk = new MemoryDisk();
    await write(disk, 'old', 'x');
    disk.failAt(1, { done: true });
    await expect(disk.rename('old', 'new')).rejects.toMatchObject({ code: 'WEIR_DISK' });
    await expect(disk.remove('new')).rejects.toMatchObject({ code: 'WEIR_DISK' });
    expect(disk.afterCrash().contents()).toEqual({ new: 'x' });
  });

  test('a rename to another file system is refused', async () => {
    const disk = new MemoryDisk({ deviceOf: (path) => path.split('/')[0] as string });
    await write(disk, 'a/x', 'x');
    await expect(disk.rename('a/x', 'b/x')).rejects.toMatchObject({ data: { code: 'EXDEV' } });
    await disk.rename('a/x', 'a/y');
  });

  test('the nth write from now on fails, and all after it', async () => {
    const disk = new MemoryDisk();
    const file = await disk.openAppend('log');
    disk.failAt(2);
    await file.append(bytes('a'));
    await expect(file.append(bytes('b'))).rejects.toMatchObject({ code: 'WEIR_DISK', data: { code: 'EIO' } });
    await expect(file.sync()).rejects.toMatchObject({ code: 'WEIR_DISK' });
    expect(disk.text('log')).toBe('a');
    expect(disk.afterCrash().text('log')).toBe('');
  });
});
