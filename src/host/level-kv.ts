import { setTimeout as sleep } from 'node:timers/promises';
import { Level } from 'level';
import { messageOf, WeirError } from '../base/errors.ts';
import type { Kv, KvRange, KvWrite } from '../world/disk.ts';
import { makeFolder } from './folders.ts';

// A thread that is being killed holds its lock until its native part has been torn down, some milliseconds.
const RETRIES_MS = [20, 20, 40, 60, 100, 150, 200, 200, 200];

/**
 * Opens a LevelDB below `path`. Throws `WEIR_LOCKED` when another opener still has it after a second of trying, and
 * `WEIR_DISK` when it cannot be opened for another reason.
 */
export async function openLevel(path: string): Promise<Kv> {
  await makeFolder(path);
  for (const waitMs of [...RETRIES_MS, 0]) {
    const db = new Level<string, Uint8Array>(path, { keyEncoding: 'utf8', valueEncoding: 'view' });
    try {
      await db.open();
      return new LevelKv(db, path);
    } catch (error) {
      const cause = (error as { cause?: { code?: string } }).cause;
      if (cause?.code !== 'LEVEL_LOCKED') throw failed('open', path, cause ?? error);
      if (waitMs > 0) await sleep(waitMs);
      else {
        const holder = /already held by process/.test(messageOf(cause)) ? 'a part of this process' : 'another process';
        throw new WeirError('WEIR_LOCKED', `${path} is in use by ${holder}: stop it, or choose another folder`, {
          cause,
          data: { path },
        });
      }
    }
  }
  throw new Error('unreachable');
}

function failed(what: string, path: string, cause: unknown): WeirError {
  const because = (cause as { cause?: unknown }).cause ?? cause;
  return new WeirError('WEIR_DISK', `cannot ${what} ${path}: ${messageOf(because)}`, { cause, data: { path } });
}

class LevelKv implements Kv {
  private readonly db: Level<string, Uint8Array>;
  private readonly path: string;

  constructor(db: Level<string, Uint8Array>, path: string) {
    this.db = db;
    this.path = path;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.db.get(key).catch((error) => Promise.reject(failed('read', this.path, error)));
  }

  batch(writes: readonly KvWrite[], options: { sync?: boolean } = {}): Promise<void> {
    const sync = options.sync === true;
    return this.db
      .batch(writes as KvWrite[], { sync } as object)
      .catch((error) => Promise.reject(failed('write', this.path, error)));
  }

  async *entries(range: KvRange): AsyncIterable<[key: string, value: Uint8Array]> {
    yield* this.db.iterator(defined(range));
  }

  async *keys(range: KvRange): AsyncIterable<string> {
    yield* this.db.keys(defined(range));
  }

  close(): Promise<void> {
    return this.db.close();
  }
}

/** Without the bounds that are undefined: to Level, `lt: undefined` is a bound. */
function defined(range: KvRange): KvRange {
  return Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined));
}
