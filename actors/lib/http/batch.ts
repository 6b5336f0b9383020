import { createHash } from 'node:crypto';
import { type At, type Row, WeirError } from '#stage';
import { jsonOf } from '../json/write.ts';

export type BodyFormat = 'ndjson' | 'array' | 'object';

export const CONTENT_TYPE: Record<BodyFormat, string> = {
  ndjson: 'application/x-ndjson',
  array: 'application/json',
  object: 'application/json',
};

/** Records that go out in one request. */
export interface Batch {
  readonly rows: readonly Row[];
  readonly body: string;
  /** The same for the same records, in this run or after a restart; another one for any others. */
  readonly key: string;
}

/** Gathers records for the next request. */
export class BatchBuilder {
  readonly #format: BodyFormat;
  #rows: Row[] = [];
  #texts: string[] = [];
  #places = '';

  constructor(format: BodyFormat) {
    this.#format = format;
  }

  get size(): number {
    return this.#rows.length;
  }

  add(row: Row, { time, order }: At): void {
    const text = jsonOf(row);
    if (text === undefined) throw new WeirError('WEIR_ENCODE', 'the record has no JSON');
    this.#rows.push(row);
    this.#texts.push(text);
    this.#places += `${time} ${order}\n`;
  }

  /**
   * Ends the batch. Its key is made of what it holds, with each record's time and place in the source: a number of the batch
   * would be given to other records after a restart, since batches are also cut by the clock.
   */
  cut(): Batch {
    const texts = this.#texts;
    const body =
      this.#format === 'array' ? `[${texts.join(',')}]` : texts.join('\n') + (this.#format === 'ndjson' ? '\n' : '');
    const key = createHash('sha256').update(this.#places).update(body).digest('hex').slice(0, 32);
    const batch = { rows: this.#rows, body, key };
    this.#rows = [];
    this.#texts = [];
    this.#places = '';
    return batch;
  }
}
