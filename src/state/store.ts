import { assert, WeirError } from '../base/errors.ts';
import type { Disk, Kv, KvWrite } from '../world/disk.ts';
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
}

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

/** The checkpoints of one topology in one key-value store. Each is one synced batch: state, positions and manifest. */
export class CheckpointStore {
  readonly #disk: Disk;
  readonly #path: string;
  #opened: Kv | undefined;

  private constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  static async open(disk: Disk, path: string): Promise<CheckpointStore> {
    const store = new CheckpointStore(disk, path);
    await store.reopen();
    return store;
  }

  /**
   * Opens it anew. After a write that failed nobody knows before whether it is true, and LevelDB takes no other.
   */
  async reopen(): Promise<void> {
    await this.close();
    this.#opened = await this.#disk.openKv(this.#path);
  }

  get #kv(): Kv {
    assert(this.#opened !== undefined, 'the checkpoint store is open');
    return this.#opened;
  }

  async manifest(): Promise<Manifest | undefined> {
    const bytes = await this.#kv.get(MANIFEST);
    if (bytes === undefined) return undefined;
    const manifest = unpack(bytes) as Manifest;
    if (manifest.format !== 1) {
      throw new WeirError(
        'WEIR_STATE_FORMAT',
        `the state has format ${manifest.format}, this version of Weir reads format 1: use a newer Weir, or --fresh`,
      );
    }
    return manifest;
  }

  /** Makes a checkpoint true, all or nothing. `full` drops all older deltas: the parts hold everything. */
  async write(manifest: Manifest, parts: readonly StagePart[], full: boolean): Promise<void> {
    const writes: KvWrite[] = [];
    if (full) {
      // That of subtasks which are no more would be taken for that of new ones, when their number grows again.
      for (const kind of ['keyed/', 'operator/']) {
        for await (const key of this.#kv.keys({ gte: kind, lt: after(kind) })) writes.push({ type: 'del', key });
      }
    }
    for (const part of parts) {
      for (const { name, bytes, oldest } of part.keyed) {
        const { stage, subtask } = part;
        const range = { gte: keyedKey(stage, name, subtask, 0), lt: keyedKey(stage, name, subtask, oldest) };
        if (!full) for await (const key of this.#kv.keys(range)) writes.push({ type: 'del', key });
        writes.push({ type: 'put', key: keyedKey(stage, name, subtask, manifest.epoch), value: bytes });
      }
      if (part.operator) writes.push({ type: 'put', key: operatorKey(part.stage, part.subtask), value: part.operator });
      for (const [split, position] of Object.entries(part.positions ?? {})) {
        writes.push({ type: 'put', key: positionKey(part.stage, split), value: pack(position) });
      }
    }
    writes.push({ type: 'put', key: MANIFEST, value: pack(manifest) });
    await this.#kv.batch(writes, { sync: true });
  }

  async stage(stage: string): Promise<StageState> {
    const state: StageState = { keyed: {}, operator: {}, positions: {} };
    const keyed = `keyed/${stage}/`;
    for await (const [key, bytes] of this.#kv.entries({ gte: keyed, lt: after(keyed) })) {
      const [name, subtask, epoch] = key.slice(keyed.length).split('/') as [string, string, string];
      state.keyed[name] ??= [];
      state.keyed[name].push({ epoch: Number(epoch), subtask: Number(subtask), bytes });
    }
    const operator = `operator/${stage}/`;
    for await (const [key, bytes] of this.#kv.entries({ gte: operator, lt: after(operator) })) {
      state.operator[Number(key.slice(operator.length))] = bytes;
    }
    const position = `position/${stage}/`;
    for await (const [key, bytes] of this.#kv.entries({ gte: position, lt: after(position) })) {
      state.positions[key.slice(position.length)] = unpack(bytes);
    }
    return state;
  }

  /** Forgets everything. */
  async clear(): Promise<void> {
    const writes: KvWrite[] = [];
    for await (const key of this.#kv.keys({})) writes.push({ type: 'del', key });
    await this.#kv.batch(writes, { sync: true });
  }

  async close(): Promise<void> {
    const kv = this.#opened;
    this.#opened = undefined;
    await kv?.close();
  }
}
