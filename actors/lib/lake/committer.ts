import type { Committer, CommitterContext, Disk, Kv, SealedPart } from '#stage';
import { preparedOf } from '../files/prepared.ts';
import { Compactor } from './compaction.ts';
import { type Layout, layOut, otherLayout, PLAIN, sameLayout } from './layout.ts';
import { type Lake, openLake } from './open.ts';
import { type Sweep, sweep } from './retention.ts';
import { rowsOf } from './row-frames.ts';
import { indexKeyOf } from './row-key.ts';
import type { PreparedRows } from './writer.ts';

/** Rows in one write: larger ones hold the thread up longer than a turn may take. */
const BATCH = 1000;

const NOTHING = new Uint8Array(0);

/** The table that rows are put into. */
export interface TableOptions {
  readonly table: string;
  readonly layout: Layout;
  /** Milliseconds. */
  readonly retention: number | undefined;
}

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
  readonly #table: TableOptions;
  readonly #compactor: Compactor;
  #lake: Promise<Lake> | undefined;

  constructor({ disk, log }: Pick<CommitterContext, 'disk' | 'log'>, folder: string, table: TableOptions) {
    this.#disk = disk;
    this.#folder = folder;
    this.#table = table;
    this.#compactor = new Compactor(log);
  }

  async commit(_epoch: number, parts: readonly unknown[], base: unknown): Promise<Base> {
    const { latest, sweep: from } = (base as Base | undefined | null) ?? { latest: null, sweep: null };
    const prepared = preparedOf<PreparedRows>(parts);
    // Opened with the first commit: the engine also makes committers that it never uses.
    this.#lake ??= this.#open();
    const { kv } = await this.#lake;
    for (const { layout = PLAIN, parts: rows } of prepared) {
      if (rows.length > 0 && !sameLayout(layout, this.#table.layout)) {
        throw otherLayout(this.#table.table, layout, this.#table.layout);
      }
    }
    for (const one of prepared) for (const part of one.parts) await this.#put(kv, part);
    const times = [latest, ...prepared.map((one) => one.latest)].filter((time) => time !== null);
    const now = times.length === 0 ? null : Math.max(...times);
    const { table, layout, retention } = this.#table;
    if (retention === undefined || now === null) return { latest: now, sweep: null };
    const { sweep: swept, freed } = await sweep(kv, { table, layout, retention }, now, from);
    this.#compactor.next(kv, freed);
    return { latest: now, sweep: swept };
  }

  async #open(): Promise<Lake> {
    const lake = await openLake(this.#disk, this.#folder);
    try {
      await layOut(lake.kv, this.#table.table, this.#table.layout);
      return lake;
    } catch (error) {
      this.#lake = undefined;
      await lake.close();
      throw error;
    }
  }

  async #put(kv: Kv, part: SealedPart): Promise<void> {
    const bytes = 'inline' in part ? part.inline : await this.#disk.read(part.file);
    const { timeOrder } = this.#table.layout;
    let batch: Put[] = [];
    let writing: Promise<void> = Promise.resolve();
    for (const { key, value } of rowsOf(bytes ?? new Uint8Array(0))) {
      batch.push({ type: 'put', key, value });
      // With its row or not at all.
      if (timeOrder) batch.push({ type: 'put', key: indexKeyOf(key), value: NOTHING });
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
    await this.#compactor.idle();
    // One that could not be opened has been told of.
    await (await lake?.catch(() => undefined))?.close();
  }
}
