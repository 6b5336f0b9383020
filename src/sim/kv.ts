import { bytewise } from '../base/bytewise.ts';
import { assert, WeirError } from '../base/errors.ts';
import type { Kv, KvRange, KvWrite } from '../world/disk.ts';
import type { Operations } from './disk.ts';
import type { Draw } from './draw.ts';
import { diskError } from './failures.ts';
import type { Actor } from './schedule.ts';

type Batch = readonly KvWrite[];

/** Who has a store open. */
interface Opener {
  readonly actor: Actor;
}

/**
 * A key-value store of a simulated machine, of LevelDB's ways: batches that were not synced go one after the other, the
 * last one first. Of a batch that failed nobody knows whether it was written; no other is taken before the store has been
 * opened again, and then it is there or not.
 */
export class SimStore {
  data = new Map<string, Uint8Array>();
  #durable = new Map<string, Uint8Array>();
  #unsynced: Batch[] = [];
  doubtful: Batch | undefined;
  failed = false;
  opener: Opener | undefined;

  write(batch: Batch, sync: boolean): void {
    apply(this.data, batch);
    this.#unsynced.push(batch);
    if (sync) this.#sync();
  }

  /** A batch failed; with `written` it lies in the log all the same. */
  fail(batch: Batch, written: boolean): void {
    this.failed = true;
    if (written) this.doubtful = batch;
  }

  /** Opening reads the log, and makes what it finds there durable. */
  open(opener: Opener): void {
    if (this.doubtful !== undefined) this.write(this.doubtful, false);
    this.#sync();
    this.doubtful = undefined;
    this.failed = false;
    this.opener = opener;
  }

  #sync(): void {
    for (const batch of this.#unsynced) apply(this.#durable, batch);
    this.#unsynced = [];
  }

  cutPower(draw: Draw): void {
    const kept = draw.int(this.#unsynced.length + 1);
    if (kept < this.#unsynced.length || draw.chance(0.5)) this.doubtful = undefined;
    this.#unsynced.length = kept;
    this.#sync();
    this.data = new Map(this.#durable);
  }
}

function apply(data: Map<string, Uint8Array>, batch: Batch): void {
  for (const write of batch) {
    if (write.type === 'put') data.set(write.key, write.value);
    else data.delete(write.key);
  }
}

/** All stores of a machine, and a place for one that watches what is written. */
export class SimStores {
  readonly byPath = new Map<string, SimStore>();
  onBatch: (path: string, batch: Batch) => void = () => {};

  get(path: string): SimStore {
    let store = this.byPath.get(path);
    if (store === undefined) {
      store = new SimStore();
      this.byPath.set(path, store);
    }
    return store;
  }

  /** The locks of a thread end with it, or those of all threads with their process. */
  unlock(of?: Actor): void {
    for (const store of this.byPath.values()) {
      if (of === undefined || store.opener?.actor === of) store.opener = undefined;
    }
  }

  cutPower(draw: Draw): void {
    for (const store of this.byPath.values()) store.cutPower(draw);
  }
}

/** Opens a store for an actor; `WEIR_LOCKED` while another opener has it. */
export async function openSimKv(path: string, ops: Operations): Promise<Kv> {
  const { stores } = ops.machine;
  const opener: Opener = { actor: ops.actor };
  const store = await ops.read('kv-open', () => {
    const found = stores.get(path);
    if (found.opener !== undefined) throw new WeirError('WEIR_LOCKED', `${path} is in use`, { data: { path } });
    if (found.doubtful !== undefined) stores.onBatch(path, found.doubtful);
    found.open(opener);
    return found;
  });
  const mine = () => assert(store.opener === opener, `${path} is used by the one who has it open`);

  // As LevelDB's iterators do, it shows the store as it was when it was begun.
  const snapshot = (range: KvRange) =>
    ops.read('kv-read', () => {
      mine();
      return [...store.data].filter(([key]) => within(key, range)).sort(([a], [b]) => bytewise(a, b));
    });
  async function* entries(range: KvRange) {
    const found = await snapshot(range);
    if (range.reverse) found.reverse();
    yield* found
      .slice(0, range.limit ?? found.length)
      .map(([key, value]): [string, Uint8Array] => [key, value.slice()]);
  }
  return {
    get: (key) =>
      ops.read('kv-get', () => {
        mine();
        return store.data.get(key)?.slice();
      }),
    batch(writes, { sync = false } = {}) {
      const copy = writes.map((write) => (write.type === 'put' ? { ...write, value: write.value.slice() } : write));
      return ops.write('kv-batch', path, (part, fails) => {
        mine();
        if (store.failed) throw diskError(path);
        if (fails) {
          store.fail(copy, part > 0);
          return;
        }
        stores.onBatch(path, copy);
        store.write(copy, sync && part === 1);
      });
    },
    entries,
    async *keys(range) {
      for await (const [key] of entries(range)) yield key;
    },
    close: () =>
      ops.read('kv-close', () => {
        mine();
        store.opener = undefined;
      }),
  };
}

function within(key: string, { gte, lt }: KvRange): boolean {
  return (gte === undefined || bytewise(key, gte) >= 0) && (lt === undefined || bytewise(key, lt) < 0);
}
