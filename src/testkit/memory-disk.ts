import { posix } from 'node:path';
import { WeirError } from '../base/errors.ts';
import type { AppendFile, Disk, Kv } from '../world/disk.ts';
import { MemoryStore, openMemoryKv } from './memory-kv.ts';

interface File {
  bytes: Buffer;
  /** What of it survives a crash. */
  synced: Buffer;
}

const NONE = Buffer.alloc(0);

/**
 * A disk in memory, for tests. What the contract of {@link Disk} does not call durable is not there {@link afterCrash}: bytes
 * and batches that were not synced. {@link failAt} makes writes fail.
 */
export class MemoryDisk implements Disk {
  readonly #files = new Map<string, File>();
  readonly #stores = new Map<string, MemoryStore>();
  #failAt = Number.POSITIVE_INFINITY;
  /** Writes so far: appends, cuts, syncs, renames, removals and batches. */
  operations = 0;

  /** Write number `n` from now on (1 is the next) and all after it fail with `WEIR_DISK`. */
  failAt(n: number): void {
    this.#failAt = this.operations + n;
  }

  /** The disk as the next process finds it: with what was durable, all of it working, no store open. */
  afterCrash(): MemoryDisk {
    const next = new MemoryDisk();
    for (const [path, { synced }] of this.#files) next.#files.set(path, { bytes: synced, synced });
    for (const [path, store] of this.#stores) next.#stores.set(path, store.afterCrash());
    return next;
  }

  /** Everything on the disk outside of `hidden`: files as bytes, stores by `path#key`. For comparing. */
  contents(hidden?: string): Record<string, string> {
    const all: Record<string, string> = {};
    for (const [path, { bytes }] of this.#files) {
      if (hidden === undefined || !path.startsWith(`${normal(hidden)}/`)) all[path] = bytes.toString('latin1');
    }
    for (const [path, { data }] of this.#stores) {
      for (const [key, value] of data) all[`${path}#${key}`] = Buffer.from(value).toString('latin1');
    }
    return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A file as text; undefined when there is none. */
  text(path: string): string | undefined {
    return this.#files.get(normal(path))?.bytes.toString('utf8');
  }

  async openKv(path: string): Promise<Kv> {
    const name = normal(path);
    const store = this.#stores.get(name) ?? new MemoryStore();
    this.#stores.set(name, store);
    return openMemoryKv(store, name, this.#operation);
  }

  async openAppend(path: string, { truncateTo }: { truncateTo?: number } = {}): Promise<AppendFile> {
    const name = normal(path);
    const size = this.#files.get(name)?.bytes.length ?? 0;
    if (truncateTo !== undefined && truncateTo > size) {
      throw new WeirError('WEIR_FILE_SHORT', `${path} has ${size} bytes, but ${truncateTo} were written and synced`, {
        data: { path, size, truncateTo },
      });
    }
    if (!this.#files.has(name) || (truncateTo ?? size) < size) this.#operation(name);
    const file = this.#files.get(name) ?? { bytes: NONE, synced: NONE };
    this.#files.set(name, file);
    if (truncateTo !== undefined) file.bytes = file.bytes.subarray(0, truncateTo);
    return {
      append: async (bytes) => {
        this.#operation(name);
        file.bytes = Buffer.concat([file.bytes, bytes]);
      },
      sync: async () => {
        this.#operation(name);
        file.synced = file.bytes;
      },
      close: async () => {},
    };
  }

  async appendFileTo(from: string, to: string, truncateTo: number): Promise<void> {
    const source = this.#found(from);
    const target = await this.openAppend(to, { truncateTo });
    // In two pieces, so that a write that fails can leave half of it behind.
    const half = source.bytes.length >> 1;
    for (const piece of [source.bytes.subarray(0, half), source.bytes.subarray(half)]) await target.append(piece);
    await target.sync();
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#found(from);
    this.#operation(normal(from));
    this.#files.delete(normal(from));
    this.#files.set(normal(to), file);
  }

  async remove(path: string): Promise<void> {
    const name = normal(path);
    const gone = [...this.#files.keys()].filter((file) => file === name || file.startsWith(`${name}/`));
    if (gone.length === 0 && !this.#stores.has(name)) return;
    this.#operation(name);
    for (const file of gone) this.#files.delete(file);
    this.#stores.delete(name);
  }

  async size(path: string): Promise<number | undefined> {
    return this.#files.get(normal(path))?.bytes.length;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const file = this.#files.get(normal(path));
    return file && new Uint8Array(file.bytes);
  }

  async list(folder: string): Promise<string[]> {
    const prefix = `${normal(folder)}/`;
    const found = [...this.#files.keys()].filter((path) => path.startsWith(prefix));
    return found.map((path) => path.slice(prefix.length)).sort();
  }

  #found(path: string): File {
    const file = this.#files.get(normal(path));
    if (file !== undefined) return file;
    throw new WeirError('WEIR_DISK', `cannot open ${path}: ENOENT`, { data: { code: 'ENOENT', path } });
  }

  readonly #operation = (path: string): void => {
    this.operations++;
    if (this.operations < this.#failAt) return;
    throw new WeirError('WEIR_DISK', `cannot write ${path}: EIO`, { data: { code: 'EIO', path } });
  };
}

function normal(path: string): string {
  return posix.normalize(path).replace(/\/$/, '');
}
