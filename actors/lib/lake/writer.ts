import { type At, type Key, type Row, type SealedPart, type SinkContext, type SinkWriter, WeirError } from '#stage';
import { PartList } from '../files/part-list.ts';
import { packRow, writeRow } from './row-frames.ts';
import { rowKey } from './row-key.ts';

/** What one subtask hands over at a checkpoint. */
export interface PreparedRows {
  parts: SealedPart[];
  /** Latest time of its rows, ms; null without rows. */
  latest: number | null;
}

export interface LakeColumns {
  readonly table: string;
  readonly keyOf: (row: Row, at: At) => Key;
  readonly timeOf: (row: Row, at: At) => unknown;
}

/** Writes rows, each with its place in the lake, to pending parts. */
export class LakeWriter implements SinkWriter {
  readonly #columns: LakeColumns;
  readonly #parts: PartList;
  #latest: number | null = null;
  #before = '';
  #repeats = 0;

  constructor(columns: LakeColumns, context: SinkContext) {
    this.#columns = columns;
    this.#parts = new PartList(() => context.pendingPart());
  }

  write(row: Row, at: At): void {
    const { table, keyOf, timeOf } = this.#columns;
    const key = keyOf(row, at);
    const time = timeOf(row, at);
    if (typeof time !== 'number' || !Number.isFinite(time)) {
      throw new WeirError('WEIR_LAKE_TIME', 'the time of a row is milliseconds since the epoch, a number');
    }
    const value = packRow(row);
    const place = rowKey(table, key, time, at.order, this.#tag(value));
    // One record may have become several equal ones, one after the other: each is a row.
    this.#repeats = place === this.#before ? this.#repeats + 1 : 0;
    this.#before = place;
    const { bytes } = this.#parts;
    this.#parts.wrote(writeRow(bytes, this.#repeats === 0 ? place : `${place}.${this.#repeats}`, value));
    if (this.#latest === null || time > this.#latest) this.#latest = time;
  }

  /** A hash of the row itself: rows that differ never replace each other, and one that is written again replaces itself. */
  #tag(value: Uint8Array): string {
    let a = 0x811c9dc5;
    let b = 0x9e3779b9;
    for (let i = 0; i < value.length; i++) {
      const byte = value[i] as number;
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b + byte, 0x85ebca6b) ^ (b >>> 13);
    }
    return ((a >>> 0) * 2 ** 20 + ((b >>> 0) & 0xfffff)).toString(36);
  }

  busy(): Promise<void> | undefined {
    return this.#parts.busy();
  }

  async prepare(): Promise<PreparedRows> {
    const latest = this.#latest;
    this.#latest = null;
    return { parts: await this.#parts.seal(), latest };
  }
}
