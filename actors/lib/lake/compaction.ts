import { type Disk, type Kv, messageOf } from '#stage';
import { layoutOf } from './layout.ts';
import { openLake } from './open.ts';
import { AFTER, indexStart, tableStart } from './row-key.ts';
import { spacesOf } from './spaces.ts';

const BATCH = 1000;
/** Ranges that wait; older ones are left to LevelDB's own compaction. */
const WAITING = 100;

/** Deletes a range of a store. */
export async function clearRange(kv: Kv, range: { gte: string; lt: string }): Promise<void> {
  if (kv.clear !== undefined) return kv.clear(range);
  for (;;) {
    const keys: string[] = [];
    for await (const key of kv.keys({ ...range, limit: BATCH })) keys.push(key);
    if (keys.length > 0) await kv.batch(keys.map((key) => ({ type: 'del', key })));
    if (keys.length < BATCH) return;
  }
}

/**
 * Gives room back to the disk beside the stream, one range at a time and one for each checkpoint at most, so that it never takes
 * more of the disk than the checkpoints themselves. A range is what one checkpoint has deleted rows of.
 */
export class Compactor {
  readonly #log: (level: 'warn', text: string) => void;
  #waiting: { from: string; to: string }[] = [];
  #running: Promise<void> | undefined;

  constructor(log: (level: 'warn', text: string) => void) {
    this.#log = log;
  }

  /** Called at each checkpoint, with what it has freed. */
  next(kv: Kv, freed: readonly { from: string; to: string }[]): void {
    if (kv.compact === undefined) return;
    this.#waiting = [...this.#waiting, ...freed].slice(-WAITING);
    if (this.#running !== undefined) return;
    const range = this.#waiting.shift();
    if (range === undefined) return;
    this.#running = kv
      .compact(range.from, range.to)
      .catch((error) => this.#log('warn', `the lake could not be compacted: ${messageOf(error)}`))
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when none is under way; the store may be closed then. */
  async idle(): Promise<void> {
    await this.#running;
  }
}

/** Gives back all room of deleted rows of a table, partition after partition; `told` hears of each. */
export async function compactTable(disk: Disk, folder: string, table: string, told: () => void = () => {}) {
  const lake = await openLake(disk, folder);
  try {
    const layout = await layoutOf(lake.kv, table);
    for await (const { space, part = '' } of spacesOf(lake.kv, table, layout)) {
      const starts = layout.timeOrder ? [tableStart(space), indexStart(table, part)] : [tableStart(space)];
      for (const start of starts) await lake.kv.compact?.(start, `${start.slice(0, -1)}${AFTER}`);
      told();
    }
    // Also what was dropped whole, of which no partition tells any more.
    for (const start of [tableStart(table), `!p!${table}!`, `!i!${table}!`]) {
      await lake.kv.compact?.(start, `${start.slice(0, -1)}${AFTER}`);
    }
  } finally {
    await lake.close();
  }
}
