import { type Decoder, type DecoderOutput, type Row, WeirError } from '#stage';
import type { TextBuffer } from '../text/lines.ts';
import { CsvScanner, DOUBLED, INCOMPLETE, PLAIN } from './scanner.ts';
import { type ColumnType, cellValue, INVALID, smallInteger } from './values.ts';

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
  #width = -1;
  #columns: Column[] = [];
  #make: Make = () => ({});

  constructor(options: CsvOptions, out: DecoderOutput, wanted: ReadonlySet<string> | undefined) {
    this.#o = options;
    this.#out = out;
    this.#wanted = wanted;
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
    if (next < 0) throw headerError(this.#scanner.reason);
    this.#useColumns(Array.from({ length: this.#scanner.count }, (_, i) => this.#text(b, i)));
    return next;
  }

  #useColumns(names: readonly string[]): void {
    const { columns } = this.#o;
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw headerError(`the name '${twice}' is there twice: set header: false and columns`);
    const absent = Object.keys(columns ?? {}).find((name) => !names.includes(name));
    if (absent !== undefined) throw headerError(`there is no '${absent}' in ${names.join(', ')}`);
    this.#width = names.length;
    this.#columns = names
      .map((name, at) => ({ name, type: columns?.[name] ?? ('auto' as const), at }))
      .filter(({ name }) => this.#wanted?.has(name) ?? true);
    // One function that makes all records gives them one shape.
    const fields = this.#columns.map(
      ({ name }, i) => `${name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)}: v[${i}]`,
    );
    this.#make = new Function('v', `return { ${fields.join(', ')} };`) as Make;
  }

  decode(bytes: Buffer, start: number, end: number, order: number, last: boolean): number {
    const b = bytes as TextBuffer;
    if (this.#width < 0) throw headerError('no file begins here: set header: false and columns');
    let p = start;
    for (;;) {
      while (p < end && (b[p] === 10 || (b[p] === 13 && p + 1 < end && b[p + 1] === 10))) p++;
      if (p >= end) return end;
      const next = this.#scanner.scan(b, p, end, last);
      if (next === INCOMPLETE) return p;
      const problem = next < 0 ? this.#scanner.reason : this.#record(b, order + p - start);
      const from = p;
      p = next;
      if (problem === undefined) continue;
      if (next < 0) {
        // Where the next record begins is anybody's guess: behind this line.
        const line = b.indexOf(10, from);
        p = line < 0 || line >= end ? end : line + 1;
      }
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
      if (plain && (type === 'auto' || type === 'number')) value = smallInteger(b, starts[at]!, ends[at]!);
      value ??= cellValue(this.#text(b, at), !plain, type, this.#o.nulls);
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

function headerError(what: string): WeirError {
  return new WeirError('WEIR_CSV_HEADER', `the header of the CSV: ${what}`);
}
