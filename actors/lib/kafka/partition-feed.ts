import { messageOf } from '#stage';
import type { Compressor } from './compression.ts';
import type { Fetched } from './fetch.ts';
import {
  batchesOf,
  isAbort,
  offsetBehind,
  type RawRecord,
  type RecordBatch,
  RecordCursor,
  SHOWN,
} from './record-batch.ts';

/** Records that cannot be read. */
export interface Damage {
  readonly first: number;
  readonly last: number;
  readonly what: string;
  /** What their batch begins with. */
  readonly head: Buffer;
}

/** What is at hand of one partition: batches as they were fetched, unpacked one at a time. */
export class PartitionFeed {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  /** The node that leads it, −1 while nobody is known to. */
  leader = -1;
  /** The number of the answer that last had records of it: who has waited longest is asked for first. */
  served = 0;
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
  readonly #queue: { batch: RecordBatch | Damage; from: number | undefined }[] = [];
  #jumpTo: number | undefined;
  #bytes = 0;
  #cursor: RecordCursor | undefined;
  /** The cursor's record was not taken, and is given again. */
  #again: RawRecord | undefined;
  /** What could not be read just now. */
  #lost: Damage | undefined;
  /** A batch that could not be trusted begins here, and is asked for once more. */
  #suspect: number | undefined;
  /** What cannot be read begins here; it ends where a batch can be again. */
  #damage: Omit<Damage, 'last'> | undefined;

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

  /** Bytes of the batch that is being given, unpacked. */
  get unpacked(): number {
    return this.#cursor?.unpacked ?? 0;
  }

  /** Holds that batch as it was fetched again: what is left of it is unpacked anew when its turn comes. */
  fold(): void {
    if (this.#cursor === undefined) return;
    const { batch } = this.#cursor;
    this.#queue.unshift({ batch, from: undefined });
    this.#bytes += batch.records.length;
    this.#cursor = undefined;
    this.#again = undefined;
  }

  get hasRecords(): boolean {
    return this.#cursor !== undefined || this.#queue.length > 0;
  }

  get isDone(): boolean {
    return this.position >= this.end;
  }

  /** Goes on somewhere else, perhaps further back, once what is at hand has been given: what lies between is gone. */
  jump(offset: number): void {
    this.#endDamage();
    this.fetchAt = offset;
    this.#jumpTo = offset;
    this.#land();
  }

  /** A jump that no batch comes behind is over once nothing is at hand; what was read to its end does not begin anew. */
  #land(): void {
    if (this.#jumpTo === undefined || this.hasRecords || this.isDone) return;
    this.position = this.#jumpTo;
    this.#jumpTo = undefined;
  }

  /**
   * Takes what was fetched; whether there was anything. With `readCommitted`, batches of transactions taken back are left out. What
   * comes behind damage is asked for anew: only then the broker says which transactions that have come by there were taken back.
   */
  add(
    { records, aborted, highWatermark }: Fetched,
    readCommitted: boolean,
    crc32c: (bytes: Buffer) => number,
  ): boolean {
    const { batches, damage, at } = batchesOf(records, crc32c, this.fetchAt, highWatermark);
    if (batches.length > 0 || damage === undefined) this.#endDamage();
    /** Producers whose transaction, of which batches come, was taken back. */
    const aborting = new Set<bigint>();
    let next = 0;
    for (const batch of batches) {
      this.fetchAt = batch.last + 1;
      for (let first = aborted[next]; first !== undefined && first.first <= batch.last; first = aborted[next]) {
        aborting.add(first.producer);
        next++;
      }
      if (batch.control && aborting.has(batch.producer) && isAbort(batch)) aborting.delete(batch.producer);
      const drop = batch.control || (readCommitted && batch.transactional && aborting.has(batch.producer));
      this.#push(drop ? { ...batch, count: 0, records: NOTHING, compression: 0 } : batch);
      this.#bytes += drop ? 0 : batch.records.length;
    }
    if (damage !== undefined && batches.length === 0) this.#pass(records.subarray(at), damage, highWatermark);
    return this.hasRecords;
  }

  #push(batch: RecordBatch | Damage): void {
    this.#queue.push({ batch, from: this.#jumpTo });
    this.#jumpTo = undefined;
  }

  /** A batch that cannot be trusted is asked for once more, since it may have been damaged on its way; then it is passed by. */
  #pass(bytes: Buffer, what: string, highWatermark: number): void {
    if (this.#damage === undefined && this.#suspect !== this.fetchAt) {
      this.#suspect = this.fetchAt;
      return;
    }
    this.#damage ??= { first: this.fetchAt, what, head: Buffer.from(bytes.subarray(0, SHOWN)) };
    this.fetchAt = offsetBehind(bytes, this.fetchAt, highWatermark);
  }

  #endDamage(): void {
    if (this.#damage !== undefined) this.#push({ ...this.#damage, last: this.fetchAt - 1 });
    this.#damage = undefined;
  }

  /**
   * Gives up to so many records and says how many; the position is behind each one while it is given. One that `to` does not take
   * is given again, and ends the round. So does what cannot be read, which `lost` is told of.
   */
  give(
    most: number,
    compressors: readonly Compressor[],
    to: (record: RawRecord) => boolean,
    lost: (damage: Damage) => void,
  ): number {
    let given = 0;
    for (; given < most; given++) {
      const record = this.#again ?? this.#read(compressors);
      if (record === undefined) break;
      const before = this.position;
      this.position = record.offset + 1;
      this.#again = undefined;
      if (!to(record)) {
        this.position = before;
        this.#again = record;
        return given;
      }
    }
    // What has been given whole is let go at once.
    if (this.#cursor !== undefined && (this.#cursor.done || this.isDone)) this.#close(this.#cursor.batch);
    this.#land();
    const damage = this.#lost;
    if (damage === undefined) return given;
    this.#lost = undefined;
    lost(damage);
    return given + 1;
  }

  /** The next record; what of its batch cannot be read is lost, and the position is behind it. */
  #read(compressors: readonly Compressor[]): RawRecord | undefined {
    while (!this.isDone) {
      const batch = this.#cursor?.batch ?? this.#next();
      if (batch === undefined) break;
      try {
        this.#cursor ??= RecordCursor.of(batch, compressors);
        while (!this.#cursor.done) {
          const record = this.#cursor.next();
          // A batch is given whole, also what lies before the place that was asked for.
          if (record.offset < this.position) continue;
          if (record.offset < this.end) return record;
          break;
        }
      } catch (error) {
        // What claims more records than there is room for in its offsets has lost none of them.
        const first = Math.max(this.position, batch.base);
        if (first <= batch.last) this.#lost = { first, last: batch.last, what: messageOf(error), head: batch.head };
      }
      this.#close(batch);
      if (this.#lost !== undefined) break;
    }
    return undefined;
  }

  #close(batch: RecordBatch): void {
    this.#cursor = undefined;
    this.#goBehind(batch.last);
  }

  #goBehind(offset: number): void {
    this.position = Math.max(this.position, Math.min(this.end, offset + 1));
  }

  #next(): RecordBatch | undefined {
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    const { batch, from } = next;
    if (from !== undefined) this.position = from;
    if ('base' in batch) {
      this.#bytes -= batch.records.length;
      return batch;
    }
    this.#lost = batch;
    this.#goBehind(batch.last);
    return undefined;
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
