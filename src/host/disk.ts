import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, link, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { WeirError } from '../base/errors.ts';
import type { AppendFile, Disk } from '../world/disk.ts';
import { fileShort } from '../world/file-short.ts';
import { coded } from './disk-error.ts';
import { makeFolder, syncFolder } from './folders.ts';
import { openLevel } from './level-kv.ts';
import { lockPath } from './path-lock.ts';

const COPY_BYTES = 2 ** 20;

/**
 * The machine's disk: LevelDB and node:fs. Names are as durable as contents: a folder is synced after a file in it was
 * created or renamed. Errors: `WEIR_DISK` (with the system's code in `data.code`), `WEIR_LOCKED` of a store or an output in use,
 * `WEIR_NOT_A_FILE` of a folder or device where a file is meant, `WEIR_FILE_SHORT` when a file has fewer bytes than it is to be cut to.
 */
export const realDisk: Disk = {
  openKv: openLevel,

  openAppend: (path, options = {}) => coded('open', path, () => openAppend(path, options.truncateTo)),

  appendFileTo: (from, to, truncateTo) =>
    coded('append to', to, async () => {
      const source = await open(from, 'r');
      try {
        const target = await openAppend(to, truncateTo);
        try {
          await copy(source, target);
          await target.sync();
        } finally {
          await target.close();
        }
      } finally {
        await source.close();
      }
    }),

  create: (path, bytes) => coded('create', path, () => create(path, bytes)),

  rename: (from, to) =>
    coded('rename', from, async () => {
      const [old, now] = [dirname(resolve(from)), dirname(resolve(to))];
      await makeFolder(now);
      await rename(from, to);
      await syncFolder(now);
      if (old !== now) await syncFolder(old);
    }),

  remove: (path) => coded('remove', path, () => rm(path, { recursive: true, force: true })),

  size: (path) =>
    coded('read', path, async () => {
      const found = await unlessAbsent(stat(path));
      if (found !== undefined) checkRegular(path, found);
      return found?.size;
    }),

  read: (path) => coded('read', path, () => unlessAbsent(readFile(path))),

  lock: lockPath,

  list: (folder) =>
    coded('list', folder, async () => {
      const found = await unlessAbsent(readdir(folder, { recursive: true, withFileTypes: true }));
      const files = (found ?? []).filter((entry) => entry.isFile());
      return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/')).sort();
    }),
};

/** What cannot be synced, cut or replaced is not written to. */
function checkRegular(path: string, found: Stats): void {
  if (found.isFile()) return;
  const what = found.isDirectory() ? 'a folder' : 'a device, pipe or socket';
  throw new WeirError('WEIR_NOT_A_FILE', `${path} is ${what}, and no regular file`, { data: { path } });
}

async function openAppend(path: string, truncateTo: number | undefined): Promise<AppendFile> {
  if (truncateTo !== undefined && truncateTo > 0) {
    // Cutting to a greater length would fill with zeros what a checkpoint says is there. Nothing is made before this is sure.
    const there = await unlessAbsent(stat(path));
    if (there !== undefined) checkRegular(path, there);
    if (truncateTo > (there?.size ?? 0)) throw fileShort(path, there?.size, truncateTo);
  }
  const folder = dirname(resolve(path));
  await makeFolder(folder);
  const handle = await open(path, 'a');
  try {
    const found = await handle.stat();
    checkRegular(path, found);
    const { size } = found;
    if (truncateTo !== undefined && truncateTo < size) await handle.truncate(truncateTo);
    if (size === 0) await syncFolder(folder);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    append: (bytes) => coded('write', path, () => handle.appendFile(bytes)),
    sync: () => coded('sync', path, () => handle.sync()),
    close: () => coded('close', path, () => handle.close()),
  };
}

/** A link is made whole and never takes another file's place, which neither opening nor renaming promises. */
async function create(path: string, bytes: Uint8Array): Promise<boolean> {
  const folder = dirname(resolve(path));
  await makeFolder(folder);
  const draft = `${folder}${sep}.${randomUUID()}.tmp`;
  const handle = await open(draft, 'wx');
  try {
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
  return true;
}

async function copy(source: FileHandle, target: AppendFile): Promise<void> {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, COPY_BYTES);
    if (bytesRead === 0) return;
    await target.append(buffer.subarray(0, bytesRead));
  }
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
