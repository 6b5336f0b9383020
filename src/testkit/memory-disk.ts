import { posix } from 'node:path';
import { WeirError } from '../base/errors.ts';
import type { AppendFile, Disk, Kv } from '../world/disk.ts';
import { fileShort } from '../world/file-short.ts';
import { MemoryStore, openMemoryKv } from './memory-kv.ts';

interface File {
  bytes: Buffer;
  /** What of it survives a crash. */
  synced: Buffer;
}

const NONE = Buffer.alloc(0);

/** What a crash leaves of bytes and batches that were not synced: a disk may have written them, or not, or a part. */
export type Unsynced = 'lost' | 'kept' | 'half kept';

export interface MemoryDiskOptions {
  /** Which file system a path is on; a rename from one to another fails as on a real disk, with `EXDEV`. */
  deviceOf?: (path: string) => string;
}

/**
 * A disk in memory, for tests. What the contract of {@link Disk} does not call durable may be gone {@link afterCrash}: bytes
 * and batches that were not synced. {@link failAt} makes writes fail.
 */
export class MemoryDisk implements Disk {
  readonly #files = new Map<string, File>();
  readonly #stores = new Map<string, MemoryStore>();
  readonly #locked = new Set<string>();
  readonly #deviceOf: (path: string) => string;
  #failAt = Number.POSITIVE_INFINITY;
  #done = false;
  /** Writes so far: new files, appends, cuts, syncs, renames, removals and batches. */
  operations = 0;

  constructor({ deviceOf = () => '' }: MemoryDiskOptions = {}) {
    this.#deviceOf = deviceOf;
  }

  /**
   * Write number `n` from now on (1 is the next) and all after it fail with `WEIR_DISK`. With `done` the first of them is done
   * all the same: nobody is told any more.
   */
  failAt(n: number, { done = false } = {}): void {
    this.#failAt = this.operations + n;
    this.#done = done;
  }

  /** The disk as the next process finds it: all of it working, no store open. */
  afterCrash(unsynced: Unsynced = 'lost'): MemoryDisk {
    const next = new MemoryDisk({ deviceOf: this.#deviceOf });
    for (const [path, { bytes, synced }] of this.#files) {
      const left = unsynced === 'lost' ? synced : unsynced === 'kept' ? bytes : halfOf(bytes, synced);
      next.#files.set(path, { bytes: left, synced: left });
    }
    for (const [path, store] of this.#stores) next.#stores.set(path, store.afterCrash(unsynced !== 'lost'));
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
    return openMemoryKv(store, name, (effect) => this.#write(name, effect));
  }

  async openAppend(path: string, { truncateTo }: { truncateTo?: number } = {}): Promise<AppendFile> {
    const name = normal(path);
    const there = this.#files.get(name)?.bytes.length;
    const size = there ?? 0;
    if (truncateTo !== undefined && truncateTo > size) throw fileShort(path, there, truncateTo);
    const found = this.#files.get(name);
    const file = found ?? { bytes: NONE, synced: NONE };
    if (found === undefined) this.#write(name, () => void this.#files.set(name, file));
    if (truncateTo !== undefined && truncateTo < size) {
      this.#write(name, () => {
        file.bytes = file.bytes.subarray(0, truncateTo);
      });
    }
    return {
      append: async (bytes) =>
        this.#write(name, () => {
          file.bytes = Buffer.concat([file.bytes, bytes]);
        }),
      sync: async () =>
        this.#write(name, () => {
          file.synced = file.bytes;
        }),
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

  async create(path: string, bytes: Uint8Array): Promise<boolean> {
    const name = normal(path);
    if (this.#files.has(name)) return false;
    const whole = Buffer.from(bytes);
    this.#write(name, () => void this.#files.set(name, { bytes: whole, synced: whole }));
    return true;
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#found(from);
    if (this.#deviceOf(from) !== this.#deviceOf(to)) {
      throw new WeirError('WEIR_DISK', `cannot rename ${from}: EXDEV`, { data: { code: 'EXDEV', path: from } });
    }
    this.#write(normal(from), () => {
      this.#files.delete(normal(from));
      this.#files.set(normal(to), file);
    });
  }

  async remove(path: string): Promise<void> {
    const name = normal(path);
    const gone = [...this.#files.keys()].filter((file) => file === name || file.startsWith(`${name}/`));
    if (gone.length === 0 && !this.#stores.has(name)) return;
    this.#write(name, () => {
      for (const file of gone) this.#files.delete(file);
      this.#stores.delete(name);
    });
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

  async lock(path: string): Promise<() => Promise<void>> {
    const name = normal(path);
    if (this.#locked.has(name)) throw new WeirError('WEIR_LOCKED', `${path} is in use`, { data: { path } });
    this.#locked.add(name);
    return async () => void this.#locked.delete(name);
  }

  #found(path: string): File {
    const file = this.#files.get(normal(path));
    if (file !== undefined) return file;
    throw new WeirError('WEIR_DISK', `cannot open ${path}: ENOENT`, { data: { code: 'ENOENT', path } });
  }

  #write(path: string, effect: () => void): void {
    this.operations++;
    const fails = this.operations >= this.#failAt;
    if (!fails || (this.#done && this.operations === this.#failAt)) effect();
    if (fails) throw new WeirError('WEIR_DISK', `cannot write ${path}: EIO`, { data: { code: 'EIO', path } });
  }
}

/** What was synced and half of what was appended since; of a file that was cut, what is left. */
function halfOf(bytes: Buffer, synced: Buffer): Buffer {
  const more = Math.max(0, bytes.length - synced.length);
  return bytes.subarray(0, bytes.length - Math.ceil(more / 2));
}

function normal(path: string): string {
  return posix.normalize(path).replace(/\/$/, '');
}
