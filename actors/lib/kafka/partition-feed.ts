import type { Compressor } from './compression.ts';
import type { Fetched } from './fetch.ts';
import { batchesOf, isAbort, type RawRecord, type RecordBatch, RecordCursor } from './record-batch.ts';

/** What is at hand of one partition: batches as they were fetched, unpacked one at a time. */
export class PartitionFeed {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  /** The node that leads it, −1 while nobody is known to. */
  leader = -1;
  /** Too far ahead of the others to be read for now. */
  held = false;
  /** It is about to go to another process: no more is given. */
  released = false;
  ended = false;
  /** The offset of the next record to give. */
  position: number;
  /** Read up to here, and no further. */
  readonly end: number;
  /** The offset to ask for next. */
  fetchAt: number;
  /** With where reading goes on, of the first batch behind a jump. */
  readonly #queue: { batch: RecordBatch; from: number | undefined }[] = [];
  #jumpTo: number | undefined;
  #bytes = 0;
  #cursor: RecordCursor | undefined;
  /** The cursor's record was not taken, and is given again. */
  #again: RawRecord | undefined;
  /** Producers whose transaction, of which batches come, was taken back. */
  readonly #aborting = new Set<bigint>();

  constructor(topic: string, partition: number, position: number, end: number) {
    this.id = splitId(topic, partition);
    this.topic = topic;
    this.partition = partition;
    this.position = position;
    this.fetchAt = position;
    this.end = end;
  }

  /** Bytes that wait, packed. */
  get waiting(): number {
    return this.#bytes;
  }

  get hasRecords(): boolean {
    return this.#cursor !== undefined || this.#queue.length > 0;
  }

  get isDone(): boolean {
    return this.position >= this.end;
  }

  /** Goes on somewhere else, perhaps further back, once what is at hand has been given: what lies between is gone. */
  jump(offset: number): void {
    this.fetchAt = offset;
    if (this.hasRecords) this.#jumpTo = offset;
    else this.position = offset;
  }

  /** Takes what was fetched; whether there was anything. With `readCommitted`, batches of transactions taken back are left out. */
  add({ records, aborted }: Fetched, readCommitted: boolean, crc32c: (bytes: Buffer) => number): boolean {
    let next = 0;
    const batches = batchesOf(records, crc32c);
    for (const batch of batches) {
      if (batch.last < this.fetchAt) continue;
      this.fetchAt = batch.last + 1;
      for (let first = aborted[next]; first !== undefined && first.first <= batch.last; first = aborted[next]) {
        this.#aborting.add(first.producer);
        next++;
      }
      if (batch.control && this.#aborting.has(batch.producer) && isAbort(batch)) this.#aborting.delete(batch.producer);
      const drop = batch.control || (readCommitted && batch.transactional && this.#aborting.has(batch.producer));
      const left = drop ? { ...batch, count: 0, records: NOTHING, compression: 0 } : batch;
      this.#queue.push({ batch: left, from: this.#jumpTo });
      this.#jumpTo = undefined;
      this.#bytes += drop ? 0 : batch.records.length;
    }
    return batches.length > 0;
  }

  /**
   * Gives up to so many records and says how many; the position is behind each one while it is given. One that `to` does not take
   * is given again, and ends the round.
   */
  give(most: number, compressors: readonly Compressor[], to: (record: RawRecord) => boolean): number {
    let given = 0;
    while (given < most && !this.isDone) {
      const cursor = this.#next(compressors);
      if (cursor === undefined) break;
      while (given < most && (this.#again !== undefined || !cursor.done)) {
        const record = this.#again ?? cursor.next();
        this.#again = undefined;
        // A batch is given whole, also what lies before the place that was asked for.
        if (record.offset < this.position) continue;
        if (record.offset >= this.end) {
          this.position = this.end;
          break;
        }
        const before = this.position;
        this.position = record.offset + 1;
        if (!to(record)) {
          this.position = before;
          this.#again = record;
          return given;
        }
        given++;
      }
      if (cursor.done || this.isDone) {
        this.position = Math.max(this.position, Math.min(this.end, cursor.batch.last + 1));
        this.#cursor = undefined;
      }
    }
    return given;
  }

  #next(compressors: readonly Compressor[]): RecordCursor | undefined {
    if (this.#cursor !== undefined) return this.#cursor;
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    const { batch, from } = next;
    if (from !== undefined) this.position = from;
    this.#bytes -= batch.records.length;
    this.#cursor = RecordCursor.of(batch, compressors);
    return this.#cursor;
  }
}

const NOTHING = Buffer.alloc(0);

/** A topic's name has no `/`. */
export function splitId(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

export function ofSplitId(id: string): { topic: string; partition: number } {
  const slash = id.lastIndexOf('/');
  return { topic: id.slice(0, slash), partition: Number(id.slice(slash + 1)) };
}
