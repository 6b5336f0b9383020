import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, WeirError } from '../../base/errors.ts';
import type { Row } from '../../stage/row.ts';
import { decode } from '../../testkit/codec-driver.ts';
import { builtIn } from '../../topology/registry.ts';

const ROWS = 1000;
const BYTES = 8 * 2 ** 20;
const NEWLINE = 10;

/** The beginning of a file, and how to read all of it. */
export interface Sample {
  /** As a source takes it. */
  codec: Record<string, Record<string, unknown>>;
  /** Up to 1,000. */
  rows: Row[];
  columns: string[];
  /** Rows of the whole file, by its size; of a compressed one roughly. */
  about: number;
}

/** Reads the first rows of a CSV or NDJSON file, which may be gzipped. Throws `WEIR_USAGE`. */
export async function sampleOf(file: string): Promise<Sample> {
  const plain = file.replace(/\.gz$/, '');
  const codec = codecOf(plain);
  try {
    const { size } = await stat(file);
    const raw = createReadStream(file);
    const { bytes, ended } = await beginning(plain === file ? raw : raw.pipe(createGunzip()));
    const [[name, options]] = Object.entries(codec) as [[string, Record<string, unknown>]];
    const rows = decode(await builtIn.load('codec', name), bytes, { options }).rows.slice(0, ROWS);
    if (rows.length === 0) throw new Error('there is no row in it');
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const whole = plain === file ? size : 4 * size;
    return { codec, rows, columns, about: ended ? rows.length : Math.ceil((whole / bytes.length) * rows.length) };
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `cannot read ${file}: ${messageOf(error)}`);
  }
}

/** What stands for nothing in the tables of R and Python is nothing here. */
function codecOf(plain: string): Sample['codec'] {
  const nulls = ['', 'NA', 'NaN', 'nan', 'null'];
  if (plain.endsWith('.csv')) return { csv: { nulls } };
  if (plain.endsWith('.tsv')) return { csv: { nulls, delimiter: '\t' } };
  if (/\.(?:ndjson|jsonl)$/.test(plain)) return { ndjson: {} };
  throw new WeirError(
    'WEIR_USAGE',
    `${plain}: the name of a file ends in .csv, .tsv, .ndjson or .jsonl, and may in .gz`,
  );
}

/** Whole lines of the beginning: a header and 1,000 more, or less when they are very long. */
async function beginning(stream: Readable): Promise<{ bytes: Buffer; ended: boolean }> {
  const chunks: Buffer[] = [];
  let [lines, size] = [0, 0];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
    if (lines <= ROWS && size < BYTES) continue;
    const all = Buffer.concat(chunks);
    return { bytes: all.subarray(0, all.lastIndexOf(NEWLINE) + 1), ended: false };
  }
  return { bytes: Buffer.concat(chunks), ended: true };
}
