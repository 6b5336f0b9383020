import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { messageOf, type OperatorContext, type Row, WeirError } from '#stage';
import { CsvDecoder } from '../csv/decoder.ts';

/** Reads a file's records one after the other; what is none throws. */
async function readRows(path: string, take: (row: Row) => void): Promise<void> {
  const input = createReadStream(path);
  if (path.endsWith('.csv')) return readCsv(input, take);
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === '') continue;
    const row: unknown = parse(line, number);
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw new Error(`line ${number} is no record`);
    take(row as Row);
  }
}

function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Error(`line ${number}: ${messageOf(error)}`);
  }
}

const CSV = { delimiter: 44, quote: 34, header: true, multiline: true, ragged: false, columns: undefined };

async function readCsv(input: AsyncIterable<Buffer>, take: (row: Row) => void): Promise<void> {
  const out = {
    accept: (row: Row) => take(row),
    emit: (row: Row) => take(row),
    skipped() {},
    malformed: (_: unknown, reason: string) => {
      throw new Error(reason);
    },
  };
  const decoder = new CsvDecoder({ ...CSV, nulls: new Set(['']) }, out, undefined);
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  const decode = (last: boolean) => {
    let from = 0;
    if (!begun) {
      from = decoder.header(rest, 0, rest.length, last);
      if (from < 0) return;
      begun = true;
    }
    rest = rest.subarray(decoder.decode(rest, from, rest.length, 0, last));
  };
  for await (const chunk of input) {
    rest = Buffer.concat([rest, chunk]);
    decode(false);
  }
  decode(true);
}

/** The records of a file by a key, read at the start and again when the file has changed. */
export class FileTable<K> {
  readonly #path: string;
  readonly #keyOf: (row: Row) => K | undefined;
  readonly #context: OperatorContext;
  readonly #reloadMs: number | undefined;
  readonly ready: Promise<void>;
  #rows: Map<K, Row> | undefined;
  #version = '';
  #closed = false;
  #cancel = () => {};

  constructor(
    path: string,
    keyOf: (row: Row) => K | undefined,
    reloadMs: number | undefined,
    context: OperatorContext,
  ) {
    this.#path = path;
    this.#keyOf = keyOf;
    this.#reloadMs = reloadMs;
    this.#context = context;
    this.ready = this.#load().then(() => this.#watch());
    // Who waits for it is told; but nobody may be waiting yet.
    this.ready.catch(() => {});
  }

  /** Undefined while it is being read for the first time. */
  get rows(): ReadonlyMap<K, Row> | undefined {
    return this.#rows;
  }

  async #load(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (version === this.#version) return;
      const rows = new Map<K, Row>();
      await readRows(this.#path, (row) => {
        const key = this.#keyOf(row);
        if (key !== undefined) rows.set(key, row);
      });
      this.#version = version;
      this.#rows = rows;
    } catch (error) {
      throw new WeirError('WEIR_LOOKUP_FILE', `${this.#path}: ${messageOf(error)}`, { cause: error });
    }
  }

  #watch(): void {
    if (this.#reloadMs === undefined || this.#closed) return;
    this.#cancel = this.#context.after(this.#reloadMs, () => {
      this.#load().then(
        () => this.#watch(),
        (error) => {
          this.#context.log('warn', `${messageOf(error)}; what was read before stays`);
          this.#watch();
        },
      );
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }
}
