import type { Row } from '#stage';
import type { Refusal } from './body.ts';

/** The records of one request, that wait to be emitted. */
interface Batch {
  readonly rows: readonly Row[];
  readonly time: number;
  readonly bytes: number;
  next: number;
}

export interface IntakeLimits {
  readonly records: number;
  readonly bytes: number;
}

/** The bounded queue between requests and the stream. Of a request it takes all records or none. */
export class Intake {
  readonly #limits: IntakeLimits;
  readonly #batches: Batch[] = [];
  /** Requests whose answers wait for a checkpoint, and the number of the record after their last one. */
  #unanswered: { behind: number; answer(): void }[] = [];
  #bytes = 0;
  /** Records that wait. */
  size = 0;
  /** Numbers of the next record to take in and to give out. */
  #taken: number;
  given: number;

  constructor(limits: IntakeLimits, first: number) {
    this.#limits = limits;
    this.#taken = first;
    this.given = first;
  }

  /** Takes a request's records; `durable` is called once a checkpoint holds them. */
  offer(rows: readonly Row[], bytes: number, time: number, durable?: () => void): Refusal | undefined {
    const { records } = this.#limits;
    if (rows.length > records) {
      const reason = `a request may hold ${records} records (queue), not ${rows.length}`;
      return { status: 413, error: 'WEIR_HTTP_TOO_LARGE', reason };
    }
    if (this.size + rows.length > records || (this.size > 0 && this.#bytes + bytes > this.#limits.bytes)) {
      return { status: 429, error: 'WEIR_HTTP_BUSY', reason: `${this.size} records are waiting: try again later` };
    }
    if (rows.length > 0) this.#batches.push({ rows, time, bytes, next: 0 });
    this.size += rows.length;
    this.#bytes += bytes;
    this.#taken += rows.length;
    if (durable !== undefined) this.#unanswered.push({ behind: this.#taken, answer: durable });
    return undefined;
  }

  /** Gives out up to `count` records. */
  take(count: number, emit: (row: Row, order: number, time: number) => void): void {
    while (count > 0 && this.#batches.length > 0) {
      const batch = this.#batches[0]!;
      // Counted first: a record that the stream fails on is not given twice.
      const row = batch.rows[batch.next++] as Row;
      this.size--;
      count--;
      if (batch.next === batch.rows.length) {
        this.#batches.shift();
        this.#bytes -= batch.bytes;
      }
      emit(row, this.given++, batch.time);
    }
  }

  /** All records before this number are in a durable checkpoint. */
  committed(before: number): void {
    const done = this.#unanswered.filter(({ behind }) => behind <= before);
    this.#unanswered = this.#unanswered.filter(({ behind }) => behind > before);
    for (const { answer } of done) answer();
  }
}
