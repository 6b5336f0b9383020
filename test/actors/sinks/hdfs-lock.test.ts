import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FolderLock, type LockStore } from '../../../actors/lib/hdfs/folder-lock.ts';
import { type ProcessId, thisProcess } from '../../../actors/lib/hdfs/process-id.ts';
import { MemoryDisk } from '../support/memory-disk.ts';

/** A store whose clock is how often anything was touched. */
class Store implements LockStore {
  readonly disk = new MemoryDisk();
  readonly #times = new Map<string, number>();
  #clock = 0;
  create = async (path: string, bytes: Uint8Array) => {
    const made = await this.disk.create(path, bytes);
    if (made) this.#times.set(path, ++this.#clock);
    return made;
  };
  beside = async (path: string) => this.disk.paths.filter((each) => each.replace('/..', '/.').startsWith(`${path}.`));
  read = (path: string) => this.disk.read(path);
  rename = (from: string, to: string) => this.disk.rename(from, to);
  remove = (path: string): Promise<void> => this.disk.remove(path);
  touch = async (path: string) => void this.#times.set(path, ++this.#clock);
  touched = async (path: string) => (this.disk.files.has(path) ? this.#times.get(path) : undefined);
}

/** Waits pass at once; what is to happen meanwhile is done at each. */
function lockOf(
  store: Store,
  who: string | ProcessId,
  meanwhile: () => unknown = () => {},
  told: string[] = [],
): FolderLock {
  const self = typeof who === 'string' ? { ...thisProcess(), host: who, machine: who } : who;
  return new FolderLock(store, 'out/', {
    what: 'hdfs x: /out/',
    self,
    log: (_, text) => told.push(text),
    async wait(ms, signal) {
      if (ms < 10_000) return void (await meanwhile());
      // The beats of who holds it: none, until it ends.
      await new Promise<void>((done) => signal.addEventListener('abort', () => done()));
    },
  });
}

describe('a folder that machines share', () => {
  test('is nobody’s to take while its lock cannot be read, which is told', async () => {
    const store = new Store();
    await store.create('out/.weir-writer', Buffer.from('{"id":'));
    await expect(lockOf(store, 'a').hold()).rejects.toMatchObject({
      code: 'WEIR_LOCKED',
      message: 'hdfs x: /out/: .weir-writer, which says who writes there, cannot be read: remove it if nobody does',
    });
  });

  test('is held by one, who lives, and by the next once it is given back', async () => {
    const store = new Store();
    const first = lockOf(store, 'a');
    await first.hold();
    await first.hold();
    const told: string[] = [];
    const other = lockOf(store, 'b', () => store.touch('out/.weir-writer'), told);
    await expect(other.hold()).rejects.toMatchObject({
      code: 'WEIR_LOCKED',
      message: `hdfs x: /out/: process ${process.pid} of a writes it, and two would destroy what the other wrote: stop it, or name another folder`,
    });
    expect(told).toEqual([expect.stringContaining('waiting up to 60 s')]);
    await first.release();
    expect(store.disk.paths).toEqual([]);
    await lockOf(store, 'b').hold();
  });

  test('is taken over from one that is dead, which learns of it if it was not', async () => {
    const store = new Store();
    const dead = lockOf(store, 'a');
    await dead.hold();
    let looks = 0;
    const heir = lockOf(store, 'b', () => looks++);
    await heir.hold();
    expect(looks).toBe(30);
    await expect(dead.hold()).rejects.toThrow(/of b has taken it over/);
    await dead.release();
    await heir.hold();
    expect(store.disk.paths).toEqual(['out/.weir-writer']);
    await heir.release();
  });

  const onLinux = test.runIf(process.platform === 'linux');

  onLinux('is taken over at once from a process of the same machine that has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const self = thisProcess();
    expect(self.machine).toMatch(/^[\da-f-]{36} net:\[\d+\] pid:\[\d+\]$/);
    for (const [ended, looks] of [
      [{ ...self, pid: child.pid as number }, 0],
      // Its number has been given to another process: to this one.
      [{ ...self, born: '1' }, 0],
      // Another machine of the same name, and one that does not tell what it is.
      [{ ...self, machine: 'another boot', pid: child.pid as number }, 30],
      [{ host: self.host, pid: child.pid as number }, 30],
    ] as const) {
      const store = new Store();
      await lockOf(store, ended).hold();
      let looked = 0;
      await lockOf(store, self, () => looked++).hold();
      expect(looked, JSON.stringify(ended)).toBe(looks);
    }
  });

  onLinux(
    'is not taken over from one that lives, be it of the same machine and under another name of the folder',
    async () => {
      const store = new Store();
      const first = lockOf(store, thisProcess());
      await first.hold();
      const other = lockOf(store, thisProcess(), () => store.touch('out/.weir-writer'));
      await expect(other.hold()).rejects.toMatchObject({ code: 'WEIR_LOCKED' });
      // Not where a run of this process could not give it back.
      store.remove = () => Promise.reject(new Error('no answer'));
      await expect(first.release()).rejects.toThrow('no answer');
      store.remove = (path) => store.disk.remove(path);
      let looks = 0;
      await lockOf(store, thisProcess(), () => looks++).hold();
      expect(looks).toBe(0);
    },
  );

  test('leaves nothing of those who were killed while they took it', async () => {
    const store = new Store();
    for (const name of ['out/.weir-writer.1', 'out/..weir-writer.2.tmp', 'out/.part', 'out/sub/.weir-writer.3']) {
      await store.create(name, Buffer.from('{}'));
    }
    const lock = lockOf(store, 'a');
    await lock.hold();
    expect(store.disk.paths.sort()).toEqual(['out/.part', 'out/.weir-writer', 'out/sub/.weir-writer.3']);
    await lock.release();
  });

  test('goes to one alone of those that take it over at the same time', async () => {
    const store = new Store();
    await lockOf(store, 'dead').hold();
    const heirs = ['a', 'b', 'c', 'd'].map((host) => lockOf(store, host));
    const held = await Promise.allSettled(heirs.map((heir) => heir.hold()));
    const still = await Promise.allSettled(heirs.map((heir) => heir.hold()));
    const winners = still.filter(({ status }) => status === 'fulfilled');
    expect(held.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(winners.length).toBeLessThanOrEqual(1);
  });
});
