import type { Disk, Kv, KvWrite } from '../../world/disk.ts';
import { type Chunk, readChunk } from './chunk.ts';
import { chunkKey, damagedQueue, META, type Meta, markKey, toBytes } from './layout.ts';
import { type Restored, restoreQueue } from './restore.ts';

const NOTHING = new Uint8Array(0);

/** What of a queue may go unsent. */
export interface Bounds {
  /** The oldest go until no more than so many bytes are left; without it nothing does. */
  readonly maxBytes?: number | undefined;
  /** What has waited for longer goes, ms. */
  readonly maxAgeMs?: number | undefined;
}

/**
 * A durable queue of chunks in a store of its own. What is put in becomes part of a checkpoint by the {@link put} of its
 * barrier, and is given out once that is durable: {@link commit}. Every write is synced and says how much there is, so a crash
 * leaves all of it or nothing, and none is there twice. Operations follow one another in the order of their calls.
 */
export class BufferQueue {
  readonly folder: string;
  /** What came behind the checkpoint that was gone back to, and was taken out. */
  readonly forgotten: number;
  readonly #kv: Kv;
  readonly #bounds: Bounds;
  /** As the store has it. */
  readonly #meta: Meta;
  #marks: number[];
  /** Ends of the epochs that are in no durable checkpoint yet. */
  readonly #pending = new Map<number, number>();
  #next: number;
  /** As {@link #next}, of what the store has. */
  #written: number;
  /** Where the last mark is. */
  #marked: number;
  /** Chunks before this one may be given out. */
  #visible: number;
  #cursor: number;
  /** Chunks before this one are sent, being sent, or dropped. */
  #kept: number;
  /** Chunks that have been dropped, one after the other: they need not be looked at again. */
  #gap = { from: -1, to: -1 };
  #doing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Bytes that wait for the disk. */
  writing = 0;
  /** What waits, that is on its way to the disk included. */
  bytes: number;
  records: number;
  /** Records that were dropped since the queue was opened. */
  dropped = 0;

  private constructor(folder: string, bounds: Bounds, { kv, meta, end, marks, forgotten }: Restored) {
    this.folder = folder;
    this.forgotten = forgotten;
    this.#bounds = bounds;
    this.#kv = kv;
    this.#meta = meta;
    this.#marks = marks;
    this.#next = end;
    this.#written = end;
    this.#marked = end;
    this.#visible = end;
    this.#cursor = meta.head;
    this.#kept = meta.head;
    this.bytes = meta.bytes;
    this.records = meta.records;
  }

  /** Opens the queue of a folder as checkpoint `epoch` left it. Throws `WEIR_BUFFER_DAMAGED`, `WEIR_LOCKED` or `WEIR_DISK`. */
  static async open(disk: Disk, folder: string, epoch: number, bounds: Bounds = {}): Promise<BufferQueue> {
    return new BufferQueue(folder, bounds, await restoreQueue(disk, folder, epoch));
  }

  /** All that was put in has been given out. */
  get isDone(): boolean {
    return this.#cursor === this.#next;
  }

  /** There may be something to give out. */
  get hasMore(): boolean {
    return this.#cursor < this.#visible;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Puts a chunk in, if there is one; with `epoch` that is where this epoch's barrier is. Durable when it resolves. */
  put(chunk: Uint8Array | undefined, records: number, epoch?: number): Promise<void> {
    const writes: KvWrite[] = [];
    const size = chunk?.length ?? 0;
    if (chunk !== undefined) writes.push({ type: 'put', key: chunkKey(this.#next++), value: chunk });
    const end = this.#next;
    // While nothing comes, nothing is written.
    if (chunk === undefined && this.#marked === end) return this.#in(async () => {});
    if (epoch !== undefined) {
      this.#marked = end;
      this.#pending.set(epoch, end);
      writes.push({ type: 'put', key: markKey(epoch), value: toBytes(end) });
    }
    this.bytes += size;
    this.records += records;
    this.writing += size;
    return this.#in(async () => {
      if (this.#bounds.maxBytes !== undefined && chunk !== undefined) {
        const room = this.#bounds.maxBytes - size;
        await this.#drop(() => this.#meta.bytes > room, writes);
      }
      this.#meta.bytes += size;
      this.#meta.records += records;
      await this.#write(writes);
      this.#written = end;
      this.writing -= size;
      if (epoch !== undefined) this.#marks.push(epoch);
    });
  }

  /** The checkpoint `epoch` is durable: what came before its barrier may be given out. */
  commit(epoch: number): void {
    this.#meta.committed = Math.max(this.#meta.committed, epoch);
    for (const [of, end] of this.#pending) {
      if (of > epoch) continue;
      this.#visible = Math.max(this.#visible, end);
      this.#pending.delete(of);
    }
  }

  /**
   * The chunk that is to be given out next, or undefined when there is none; {@link pass} goes on behind it. What is older than
   * `maxAgeMs` is dropped on the way.
   */
  peek(now: number): Promise<Chunk | undefined> {
    return this.#in(async () => {
      await this.#expire(now);
      for (; this.#cursor < this.#visible; this.#cursor++) {
        this.#cursor = this.#behindGap(this.#cursor);
        if (this.#cursor >= this.#visible) break;
        const chunk = await this.#read(this.#cursor);
        if (chunk === undefined) continue;
        // Nobody drops it now.
        this.#kept = Math.max(this.#kept, this.#cursor + 1);
        return chunk;
      }
      return undefined;
    });
  }

  /** The chunk that was looked at is being sent. */
  pass(): void {
    this.#cursor++;
  }

  /** Drops what has waited for longer than `maxAgeMs`, but for what is being sent. */
  expire(now: number): Promise<void> {
    return this.#in(() => this.#expire(now));
  }

  /** Chunks from number `cursor` on are given out again. */
  rewind(cursor: number): Promise<void> {
    return this.#in(async () => {
      this.#cursor = cursor;
      this.#kept = cursor;
    });
  }

  /** Chunks before number `end` have been taken by the other side; those of them that were not dropped came to so much. */
  remove(end: number, bytes: number, records: number): Promise<void> {
    return this.#in(async () => {
      const writes: KvWrite[] = [];
      for (let n = this.#meta.head; n < end; n++) writes.push({ type: 'del', key: chunkKey(n) });
      this.#meta.head = end;
      this.#takeOut(bytes, records);
      await this.#write(writes);
    });
  }

  /** Resolves when all that was begun is done, and the store is closed. */
  close(): Promise<void> {
    this.#closing ??= this.#doing.catch(() => {}).then(() => this.#kv.close());
    return this.#closing;
  }

  #takeOut(bytes: number, records: number): void {
    this.#meta.bytes -= bytes;
    this.#meta.records -= records;
    this.bytes -= bytes;
    this.records -= records;
  }

  async #expire(now: number): Promise<void> {
    const { maxAgeMs } = this.#bounds;
    if (maxAgeMs === undefined) return;
    const writes: KvWrite[] = [];
    await this.#drop(({ since }) => since < now - maxAgeMs, writes);
    if (writes.length > 0) await this.#write(writes);
  }

  /** Drops the oldest chunks that are not being sent, as long as they are to go. Their numbers stay, so that none is missed. */
  async #drop(goes: (chunk: Chunk) => boolean, writes: KvWrite[]): Promise<void> {
    for (; this.#kept < this.#written; this.#kept++) {
      this.#kept = this.#behindGap(this.#kept);
      if (this.#kept >= this.#written) break;
      const chunk = await this.#read(this.#kept);
      if (chunk === undefined) continue;
      if (!goes(chunk)) return;
      writes.push({ type: 'put', key: chunkKey(this.#kept), value: NOTHING });
      this.#gap = { from: this.#kept === this.#gap.to ? this.#gap.from : this.#kept, to: this.#kept + 1 };
      this.#takeOut(chunk.bytes, chunk.records);
      this.dropped += chunk.records;
    }
  }

  #behindGap(n: number): number {
    return n >= this.#gap.from && n < this.#gap.to ? this.#gap.to : n;
  }

  async #read(n: number): Promise<Chunk | undefined> {
    const bytes = await this.#kv.get(chunkKey(n));
    const chunk = bytes && readChunk(bytes);
    if (chunk === undefined && bytes?.length !== 0) {
      throw damagedQueue(this.folder, `part ${n} of it ${bytes === undefined ? 'is gone' : 'has changed'}`);
    }
    return chunk;
  }

  async #write(writes: KvWrite[]): Promise<void> {
    // Of the marks that a durable checkpoint made needless all go but the last.
    const old = this.#marks.filter((epoch) => epoch <= this.#meta.committed).sort((a, b) => a - b);
    const gone = new Set(old.slice(0, -1));
    for (const epoch of gone) writes.push({ type: 'del', key: markKey(epoch) });
    writes.push({ type: 'put', key: META, value: toBytes(this.#meta) });
    await this.#kv.batch(writes, { sync: true });
    if (gone.size > 0) this.#marks = this.#marks.filter((epoch) => !gone.has(epoch));
  }

  #in<T>(operation: () => Promise<T>): Promise<T> {
    const done = this.#doing.then(operation);
    // A failure is told to whoever called; and nothing is written behind it.
    this.#doing = done;
    done.catch(() => {});
    return done;
  }
}
