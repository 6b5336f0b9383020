import type { AppendFile, Disk, Kv, KvRange, KvWrite } from '../../../src/world/disk.ts';

/** What everything fails with once the disk has crashed. */
export class Crash extends Error {}

interface File {
  bytes: Buffer;
  /** Bytes that a crash leaves. */
  synced: number;
}

/** Bytes that were written and not synced, after a crash. */
export type Unsynced = 'lost' | 'kept' | 'half kept';

/**
 * Files and stores in memory. Every change is a step; at one of them the disk can crash, before or after it takes effect.
 * `restart` then gives what a real disk may be found with.
 */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, File>();
  readonly stores = new Map<string, MemoryKv>();
  readonly openStores = new Set<string>();
  steps = 0;
  crashAt = Number.POSITIVE_INFINITY;
  crashAfter = false;
  crashed = false;
  /** Set when a rename across file systems is to fail. */
  otherDevice: ((path: string) => boolean) | undefined;

  step<T>(effect: () => T): T {
    if (this.crashed) throw new Crash('the disk has crashed');
    const strikes = ++this.steps === this.crashAt;
    if (strikes) this.crashed = true;
    if (strikes && !this.crashAfter) throw new Crash('crashed before a step');
    const result = effect();
    if (strikes) throw new Crash('crashed after a step');
    return result;
  }

  restart(unsynced: Unsynced): void {
    this.crashed = false;
    this.crashAt = Number.POSITIVE_INFINITY;
    this.openStores.clear();
    for (const file of this.files.values()) {
      const rest = file.bytes.length - file.synced;
      const left = { lost: 0, kept: rest, 'half kept': rest >> 1 }[unsynced];
      file.bytes = file.bytes.subarray(0, file.synced + left);
      file.synced = file.bytes.length;
    }
    for (const store of this.stores.values()) store.restart(unsynced);
  }

  text(path: string): string | undefined {
    return this.files.get(path)?.bytes.toString('utf8');
  }

  /** Paths of all files but those in `pending/`. */
  get paths(): string[] {
    return [...this.files.keys()].filter((path) => !path.startsWith('pending/')).sort();
  }

  async openAppend(path: string, options: { truncateTo?: number } = {}): Promise<AppendFile> {
    const file = this.step(() => {
      const found = this.files.get(path) ?? { bytes: Buffer.alloc(0), synced: 0 };
      this.files.set(path, found);
      const { truncateTo } = options;
      if (truncateTo !== undefined) {
        if (truncateTo > found.bytes.length) throw new Error(`${path} is shorter than ${truncateTo}`);
        found.bytes = found.bytes.subarray(0, truncateTo);
        found.synced = Math.min(found.synced, truncateTo);
      }
      return found;
    });
    return {
      append: async (bytes) =>
        this.step(() => {
          file.bytes = Buffer.concat([file.bytes, bytes]);
        }),
      sync: async () =>
        this.step(() => {
          file.synced = file.bytes.length;
        }),
      close: async () => {},
    };
  }

  async appendFileTo(from: string, to: string, truncateTo: number): Promise<void> {
    const source = this.files.get(from);
    if (source === undefined) throw new Error(`${from} is not there`);
    const target = await this.openAppend(to, { truncateTo });
    const half = source.bytes.length >> 1;
    await target.append(source.bytes.subarray(0, half));
    await target.append(source.bytes.subarray(half));
    await target.sync();
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.otherDevice && this.otherDevice(from) !== this.otherDevice(to)) {
      throw Object.assign(new Error('across devices'), { code: 'WEIR_DISK', data: { code: 'EXDEV' } });
    }
    this.step(() => {
      const file = this.files.get(from);
      if (file === undefined) throw new Error(`${from} is not there`);
      this.files.delete(from);
      this.files.set(to, file);
    });
  }

  async remove(path: string): Promise<void> {
    this.step(() => this.files.delete(path));
  }

  async size(path: string): Promise<number | undefined> {
    if (this.crashed) throw new Crash();
    return this.files.get(path)?.bytes.length;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    if (this.crashed) throw new Crash();
    const file = this.files.get(path);
    return file && new Uint8Array(file.bytes);
  }

  async create(path: string, bytes: Uint8Array): Promise<boolean> {
    if (this.files.has(path)) return false;
    this.step(() => void this.files.set(path, { bytes: Buffer.from(bytes), synced: bytes.length }));
    return true;
  }

  async lock(): Promise<() => Promise<void>> {
    return async () => {};
  }

  async list(folder: string): Promise<string[]> {
    if (this.crashed) throw new Crash();
    const root = folder.endsWith('/') ? folder : `${folder}/`;
    return [...this.files.keys()].filter((path) => path.startsWith(root)).map((path) => path.slice(root.length));
  }

  async openKv(path: string): Promise<Kv> {
    if (this.openStores.has(path)) throw Object.assign(new Error('locked'), { code: 'WEIR_LOCKED' });
    this.openStores.add(path);
    const store = this.stores.get(path) ?? new MemoryKv(this, path);
    this.stores.set(path, store);
    return store;
  }
}

/** An ordered store; what was not synced is lost or kept as a whole. */
export class MemoryKv implements Kv {
  readonly #disk: MemoryDisk;
  readonly #path: string;
  map = new Map<string, Uint8Array>();
  #synced = new Map<string, Uint8Array>();
  #ordered: [string, Buffer][] | undefined;

  constructor(disk: MemoryDisk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  restart(unsynced: Unsynced): void {
    if (unsynced === 'lost') this.map = new Map(this.#synced);
    this.#ordered = undefined;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.map.get(key);
  }

  async batch(writes: readonly KvWrite[], options: { sync?: boolean } = {}): Promise<void> {
    // As LevelDB does with views: the bytes are copied during the call.
    const copied = writes.map((write) =>
      write.type === 'put' ? { ...write, value: new Uint8Array(write.value) } : write,
    );
    await undefined;
    this.#disk.step(() => {
      this.#ordered = undefined;
      for (const write of copied) {
        if (write.type === 'put') this.map.set(write.key, write.value);
        else this.map.delete(write.key);
      }
      if (options.sync) this.#synced = new Map(this.map);
    });
  }

  /** Keys bytewise, as LevelDB has them. */
  #keys(): [string, Buffer][] {
    this.#ordered ??= [...this.map.keys()]
      .map((key): [string, Buffer] => [key, Buffer.from(key)])
      .sort(([, a], [, b]) => a.compare(b));
    return this.#ordered;
  }

  #place(key: string): number {
    const [keys, bytes] = [this.#keys(), Buffer.from(key)];
    let [low, high] = [0, keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle]![1].compare(bytes) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async *entries({ gte, lt, reverse, limit }: KvRange): AsyncIterable<[string, Uint8Array]> {
    const [from, to] = [this.#place(gte ?? ''), lt === undefined ? undefined : this.#place(lt)];
    const found = this.#keys().slice(from, to === undefined ? undefined : Math.max(from, to));
    if (reverse) found.reverse();
    for (const [key] of found.slice(0, limit)) yield [key, this.map.get(key) as Uint8Array];
  }

  async *keys(range: KvRange): AsyncIterable<string> {
    for await (const [key] of this.entries(range)) yield key;
  }

  async close(): Promise<void> {
    this.#disk.openStores.delete(this.#path);
  }
}
