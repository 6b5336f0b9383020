import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { assert, WeirError } from '../base/errors.ts';
import type { Disk, Kv, KvWrite } from '../world/disk.ts';
import { BegunMark } from './begun-mark.ts';
import { damaged, isCorruption } from './damage.ts';
import { pack, unpack } from './pack.ts';

/** What a sink's committer needs to commit a checkpoint again after a crash. */
export interface CommitRecord {
  parts: unknown[];
  base: unknown;
}

/** The head of a checkpoint: when it is on the disk, the checkpoint is true. */
export interface Manifest {
  format: 1;
  epoch: number;
  /** Whose state it is, to refuse what does not fit. By stage id. */
  stages: Record<
    string,
    {
      stage: string;
      stateVersion: number;
      parallelism: number;
      options: string /** The keys above it. */;
      key?: string;
    }
  >;
  /** What must be the same for positions to mean the same: the sources' options. By stage id. */
  sources: Record<string, string>;
  /** Where the sources' event time comes from, as a hash. By stage id. */
  times?: Record<string, string>;
  /** The splits of every source, as first dealt out. By stage id. */
  splits: Record<string, { id: string; data?: unknown }[]>;
  /** By stage id of the sink. */
  commits: Record<string, CommitRecord>;
  /** Records counted so far, over all runs on this state. */
  counters: { recordsIn: number; recordsOut: number; late: number; deadLetters: number };
  /**
   * The input came to its end and the last commit is done; what it gave, by stage id. No commit is done again from here
   * on, since what it would need may have been removed.
   */
  closing?: Record<string, unknown>;
  /** The input came to its end and everything is out. */
  finished: boolean;
  /**
   * All that belongs to the checkpoint, by its key, to notice what has been lost or changed on the disk since: LevelDB drops
   * a block that is damaged, and goes on. States of older versions have none.
   */
  kept?: Record<string, Print>;
}

/** Length in bytes and CRC-32 of something kept. */
type Print = [length: number, crc: number];

const printOf = (bytes: Uint8Array): Print => [bytes.length, crc32(bytes)];

/** A stage's part of a checkpoint, from one subtask. */
export interface StagePart {
  stage: string;
  subtask: number;
  keyed: { name: string; bytes: Uint8Array; oldest: number }[];
  operator?: Uint8Array;
  positions?: Record<string, unknown>;
}

/** What a stage gets back. */
export interface StageState {
  /** State name → deltas in order of epoch, and the subtask that wrote each. */
  keyed: Record<string, { epoch: number; subtask: number; bytes: Uint8Array }[]>;
  /** By subtask. */
  operator: Record<number, Uint8Array>;
  positions: Record<string, unknown>;
}

const MANIFEST = 'manifest';
const pad = (n: number) => String(n).padStart(12, '0');
// '/' separates and is no part of stage ids or state names; split ids come last and may hold anything.
const keyedKey = (stage: string, name: string, subtask: number, epoch: number) =>
  `keyed/${stage}/${name}/${pad(subtask)}/${pad(epoch)}`;
const operatorKey = (stage: string, subtask: number) => `operator/${stage}/${pad(subtask)}`;
const positionKey = (stage: string, split: string) => `position/${stage}/${split}`;
/** The first key behind all that begin with a prefix, which ends with '/': keys are ordered by their bytes, not as texts. */
const after = (prefix: string) => `${prefix.slice(0, -1)}0`;

/** What a key stands for, as its reader would call it. */
function nameOf(key: string): string {
  const [kind, stage, ...rest] = key.split('/') as [string, string, ...string[]];
  if (kind === 'keyed')
    return `state ${rest[0]} of ${stage}, subtask ${Number(rest[1])}, checkpoint ${Number(rest[2])}`;
  return kind === 'operator'
    ? `state of ${stage}, subtask ${Number(rest[0])}`
    : `position ${rest.join('/')} of ${stage}`;
}

/**
 * The checkpoints of one topology in one key-value store. Each is one synced batch: state, positions and manifest. What is
 * read back is held to what was written, `WEIR_STATE_DAMAGED`.
 */
export class CheckpointStore {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #begun: BegunMark;
  #opened: Kv | undefined;
  /** See {@link Manifest.kept}; as of the last manifest that was read or written. */
  #kept = new Map<string, Print>();

  private constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    this.#begun = new BegunMark(disk, `${path}.begun`);
  }

  static async open(disk: Disk, path: string): Promise<CheckpointStore> {
    const store = new CheckpointStore(disk, path);
    await store.reopen();
    return store;
  }

  /** Opens it empty, whatever was there and in whichever condition. */
  static async openFresh(disk: Disk, path: string): Promise<CheckpointStore> {
    const store = new CheckpointStore(disk, path);
    try {
      await store.reopen();
      await store.clear();
    } catch (error) {
      await store.close();
      // In use it is not ours to remove.
      if (error instanceof WeirError && error.code === 'WEIR_LOCKED') throw error;
      await store.#begun.takeBack();
      await disk.remove(path);
      await store.reopen();
    }
    return store;
  }

  /**
   * Opens it anew. After a write that failed nobody knows before whether it is true, and LevelDB takes no other.
   */
  async reopen(): Promise<void> {
    await this.close();
    this.#opened = await this.#readable('it', () => this.#disk.openKv(this.#path));
  }

  get #kv(): Kv {
    assert(this.#opened !== undefined, 'the checkpoint store is open');
    return this.#opened;
  }

  async manifest(): Promise<Manifest | undefined> {
    const bytes = await this.#readable('its manifest', () => this.#kv.get(MANIFEST));
    if (bytes === undefined) {
      this.#kept = new Map();
      if (await this.#begun.isSet()) throw this.#damaged('it has had a checkpoint, and has none any more');
      return undefined;
    }
    const manifest = this.#unpacked(bytes, 'its manifest') as Manifest;
    if (manifest.format !== 1) {
      throw new WeirError(
        'WEIR_STATE_FORMAT',
        `the state has format ${manifest.format}, this version of Weir reads format 1: use a newer Weir, or --fresh`,
      );
    }
    this.#kept = new Map(manifest.kept ? Object.entries(manifest.kept) : await this.#found());
    return manifest;
  }

  #unpacked(bytes: Uint8Array, what: string): unknown {
    try {
      return unpack(bytes);
    } catch (cause) {
      throw this.#damaged(`${what} cannot be read`, cause);
    }
  }

  #damaged(what: string, cause?: unknown): WeirError {
    return damaged(dirname(this.#path), what, cause);
  }

  async #readable<T>(what: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw isCorruption(error) ? this.#damaged(`${what} cannot be read`, error) : error;
    }
  }

  /** What is there, taken at its word. */
  async #found(): Promise<[string, Print][]> {
    const found: [string, Print][] = [];
    for await (const [key, bytes] of this.#kv.entries({})) if (key !== MANIFEST) found.push([key, printOf(bytes)]);
    return found;
  }

  /** Makes a checkpoint true, all or nothing. `full` drops all older deltas: the parts hold everything. */
  async write(manifest: Manifest, parts: readonly StagePart[], full: boolean): Promise<void> {
    const writes: KvWrite[] = [];
    const kept = new Map(this.#kept);
    const drop = (key: string) => {
      writes.push({ type: 'del', key });
      kept.delete(key);
    };
    const put = (key: string, value: Uint8Array) => {
      writes.push({ type: 'put', key, value });
      kept.set(key, printOf(value));
    };
    if (full) {
      // That of subtasks which are no more would be taken for that of new ones, when their number grows again.
      for (const kind of ['keyed/', 'operator/']) {
        for await (const key of this.#kv.keys({ gte: kind, lt: after(kind) })) drop(key);
      }
    }
    for (const part of parts) {
      for (const { name, bytes, oldest } of part.keyed) {
        const { stage, subtask } = part;
        const range = { gte: keyedKey(stage, name, subtask, 0), lt: keyedKey(stage, name, subtask, oldest) };
        if (!full) for await (const key of this.#kv.keys(range)) drop(key);
        put(keyedKey(stage, name, subtask, manifest.epoch), bytes);
      }
      if (part.operator) put(operatorKey(part.stage, part.subtask), part.operator);
      for (const [split, position] of Object.entries(part.positions ?? {})) {
        put(positionKey(part.stage, split), pack(position));
      }
    }
    writes.push({ type: 'put', key: MANIFEST, value: pack({ ...manifest, kept: Object.fromEntries(kept) }) });
    await this.#kv.batch(writes, { sync: true });
    this.#kept = kept;
    await this.#begun.set();
  }

  /** What a stage gets back of the manifest that was read last. Throws `WEIR_STATE_DAMAGED` when it is not all there. */
  async stage(stage: string): Promise<StageState> {
    const state: StageState = { keyed: {}, operator: {}, positions: {} };
    for (const [key, bytes] of await this.#entries(`keyed/${stage}/`)) {
      const [, , name, subtask, epoch] = key.split('/') as [string, string, string, string, string];
      state.keyed[name] ??= [];
      state.keyed[name].push({ epoch: Number(epoch), subtask: Number(subtask), bytes });
    }
    const operator = `operator/${stage}/`;
    for (const [key, bytes] of await this.#entries(operator)) {
      state.operator[Number(key.slice(operator.length))] = bytes;
    }
    const position = `position/${stage}/`;
    for (const [key, bytes] of await this.#entries(position)) {
      state.positions[key.slice(position.length)] = this.#unpacked(bytes, nameOf(key));
    }
    return state;
  }

  /** What the manifest names below a prefix, in the order of its keys; what else is there, a crash or damage has left. */
  async #entries(prefix: string): Promise<[string, Uint8Array][]> {
    const missing = new Map([...this.#kept].filter(([key]) => key.startsWith(prefix)));
    const found: [string, Uint8Array][] = [];
    await this.#readable(`what is below ${prefix}`, async () => {
      for await (const [key, bytes] of this.#kv.entries({ gte: prefix, lt: after(prefix) })) {
        const [length, crc] = missing.get(key) ?? [];
        if (length === undefined) continue;
        if (length !== bytes.length || crc !== crc32(bytes)) throw this.#damaged(`${nameOf(key)} has changed`);
        missing.delete(key);
        found.push([key, bytes]);
      }
    });
    const [lost] = missing.keys();
    if (lost !== undefined) throw this.#damaged(`${nameOf(lost)} is missing`);
    return found;
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    await this.#begun.takeBack();
    const writes: KvWrite[] = [];
    for await (const key of this.#kv.keys({})) writes.push({ type: 'del', key });
    await this.#kv.batch(writes, { sync: true });
    this.#kept = new Map();
  }

  async close(): Promise<void> {
    const kv = this.#opened;
    this.#opened = undefined;
    await kv?.close();
  }
}
