import { expect, test } from 'vitest';
import { Owned } from '../../src/run/owned.ts';
import { MemoryDisk, VirtualClock } from '../../src/testkit/index.ts';
import type { AppendFile } from '../../src/world/disk.ts';

/** A disk that counts the files that are open. */
function counting() {
  const disk = new MemoryDisk();
  const open = new Set<string>();
  const openAppend = disk.openAppend.bind(disk);
  disk.openAppend = async (path, options) => {
    const file = await openAppend(path, options);
    open.add(path);
    return {
      append: (b) => file.append(b),
      sync: () => file.sync(),
      close: async () => void open.delete(path),
    } as AppendFile;
  };
  return { disk, open };
}

test('files, stores and timers are given back, what is being opened too, and all the rest although one fails', async () => {
  const { disk, open } = counting();
  const clock = new VirtualClock();
  const owned = new Owned(disk, clock);
  const done = await owned.disk.openAppend('done');
  await done.append(Buffer.from('x'));
  await done.close();
  await owned.disk.openAppend('left');
  owned.disk.openAppend('opening');
  await owned.disk.openKv('store');
  let ran = 0;
  owned.after(5, () => ran++);
  owned.after(20, () => ran++);
  clock.advance(10);
  const closed: string[] = [];
  owned.add(() => void closed.push('first'));
  owned.add(() => {
    throw new Error('cannot');
  });
  owned.add(async () => void closed.push('last'));
  const failed: string[] = [];
  await owned.close((text) => failed.push(text));
  expect(closed).toEqual(['last', 'first']);
  expect(failed).toEqual(['closing: cannot']);
  expect([...open]).toEqual([]);
  clock.advance(100);
  expect(ran).toBe(1);
  // Locked, were it still open.
  await (await disk.openKv('store')).close();
});
