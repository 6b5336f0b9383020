import { setTimeout as sleep } from 'node:timers/promises';
import { Level } from 'level';
import { messageOf, WeirError } from '../base/errors.ts';
import type { Kv, KvRange, KvWrite } from '../world/disk.ts';
import { coded } from './disk-error.ts';
import { makeFolder } from './folders.ts';

// A thread that is being killed holds its lock until its native part has been torn down, some milliseconds.
const RETRIES_MS = [20, 20, 40, 60, 100, 150, 200, 200, 200];

/**
 * Opens a LevelDB below `path`. Throws `WEIR_LOCKED` when another opener still has it after a second of trying, and
 * `WEIR_DISK` when it cannot be opened for another reason.
 */
export function openLevel(path: string): Promise<Kv> {
  return coded('open', path, async () => {
    await makeFolder(path);
    for (const waitMs of RETRIES_MS) {
      const kv = await tryOpen(path);
      if (kv instanceof LevelKv) return kv;
      await sleep(waitMs);
    }
    const last = await tryOpen(path);
    if (last instanceof LevelKv) return last;
    const holder = /already held by process/.test(messageOf(last)) ? 'a part of this process' : 'another process';
    const message = `${path} is in use by ${holder}: stop it, or choose another folder`;
    throw new WeirError('WEIR_LOCKED', message, { cause: last, data: { path } });
  });
}

/** The store, or why it is locked. */
async function tryOpen(path: string): Promise<LevelKv | Error> {
  const db = new Level<string, Uint8Array>(path, { keyEncoding: 'utf8', valueEncoding: 'view' });
  try {
    await db.open();
    return new LevelKv(db, path);
  } catch (error) {
    const cause = (error as { cause?: Error & { code?: string } }).cause;
    if (cause?.code === 'LEVEL_LOCKED') return cause;
    throw error;
  }
}

interface Compactable {
  compactRange(from: string, to: string): Promise<void>;
}

class LevelKv implements Kv {
  private readonly db: Level<string, Uint8Array>;
  private readonly path: string;

  constructor(db: Level<string, Uint8Array>, path: string) {
    this.db = db;
    this.path = path;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return coded('read', this.path, () => this.db.get(key));
  }

  batch(writes: readonly KvWrite[], options: { sync?: boolean } = {}): Promise<void> {
    return coded('write', this.path, () => {
      // Chained, a write costs a microsecond; as a list, several, since each is copied and checked as an object.
      const batch = this.db.batch();
      for (const write of writes) {
        if (write.type === 'put') batch.put(write.key, write.value);
        else batch.del(write.key);
      }
      // Level's types do not know LevelDB's own option.
      return batch.write({ sync: options.sync === true } as object);
    });
  }

  async *entries(range: KvRange): AsyncIterable<[key: string, value: Uint8Array]> {
    yield* this.db.iterator(defined(range));
  }

  async *keys(range: KvRange): AsyncIterable<string> {
    yield* this.db.keys(defined(range));
  }

  clear(range: KvRange): Promise<void> {
    return coded('write', this.path, () => this.db.clear(defined(range)));
  }

  compact(from: string, to: string): Promise<void> {
    // Level's types do not know what LevelDB alone has.
    return coded('compact', this.path, () => (this.db as unknown as Compactable).compactRange(from, to));
  }

  close(): Promise<void> {
    return this.db.close();
  }
}

/** Without the bounds that are undefined: to Level, `lt: undefined` is a bound. */
function defined(range: KvRange): KvRange {
  return Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined));
}
