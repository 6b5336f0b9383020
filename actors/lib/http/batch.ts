import { createHash } from 'node:crypto';
import { type At, jsonOf, type Row, WeirError } from '#stage';

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
  /** The same for the same records of a source that can be read again, in this run or after a restart; another one for any others. */
  readonly key: string;
}

/**
 * A batch of more than one record as two. Their keys are made of its own, not of their records: of equal records at one place the
 * halves would have the same key. A batch that comes again after a crash has the same halves.
 */
export function halvesOf({ rows, key }: Batch, format: BodyFormat): Batch[] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)].map((half, i) => {
    // They had JSON when they came.
    const texts = half.map((row) => jsonOf(row) as string);
    return { rows: half, body: bodyOf(texts, format), key: `${key}.${i}` };
  });
}

function bodyOf(texts: readonly string[], format: BodyFormat): string {
  if (format === 'array') return `[${texts.join(',')}]`;
  return texts.join('\n') + (format === 'ndjson' ? '\n' : '');
}

/** Gathers records for the next request. */
export class BatchBuilder {
  readonly #format: BodyFormat;
  #rows: Row[] = [];
  #texts: string[] = [];
  #places = '';
  readonly #timed: boolean;
  /** Keys given since the last barrier, and how often: equal records that one record was made into have the same place. */
  readonly #given = new Map<string, number>();

  /** `timed`: the records' times are their own. Those of the clock differ after a restart and are no part of the key. */
  constructor(format: BodyFormat, timed: boolean) {
    this.#format = format;
    this.#timed = timed;
  }

  get size(): number {
    return this.#rows.length;
  }

  add(row: Row, { time, order }: At): void {
    const text = jsonOf(row);
    if (text === undefined) throw new WeirError('WEIR_ENCODE', 'the record has no JSON');
    this.#rows.push(row);
    this.#texts.push(text);
    this.#places += this.#timed ? `${time} ${order}\n` : `${order}\n`;
  }

  /**
   * Ends the batch. Its key is made of what it holds, with each record's place in the source and its event time, if it has
   * one: a number of the batch would be given to other records after a restart, since batches are also cut by the clock.
   */
  cut(): Batch {
    const texts = this.#texts;
    const body = bodyOf(texts, this.#format);
    const key = this.#numbered(createHash('sha256').update(this.#places).update(body).digest('hex').slice(0, 32));
    const batch = { rows: this.#rows, body, key };
    this.#rows = [];
    this.#texts = [];
    this.#places = '';
    return batch;
  }

  /** A checkpoint's barrier: what a record was made into never lies on both sides of one. */
  barrier(): void {
    this.#given.clear();
  }

  #numbered(key: string): string {
    const before = this.#given.get(key) ?? 0;
    this.#given.set(key, before + 1);
    return before === 0 ? key : `${key}-${before}`;
  }
}
