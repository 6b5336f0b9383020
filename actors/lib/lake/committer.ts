import type { Committer, Disk, Kv, SealedPart } from '#stage';
import { preparedOf } from '../files/prepared.ts';
import { type Lake, openLake } from './open.ts';
import { type Sweep, sweep } from './retention.ts';
import { rowsOf } from './row-frames.ts';
import type { PreparedRows } from './writer.ts';

/** Rows in one write: larger ones hold the thread up longer than a turn may take. */
const BATCH = 1000;

type Put = { type: 'put'; key: string; value: Uint8Array };

interface Base {
  /** Latest time of any row, ms; null before the first. */
  latest: number | null;
  sweep: Sweep;
}

/**
 * Puts prepared rows into the lake. A row's key follows from the row, so a commit that is repeated writes the same rows to the
 * same places. Each write is synced: LevelDB changes its log between two of them, and a sync reaches the last log only.
 */
export class LakeCommitter implements Committer {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #table: string;
  readonly #retention: number | undefined;
  #lake: Promise<Lake> | undefined;

  constructor(disk: Disk, folder: string, table: string, retention: number | undefined) {
    this.#disk = disk;
    this.#folder = folder;
    this.#table = table;
    this.#retention = retention;
  }

  async commit(_epoch: number, parts: readonly unknown[], base: unknown): Promise<Base> {
    const { latest, sweep: from } = (base as Base | undefined | null) ?? { latest: null, sweep: null };
    const prepared = preparedOf<PreparedRows>(parts);
    // Opened with the first commit: the engine also makes committers that it never uses.
    this.#lake ??= openLake(this.#disk, this.#folder);
    const { kv } = await this.#lake;
    for (const one of prepared) for (const part of one.parts) await this.#put(kv, part);
    const times = [latest, ...prepared.map((one) => one.latest)].filter((time) => time !== null);
    const now = times.length === 0 ? null : Math.max(...times);
    if (this.#retention === undefined || now === null) return { latest: now, sweep: null };
    return { latest: now, sweep: await sweep(kv, this.#table, this.#retention, now, from) };
  }

  async #put(kv: Kv, part: SealedPart): Promise<void> {
    const bytes = 'inline' in part ? part.inline : await this.#disk.read(part.file);
    let batch: Put[] = [];
    let writing: Promise<void> = Promise.resolve();
    for (const { key, value } of rowsOf(bytes ?? new Uint8Array(0))) {
      batch.push({ type: 'put', key, value });
      if (batch.length < BATCH) continue;
      // The next batch is made while LevelDB writes this one.
      await writing;
      writing = kv.batch(batch, { sync: true });
      writing.catch(() => {});
      batch = [];
    }
    await writing;
    if (batch.length > 0) await kv.batch(batch, { sync: true });
  }

  async close(): Promise<void> {
    const lake = this.#lake;
    this.#lake = undefined;
    // One that could not be opened has been told of.
    await (await lake?.catch(() => undefined))?.close();
  }
}
