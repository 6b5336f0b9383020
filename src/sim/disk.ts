import { dirname } from 'node:path/posix';
import { WeirError } from '../base/errors.ts';
import type { AppendFile, Disk } from '../world/disk.ts';
import { fileShort } from '../world/file-short.ts';
import type { Draw } from './draw.ts';
import { diskError, type Failures } from './failures.ts';
import type { Inode, SimFiles } from './files.ts';
import { type Holds, OWNER, type OwnedDisk } from './holds.ts';
import { openSimKv, type SimStores } from './kv.ts';
import type { Actor, Schedule } from './schedule.ts';

/** Bytes that copying one file behind another moves at a time. */
const COPY_BYTES = 1 << 17;

/** The machine's disk, which outlives the processes on it. */
export interface SimMachine {
  readonly schedule: Schedule;
  readonly draw: Draw;
  readonly files: SimFiles;
  readonly stores: SimStores;
  readonly failures: Failures;
  readonly holds: Holds;
  /** How long an operation takes on average, ms. */
  readonly latencyMs: number;
}

/** Runs one operation of an actor's as an event; a write may fail, and may be done although its actor died meanwhile. */
export class Operations {
  readonly machine: SimMachine;
  readonly actor: Actor;

  constructor(machine: SimMachine, actor: Actor) {
    this.machine = machine;
    this.actor = actor;
  }

  read<T>(label: string, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#add(label, () => {
        try {
          resolve(effect());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** `effect` does a part of the write, from nothing at 0 to all of it at 1, and may want to know that it fails. */
  write<T>(label: string, path: string, effect: (part: number, fails: boolean) => T): Promise<T> {
    const { failures, draw } = this.machine;
    return new Promise((resolve, reject) => {
      const task = () => {
        const part = failures.next();
        try {
          const done = effect(part ?? 1, part !== undefined);
          if (part === undefined) resolve(done);
          else reject(diskError(path));
        } catch (error) {
          reject(error);
        }
      };
      const afterDeath = () => {
        try {
          effect(draw.pick([1, draw.next()]), false);
        } catch {
          // Nobody is left to be told.
        }
      };
      this.#add(label, task, afterDeath);
    });
  }

  #add(label: string, task: () => void, afterDeath?: () => void): void {
    const { schedule, draw, latencyMs } = this.machine;
    schedule.add(this.actor, draw.next() * 2 * latencyMs, label, task, afterDeath);
  }
}

/** The disk as an actor sees it: each operation takes its time, and is a step of its own. */
export function simDisk(machine: SimMachine, actor: Actor): Disk {
  const { files } = machine;
  const ops = new Operations(machine, actor);

  const openAppend = async (path: string, truncateTo?: number): Promise<AppendFile> => {
    const file = await ops.write('open', path, () => {
      const size = files.find(path)?.bytes.length;
      if (truncateTo !== undefined && truncateTo > (size ?? 0)) throw fileShort(path, size, truncateTo);
      return files.open(path);
    });
    const size = file.bytes.length;
    if (truncateTo !== undefined && truncateTo < size) await ops.write('cut', path, () => file.truncate(truncateTo));
    if (size === 0) await ops.write('sync-folder', path, () => files.syncFolder(dirname(path)));
    return append(file, path);
  };

  const append = (file: Inode, path: string): AppendFile => ({
    append: (bytes) =>
      ops.write('append', path, (part) => file.append(bytes.subarray(0, Math.ceil(part * bytes.length)))),
    sync: () => ops.write('sync', path, (part) => void (part === 1 && file.sync())),
    close: () => Promise.resolve(),
  });

  const disk: OwnedDisk = {
    [OWNER]: { actor, holds: machine.holds },
    openKv: (path) => openSimKv(path, ops),
    openAppend: (path, options = {}) => openAppend(path, options.truncateTo),

    async appendFileTo(from, to, truncateTo) {
      const source = await ops.read('open', () => found(files.find(from), from));
      const target = await openAppend(to, truncateTo);
      for (let at = 0; at < source.bytes.length; at += COPY_BYTES) {
        await target.append(source.bytes.subarray(at, at + COPY_BYTES));
      }
      await target.sync();
    },

    create: (path, bytes) =>
      ops.write('create', path, (part) => {
        if (files.find(path) !== undefined) return false;
        // Made aside and then linked: what is not all of it cannot be seen.
        if (part < 1) return true;
        const file = files.open(path);
        file.append(bytes);
        file.sync();
        files.syncFolder(dirname(path));
        return true;
      }),

    async rename(from, to) {
      await ops.write('rename', from, (part) => {
        found(files.find(from), from);
        if (part > 0) files.rename(from, to);
      });
      for (const folder of new Set([dirname(to), dirname(from)])) {
        await ops.write('sync-folder', to, () => files.syncFolder(folder));
      }
    },

    remove: (path) => ops.write('remove', path, (part) => void (part > 0 && files.remove(path))),
    size: (path) => ops.read('size', () => files.find(path)?.bytes.length),
    read: (path) => ops.read('read', () => files.find(path)?.bytes.slice()),
    lock: async (path) => {
      const release = machine.holds.take(`what is written to ${path}`, actor);
      return async () => release();
    },
    list: (folder) => {
      const prefix = folder.endsWith('/') ? folder : `${folder}/`;
      return ops.read('list', () => files.list(prefix).map((path) => path.slice(prefix.length)));
    },
  };
  return disk;
}

function found(file: Inode | undefined, path: string): Inode {
  if (file !== undefined) return file;
  throw new WeirError('WEIR_DISK', `cannot open ${path}: ENOENT`, { data: { code: 'ENOENT', path } });
}
