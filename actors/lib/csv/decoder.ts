import { isUtf8 } from 'node:buffer';
import { type Decoder, type DecoderOutput, type Row, WeirError } from '#stage';
import type { TextBuffer } from '../text/lines.ts';
import { NOT_UTF8 } from '../text/utf8-lines.ts';
import { NumberRow } from './number-row.ts';
import { CsvScanner, DOUBLED, INCOMPLETE, PLAIN } from './scanner.ts';
import { type ColumnType, cellValue, INVALID, isDecimal, isText, plainNumber } from './values.ts';

export interface CsvOptions {
  /** Bytes. */
  readonly delimiter: number;
  readonly quote: number;
  readonly header: boolean;
  readonly multiline: boolean;
  readonly ragged: boolean;
  readonly columns: Readonly<Record<string, ColumnType>> | undefined;
  readonly nulls: ReadonlySet<string>;
}

type Make = (values: readonly unknown[]) => Row;

/** A column that is read: its place in the file. */
interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly at: number;
}

/** Decodes CSV. Only the columns that somebody reads become values. */
export class CsvDecoder implements Decoder {
  readonly #o: CsvOptions;
  readonly #out: DecoderOutput;
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #scanner: CsvScanner;
  readonly #twoQuotes: string;
  /** A text that stands for null may look like a number. */
  readonly #numericNulls: boolean;
  #width = -1;
  /** Why the header is of no use: then all that follows it is dead letters. */
  #problem: string | undefined;
  #columns: Column[] = [];
  #make: Make = () => ({});
  /** Where every column may be a number. */
  #numbers: NumberRow | undefined;

  constructor(options: CsvOptions, out: DecoderOutput, wanted: ReadonlySet<string> | undefined) {
    this.#o = options;
    this.#out = out;
    this.#wanted = wanted;
    this.#numericNulls = [...options.nulls].some((text) => /\d/.test(text));
    this.#scanner = new CsvScanner(options.delimiter, options.quote, options.multiline);
    this.#twoQuotes = String.fromCharCode(options.quote, options.quote);
    if (!options.header) this.#useColumns(Object.keys(options.columns ?? {}));
  }

  header(bytes: Buffer, start: number, end: number, last: boolean): number {
    const b = bytes as TextBuffer;
    const from = b[start] === 0xef && b[start + 1] === 0xbb && b[start + 2] === 0xbf ? start + 3 : start;
    if (!this.#o.header) return from;
    const next = this.#scanner.scan(b, from, end, last);
    if (next === INCOMPLETE) return -1;
    if (next < 0 || !isUtf8(b.subarray(from, next))) {
      this.#problem = `the header cannot be read: ${next < 0 ? this.#scanner.reason : NOT_UTF8}`;
      return next < 0 ? lineEnd(b, from, end) : next;
    }
    this.#useColumns(headerNames(Array.from({ length: this.#scanner.count }, (_, i) => this.#text(b, i))));
    return next;
  }

  #useColumns(names: readonly string[]): void {
    const { columns } = this.#o;
    const absent = Object.keys(columns ?? {}).find((name) => !names.includes(name));
    this.#problem = absent && `the header has no '${absent}': ${names.join(', ')}`;
    this.#width = names.length;
    this.#columns = names
      .map((name, at) => ({ name, type: columns?.[name] ?? ('auto' as const), at }))
      .filter(({ name }) => this.#wanted?.has(name) ?? true);
    const isRead = names.map((_, at) => this.#columns.some((column) => column.at === at));
    const { delimiter, quote } = this.#o;
    const isUsual = !NumberRow.reads(delimiter) && !NumberRow.reads(quote) && !this.#numericNulls;
    const mayBeNumbers = this.#columns.every(({ type }) => type === 'auto' || type === 'number');
    this.#numbers = mayBeNumbers && isUsual ? new NumberRow(delimiter, isRead) : undefined;
    // One function that makes all records gives them one shape.
    const fields = this.#columns.map(
      ({ name }, i) => `${name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)}: v[${i}]`,
    );
    this.#make = new Function('v', `return { ${fields.join(', ')} };`) as Make;
  }

  decode(bytes: Buffer, start: number, end: number, order: number, last: boolean): number {
    const b = bytes as TextBuffer;
    if (this.#width < 0 && this.#problem === undefined) {
      throw new WeirError(
        'WEIR_CSV_HEADER',
        'csv: there is no file here that a header could begin: set header: false and columns',
      );
    }
    // Most input is found to be UTF-8 in one go; else each record is looked at.
    const isSuspect = !isUtf8(b.subarray(start, end));
    let numbers = this.#problem === undefined ? this.#numbers : undefined;
    let wasOther = false;
    let p = start;
    for (;;) {
      while (p < end && (b[p] === 10 || (b[p] === 13 && p + 1 < end && b[p + 1] === 10))) p++;
      if (p >= end) return end;
      if (numbers !== undefined) {
        const behind = numbers.read(b, p, end);
        if (behind > 0) {
          this.#out.accept(this.#make(numbers.values), order + p - start);
          p = behind;
          wasOther = false;
          continue;
        }
        // Where others are found twice running, they are the rule.
        numbers = wasOther ? undefined : numbers;
        wasOther = true;
      }
      const next = this.#scanner.scan(b, p, end, last);
      if (next === INCOMPLETE) return p;
      const isWhole = next < 0 || !isSuspect || isUtf8(b.subarray(p, next));
      const problem =
        this.#problem ?? (next < 0 ? this.#scanner.reason : isWhole ? this.#record(b, order + p - start) : NOT_UTF8);
      const from = p;
      // Behind a broken record, where the next one begins is anybody's guess: on the next line.
      p = next < 0 ? lineEnd(b, from, end) : next;
      if (problem === undefined) continue;
      this.#out.malformed(Buffer.from(b.subarray(from, p)), problem, order + from - start);
    }
  }

  /** Gives out the record scanned; its problem if it has one. */
  #record(b: TextBuffer, order: number): string | undefined {
    const { count, starts, ends, kinds } = this.#scanner;
    if (count !== this.#width && !this.#o.ragged) return `${count} values for ${this.#width} columns`;
    const columns = this.#columns;
    const values = new Array(columns.length);
    for (let i = 0; i < columns.length; i++) {
      const { name, type, at } = columns[i]!;
      if (at >= count) {
        values[i] = null;
        continue;
      }
      const plain = kinds[at] === PLAIN;
      let value: unknown;
      if (plain && !this.#numericNulls && (type === 'auto' || type === 'number')) {
        const [s, e] = [starts[at]!, ends[at]!];
        value = plainNumber(b, s, e);
        if (value === undefined && isDecimal(b, s, e)) value = Number(b.utf8Slice(s, e));
      }
      // A quoted cell is text, and so is one that begins like no number and no truth value.
      value ??= cellValue(
        this.#text(b, at),
        !plain,
        type === 'auto' && isText(b[starts[at]!]) ? 'text' : type,
        this.#o.nulls,
      );
      if (value === INVALID) return `'${this.#text(b, at)}' in column ${name} is no ${type}`;
      values[i] = value;
    }
    this.#out.accept(this.#make(values), order);
    return undefined;
  }

  #text(b: TextBuffer, i: number): string {
    const { starts, ends, kinds } = this.#scanner;
    const text = b.utf8Slice(starts[i]!, ends[i]!);
    return kinds[i] === DOUBLED ? text.replaceAll(this.#twoQuotes, this.#twoQuotes[0]!) : text;
  }
}

function lineEnd(b: Buffer, from: number, end: number): number {
  const next = b.indexOf(10, from);
  return next < 0 || next >= end ? end : next + 1;
}

/** Names of a header, each once: columns without a name (or named `__proto__`) and of a name that was there are numbered. */
function headerNames(names: readonly string[]): string[] {
  const used = new Set(names);
  const seen = new Set<string>();
  return names.map((name, i) => {
    let unique = name === '' || name === '__proto__' ? `column_${i + 1}` : name;
    for (let n = 2; seen.has(unique) || (unique !== name && used.has(unique)); n++) unique = `${name || 'column'}_${n}`;
    seen.add(unique);
    return unique;
  });
}
