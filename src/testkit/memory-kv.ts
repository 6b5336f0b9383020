import { bytewise } from '../base/bytewise.ts';
import { WeirError } from '../base/errors.ts';
import type { Kv, KvRange, KvWrite } from '../world/disk.ts';

/** An ordered key-value store in memory: what it holds, and what of it is sure to survive a crash. */
export class MemoryStore {
  data = new Map<string, Uint8Array>();
  #durable = new Map<string, Uint8Array>();
  opener: Kv | undefined;

  write(writes: readonly KvWrite[], sync: boolean): void {
    for (const write of writes) {
      if (write.type === 'put') this.data.set(write.key, write.value.slice());
      else this.data.delete(write.key);
    }
    if (sync) this.#durable = new Map(this.data);
  }

  /** The store as the next process finds it; with `kept`, what was not synced is there all the same. */
  afterCrash(kept: boolean): MemoryStore {
    const next = new MemoryStore();
    next.data = new Map(kept ? this.data : this.#durable);
    next.#durable = new Map(next.data);
    return next;
  }
}

/** Opens a store. Throws `WEIR_LOCKED` while another opener has it. `write` does each write, or fails. */
export function openMemoryKv(store: MemoryStore, path: string, write: (effect: () => void) => void): Kv {
  if (store.opener !== undefined) throw new WeirError('WEIR_LOCKED', `${path} is in use`, { data: { path } });
  const mine = () => {
    if (store.opener !== kv) throw new WeirError('WEIR_DISK', `${path} is not open`, { data: { path } });
  };
  /** As LevelDB's iterators do, it shows the store as it was when it was begun. */
  const found = (range: KvRange): [string, Uint8Array][] => {
    mine();
    const { gte, lt, reverse, limit } = range;
    const within = [...store.data].filter(
      ([key]) => (gte === undefined || bytewise(key, gte) >= 0) && (lt === undefined || bytewise(key, lt) < 0),
    );
    within.sort(([a], [b]) => bytewise(a, b));
    if (reverse) within.reverse();
    return within.slice(0, limit ?? within.length).map(([key, value]) => [key, value.slice()]);
  };
  const kv: Kv = {
    async get(key) {
      mine();
      return store.data.get(key)?.slice();
    },
    async batch(writes, { sync = false } = {}) {
      mine();
      write(() => store.write(writes, sync));
    },
    async *entries(range) {
      yield* found(range);
    },
    async *keys(range) {
      for (const [key] of found(range)) yield key;
    },
    async close() {
      mine();
      store.opener = undefined;
    },
  };
  store.opener = kv;
  return kv;
}
