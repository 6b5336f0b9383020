import { formatBytes, messageOf, parseJson, type Row } from '#stage';
import { type Packed, unpack } from '../packed/unpack.ts';

/** Why a request is refused: the answer's status and what it says. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly reason: string;
  /** The line of the body, from 1. */
  readonly line?: number;
}

const LINES = /^application\/(x-)?(ndjson|jsonl|json-?lines|jsonlines)$/;
const JSON_TYPES = /^(application\/([\w.-]+\+)?json|text\/(json|plain))$/;

/** Whether a content type may hold JSON, and if so in what form; undefined when not. */
export function formOf(contentType: string | undefined): 'lines' | 'any' | undefined {
  const type = (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase();
  if (LINES.test(type)) return 'lines';
  return JSON_TYPES.test(type) ? 'any' : undefined;
}

const ENCODINGS = { identity: undefined, gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate', zstd: 'zstd' } as const;

/** How a body is packed by its `Content-Encoding`; null: in a way that is not read. */
export function packedOf(encoding = 'identity'): Packed | undefined | null {
  const name = encoding.trim().toLowerCase();
  return Object.hasOwn(ENCODINGS, name) ? ENCODINGS[name as keyof typeof ENCODINGS] : null;
}

/** The bytes of a body, unpacked to `max` at most. */
export function plainBody(bytes: Buffer, packed: Packed | undefined, max: number): Buffer | Refusal {
  if (packed === undefined) return bytes;
  const plain = unpack(bytes, packed, max);
  if (Buffer.isBuffer(plain)) return plain;
  if (!plain.tooLarge) return bad(`the body cannot be unpacked: ${plain.what}`);
  const reason = `a body may unpack to ${formatBytes(max)} (maxBody)`;
  return { status: 413, error: 'WEIR_HTTP_TOO_LARGE', reason };
}

/** The records of a body: an object, an array of objects, or a line for each. */
export function parseBody(bytes: Buffer, form: 'lines' | 'any'): Row[] | Refusal {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bad('the body is not UTF-8');
  }
  if (text.trim() === '') return bad('the body is empty');
  if (form === 'lines') return parseLines(text);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    // Several objects, one a line, are not one document.
    const isLines = /^\s*\{/.test(text) && /\}[ \t\r]*\n\s*\{/.test(text);
    return isLines ? parseLines(text) : bad(messageOf(error), lineOf(text, messageOf(error)));
  }
  const records = Array.isArray(value) ? value : [value];
  const other = records.findIndex((record) => !isRecord(record));
  if (other < 0) return records;
  if (!Array.isArray(value)) return bad('the body is no object and no array');
  return bad(`item ${other + 1} of the ${value.length} in the array (the first is item 1) is no object`);
}

function parseLines(text: string): Row[] | Refusal {
  const records: Row[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = parseJson(line);
    } catch (error) {
      return bad(messageOf(error), i + 1);
    }
    if (!isRecord(value)) return bad('the line is no object', i + 1);
    records.push(value);
  }
  return records;
}

function isRecord(value: unknown): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function lineOf(text: string, message: string): number {
  const position = /at position (\d+)/.exec(message)?.[1];
  return text.slice(0, position === undefined ? text.trimEnd().length : Number(position)).split('\n').length;
}

function bad(reason: string, line?: number): Refusal {
  return { status: 400, error: 'WEIR_HTTP_BODY', reason, ...(line === undefined ? {} : { line }) };
}
