import { type Encoder, jsonOf, textOf, WeirError } from '#stage';
import type { CsvOptions } from './decoder.ts';
import { guess } from './values.ts';

/** Encodes records as CSV, in the order of `names`; without names, in that of the first record's fields. */
export function csvEncoder(o: CsvOptions, names: readonly string[] | undefined): Encoder {
  const delimiter = String.fromCharCode(o.delimiter);
  const quote = String.fromCharCode(o.quote);
  let fields = names;
  const quoted = (text: string) => quote + text.replaceAll(quote, quote + quote) + quote;
  const unsafe = (text: string) =>
    text.includes(delimiter) || text.includes(quote) || text.includes('\n') || text.includes('\r');
  // A text that would be read as something else keeps its quotes.
  const textCell = (text: string) =>
    unsafe(text) || o.nulls.has(text) || text.trim() !== text || guess(text) !== text ? quoted(text) : text;
  const cell = (value: unknown): string => {
    if (value === null || value === undefined) return '';
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
    if (value instanceof Uint8Array) return textCell(textOf(value) as string);
    if (typeof value === 'object') return quoted(jsonOf(value) ?? '');
    if (typeof value === 'string') return textCell(value);
    const text = String(value);
    return unsafe(text) ? quoted(text) : text;
  };
  return {
    ...(o.header
      ? {
          header(into) {
            if (fields === undefined) {
              const advice = 'put a `select` before the sink or give the codec its columns';
              throw new WeirError('WEIR_CSV_COLUMNS', `csv does not know which columns to write: ${advice}`);
            }
            into.text(`${fields.map((name) => (unsafe(name) ? quoted(name) : name)).join(delimiter)}\n`);
          },
        }
      : {}),
    encode(row, into) {
      fields ??= Object.keys(row);
      const line = fields.map((name) => cell(row[name])).join(delimiter);
      if (!o.multiline && line.includes('\n')) {
        const advice = 'set multiline: true, for whoever reads it too';
        throw new WeirError('WEIR_LINE_END', `csv: a cell has a line end inside: ${advice}`);
      }
      // An empty line would be no record.
      into.text(line === '' ? `${quote}${quote}\n` : `${line}\n`);
    },
  };
}
