import {
  type At,
  type Bytes,
  fitsDate,
  type Key,
  type Row,
  type SealedPart,
  type SinkContext,
  type SinkWriter,
  WeirError,
} from '#stage';
import { PartList } from '../files/part-list.ts';
import type { Layout } from './layout.ts';
import { keyText } from './order-text.ts';
import { packRow, writeRow } from './row-frames.ts';
import { keyStart, type Place, spaceOf, writeRowKey } from './row-key.ts';

/** What one subtask hands over at a checkpoint. */
export interface PreparedRows {
  parts: SealedPart[];
  /** Latest time of its rows, ms; null without rows. */
  latest: number | null;
  /** How its table was to be kept; nothing where there was no choice yet. */
  layout?: Layout;
}

export interface LakeColumns {
  readonly table: string;
  readonly keyOf: (row: Row, at: At) => Key;
  readonly timeOf: (row: Row, at: At) => unknown;
  readonly layout: Layout;
  /** The partition of a row, as text. */
  readonly partOf?: ((row: Row, at: At, key: Key, time: number) => string) | undefined;
}

/** Keys whose text is remembered. */
const KEYS = 10_000;

/** Writes rows, each with its place in the lake, to pending parts. */
export class LakeWriter implements SinkWriter {
  readonly #columns: LakeColumns;
  readonly #parts: PartList;
  /** By partition, then by key. */
  readonly #starts = new Map<string | undefined, Map<Key, string>>();
  #remembered = 0;
  #latest: number | null = null;
  readonly #now: () => number;
  #start = '';
  /** Place of the row before. */
  readonly #place: Place = { time: Number.NaN, order: 0, high: 0, low: 0, repeat: 0 };
  readonly #writeKey = (bytes: Bytes) => writeRowKey(bytes, this.#start, this.#place);

  constructor(columns: LakeColumns, context: SinkContext) {
    this.#columns = columns;
    this.#now = context.now;
    this.#parts = new PartList(() => context.pendingPart());
  }

  write(row: Row, at: At): void {
    const { keyOf, timeOf, partOf } = this.#columns;
    const key = keyOf(row, at);
    const time = timeOf(row, at);
    if (!fitsDate(time)) {
      throw new WeirError(
        'WEIR_LAKE_TIME',
        'the time of a row is milliseconds since the epoch: a number, ±8.64e15 at most, as of a date',
      );
    }
    const start = this.#startOf(key, partOf?.(row, at, key, time));
    const value = packRow(row);
    this.#moveTo(start, time, at.order, value);
    this.#parts.wrote(writeRow(this.#parts.bytes, this.#writeKey, value));
    if (this.#latest === null || time > this.#latest) this.#come(time);
  }

  /** A time that is yet to come, of a clock gone wrong, does not make all else too old. */
  #come(time: number): void {
    const come = Math.min(time, this.#now());
    if (this.#latest === null || come > this.#latest) this.#latest = come;
  }

  #startOf(key: Key, part: string | undefined): string {
    let ofPart = this.#starts.get(part);
    let start = ofPart?.get(key);
    if (start !== undefined) return start;
    start = keyStart(spaceOf(this.#columns.table, part), keyText(key));
    if (this.#remembered++ >= KEYS) {
      this.#starts.clear();
      this.#remembered = 0;
      ofPart = undefined;
    }
    if (ofPart === undefined) {
      ofPart = new Map();
      this.#starts.set(part, ofPart);
    }
    ofPart.set(key, start);
    return start;
  }

  /**
   * Rows that differ never replace each other, and one that is written again replaces itself. One record may also have become
   * several equal ones, one after the other: each is a row.
   */
  #moveTo(start: string, time: number, order: number, value: Uint8Array): void {
    let high = 0x811c9dc5;
    let low = 0x9e3779b9;
    for (let i = 0; i < value.length; i++) {
      const byte = value[i] as number;
      high = Math.imul(high ^ byte, 0x01000193);
      low = Math.imul(low + byte, 0x85ebca6b) ^ (low >>> 13);
    }
    const before = this.#place;
    const same =
      time === before.time &&
      order === before.order &&
      high === before.high &&
      low === before.low &&
      start === this.#start;
    this.#start = start;
    before.time = time;
    before.order = order;
    before.high = high;
    before.low = low;
    before.repeat = same ? before.repeat + 1 : 0;
  }

  busy(): Promise<void> | undefined {
    return this.#parts.busy();
  }

  async prepare(): Promise<PreparedRows> {
    const latest = this.#latest;
    this.#latest = null;
    return { parts: await this.#parts.seal(), latest, layout: this.#columns.layout };
  }
}
