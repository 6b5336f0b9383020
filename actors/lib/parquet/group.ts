import type { Bytes, Row } from '#stage';
import { WeirError } from '#stage';
import { type Column, columnFor } from './column.ts';
import { varint } from './dictionary.ts';
import type { Library } from './library.ts';
import { type ColumnSpec, typeOf } from './schema.ts';

/** Where a column of a row group lies, from the group's first byte on, and what it holds. */
export interface ColumnPlace {
  readonly start: number;
  readonly data: number;
  readonly dictionary: boolean;
  readonly end: number;
  readonly unpacked: number;
  readonly nulls: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** A row group that has been written: plain data, for a footer that comes later. */
export interface GroupPlace {
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly ColumnPlace[];
}

/** Rows that a group gathers, by column, until it is written. */
export class Group {
  readonly #library: Library;
  #columns: Column[];
  /** The columns are those of the first rows: fields that come add one. */
  readonly #open: boolean;
  readonly #known = new Set<string>();
  #rows = 0;

  /** Without columns they are found in the rows. */
  constructor(library: Library, columns: readonly ColumnSpec[] | undefined) {
    this.#library = library;
    this.#open = columns === undefined;
    this.#columns = (columns ?? []).map(columnFor);
  }

  get rows(): number {
    return this.#rows;
  }

  get specs(): ColumnSpec[] {
    return this.#columns.map(({ spec }) => spec);
  }

  /** Bytes that it holds, about. */
  get size(): number {
    let size = 0;
    for (const column of this.#columns) size += column.size;
    return size;
  }

  /** Takes a row whole or, when it throws `WEIR_COLUMN_TYPE`, not at all. */
  add(row: Row): void {
    const at = this.#rows;
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) columns[i]!.set(at, row[columns[i]!.spec.name]);
    if (this.#open) this.#widen(row);
    for (let i = 0; i < this.#columns.length; i++) this.#columns[i]!.keep();
    this.#rows++;
  }

  #widen(row: Row): void {
    const added: Column[] = [];
    for (const name of Object.keys(row)) {
      if (this.#known.has(name)) continue;
      const type = typeOf(row[name]);
      if (type === undefined) continue;
      const column = columnFor({ name, type });
      for (let before = 0; before < this.#rows; before++) column.set(before, null);
      column.set(this.#rows, row[name]);
      added.push(column);
    }
    for (const column of added) this.#known.add(column.spec.name);
    this.#columns.push(...added);
  }

  /** Writes the group, and is empty behind it, with the same columns. */
  write(into: Bytes): GroupPlace {
    const from = into.length;
    const rows = this.#rows;
    const columns = this.#columns.map((column) => this.#column(column, into, from));
    this.#columns = this.#columns.map(({ spec }) => columnFor(spec));
    this.#rows = 0;
    return { rows, bytes: into.length - from, columns };
  }

  #column(column: Column, into: Bytes, from: number): ColumnPlace {
    const rows = this.#rows;
    const { values, dictionary, nulls, min, max } = column.body(rows);
    const { compress, pageHeader } = this.#library;
    const start = into.length - from;
    let unpacked = 0;
    const page = (header: Parameters<Library['pageHeader']>[0], levels: Uint8Array, bytes: Uint8Array) => {
      const packed = compress(bytes);
      const head = pageHeader({
        ...header,
        uncompressed_page_size: levels.length + bytes.length,
        compressed_page_size: levels.length + packed.length,
      });
      into.append(head);
      into.append(levels);
      into.append(packed);
      unpacked += head.length + levels.length + bytes.length;
    };
    const none = { uncompressed_page_size: 0, compressed_page_size: 0 };
    if (dictionary !== undefined) {
      const header = { num_values: dictionary.count, encoding: 'PLAIN' as const };
      page({ type: 'DICTIONARY_PAGE', ...none, dictionary_page_header: header }, NONE, dictionary.values);
    }
    const data = into.length - from;
    const levels = levelsOf(column.present, rows, nulls);
    const header = {
      num_values: rows,
      num_nulls: nulls,
      num_rows: rows,
      encoding: dictionary ? ('RLE_DICTIONARY' as const) : ('PLAIN' as const),
      definition_levels_byte_length: levels.length,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    };
    page({ type: 'DATA_PAGE_V2', ...none, data_page_header_v2: header }, levels, values);
    const bounds = min === undefined ? {} : { min, max };
    return { start, data, dictionary: dictionary !== undefined, end: into.length - from, unpacked, nulls, ...bounds };
  }
}

const NONE = new Uint8Array();

/** Which rows have a value: one run where all have, or none, else a bit for each. */
function levelsOf(present: Uint8Array, rows: number, nulls: number): Uint8Array {
  if (nulls === 0 || nulls === rows) return Uint8Array.from([...varint(rows * 2), nulls === 0 ? 1 : 0]);
  const groups = (rows + 7) >> 3;
  const head = varint(groups * 2 + 1);
  const levels = new Uint8Array(head.length + groups);
  levels.set(head);
  levels.set(present.subarray(0, groups), head.length);
  const over = groups * 8 - rows;
  if (over > 0) levels[levels.length - 1]! &= 0xff >> over;
  return levels;
}

/** Refuses a record with a field that the file's columns do not have: it cannot be added behind the first group. */
export function refuseNewFields(row: Row, known: ReadonlySet<string>): void {
  for (const name of Object.keys(row)) {
    if (known.has(name) || row[name] === null || row[name] === undefined) continue;
    throw new WeirError(
      'WEIR_COLUMN_NEW',
      `field ${name} was in none of the first records of this file, whose columns are fixed by them: name the columns in schema`,
    );
  }
}
