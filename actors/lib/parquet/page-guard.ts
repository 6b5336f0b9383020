import type { ColumnMetaData, PageHeader, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, isFlatColumn } from 'hyparquet/src/schema.js';
import { damaged, within } from './damage.ts';
import { checkRuns } from './run-guard.ts';
import { thriftEnd } from './thrift-guard.ts';
import { unpackPage } from './unpack-page.ts';
import { checkValues, leastBits } from './value-guard.ts';

/** Values of a column of a row group, at most: with more the arrays of V8 become maps. */
export const MOST_VALUES = 2 ** 25;
/** Values of a row group which a few bytes stand for, at most: its memory is 8 bytes of each or more. */
const MOST_FREE = 2 ** 28;
/** A column of a row group that is longer unpacked is not read: its file is damaged, or meant to fill the memory. */
export const MOST_BYTES = 2 ** 30;

/** A column of a row group. */
export interface ChunkShape {
  readonly meta: ColumnMetaData;
  /** From the root of the schema to the column. */
  readonly path: SchemaTree[];
  readonly rows: number;
}

/** What a row group may still take of the memory. */
export class Budget {
  #free = MOST_FREE;

  /** Counts the values of a page that not even a bit of it stands for. */
  take(values: number, bytes: number): void {
    this.#free -= Math.max(0, values - bytes * 8);
    if (this.#free < 0) damaged(`its row group has more than ${MOST_FREE} values without bytes`);
  }
}

/**
 * Looks at the pages of one column of a row group before the library decodes them. It takes every count and size in them at its word:
 * the ten bytes of a run may claim 2^31 values. Costs a step for each run, none for each value; pages are unpacked here, once, and
 * handed over. Throws an Error for damage.
 */
export class PageGuard {
  readonly #shape: ChunkShape;
  readonly #budget: Budget;
  readonly #isFlat: boolean;
  readonly #definition: number;
  readonly #repetition: number;
  #values = 0;
  #unpacked = 0;
  /** Unpacked pages by the place of their packed bytes. */
  readonly pages = new Map<number, Uint8Array>();

  constructor(shape: ChunkShape, budget: Budget) {
    this.#shape = shape;
    this.#budget = budget;
    this.#isFlat = isFlatColumn(shape.path);
    this.#definition = getMaxDefinitionLevel(shape.path);
    this.#repetition = getMaxRepetitionLevel(shape.path);
  }

  /** Checks pages as far as the library will read them, and gives where that is. */
  check(chunk: Uint8Array): number {
    const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: 0 };
    const { rows } = this.#shape;
    while (reader.offset < chunk.length - 1 && !(this.#isFlat && this.#values >= rows)) {
      thriftEnd(chunk, reader.offset);
      const header = parquetHeader(reader);
      const from = reader.offset;
      const size = within(header.compressed_page_size, 0, chunk.length - from, 'the size of a page');
      this.#page(header, chunk.subarray(from, from + size));
      reader.offset = from + size;
    }
    return reader.offset;
  }

  #page(header: PageHeader, packed: Uint8Array): void {
    const size = within(header.uncompressed_page_size, 0, MOST_BYTES, 'the unpacked size of a page');
    if (header.type === 'DICTIONARY_PAGE') {
      const count = within(header.dictionary_page_header?.num_values, 0, MOST_VALUES, 'the values of a dictionary');
      const page = this.#unpack(packed, size);
      if (count * leastBits(this.#shape) > page.length * 8) damaged(`a dictionary has no room for ${count} values`);
    } else if (header.type === 'DATA_PAGE') this.#data(header, packed, size);
    else if (header.type === 'DATA_PAGE_V2') this.#dataV2(header, packed, size);
    else damaged(`it has a page of type ${String(header.type)}`);
  }

  #data({ data_page_header: header }: PageHeader, packed: Uint8Array, size: number): void {
    const count = this.#count(header?.num_values);
    const page = this.#unpack(packed, size);
    this.#budget.take(count, page.length);
    let at = 0;
    const levels = (most: number, isDefinition: boolean): number => {
      if (most === 0) return count;
      if (at + 4 > page.length) damaged('a page ends within its levels');
      const from = at + 4;
      at = from + new DataView(page.buffer, page.byteOffset + at, 4).getUint32(0, true);
      if (at > page.length) damaged('the levels of a page are longer than it');
      const runs = { bytes: page, from, to: at, width: widthOf(most), most: count };
      return checkRuns(runs, true, most, isDefinition && needsExact(header?.encoding));
    };
    levels(this.#repetition, false);
    const sure = levels(this.#definition, true);
    this.#valuesOf(page, at, String(header?.encoding), count, sure, 1);
  }

  #dataV2({ data_page_header_v2: header }: PageHeader, packed: Uint8Array, size: number): void {
    const count = this.#count(header?.num_values);
    const present = count - within(header?.num_nulls, 0, this.#definition > 0 ? count : 0, 'the nulls of a page');
    within(header?.num_rows, 0, MOST_VALUES, 'the rows of a page');
    const repetition = within(header?.repetition_levels_byte_length, 0, packed.length, 'the levels of a page');
    const most = this.#definition > 0 ? packed.length - repetition : 0;
    const definition = within(header?.definition_levels_byte_length, 0, most, 'the levels of a page');
    const levels = (from: number, to: number, top: number) => {
      if (top > 0) checkRuns({ bytes: packed, from, to, width: widthOf(top), most: count }, true);
    };
    const from = repetition + definition;
    levels(0, repetition, this.#repetition);
    levels(repetition, from, this.#definition);
    const values = packed.subarray(from);
    const left = within(size - from, 0, MOST_BYTES, 'the unpacked size of a page');
    const page = header?.is_compressed === false ? values : this.#unpack(values, left);
    this.#budget.take(count, from + page.length);
    this.#valuesOf(page, 0, String(header?.encoding), present, present, 2);
  }

  #valuesOf(page: Uint8Array, from: number, encoding: string, most: number, sure: number, version: 1 | 2): void {
    const place = { page, from, encoding, most, sure, version };
    this.#unpacked += checkValues(place, this.#shape, MOST_BYTES - this.#unpacked);
  }

  /** Values of a data page. */
  #count(claimed: unknown): number {
    const { rows } = this.#shape;
    const left = (this.#isFlat ? rows : MOST_VALUES) - this.#values;
    const count = within(claimed, 0, left, 'the values of a page');
    this.#values += count;
    return count;
  }

  #unpack(packed: Uint8Array, size: number): Uint8Array {
    this.#unpacked += size;
    if (this.#unpacked > MOST_BYTES) damaged(`a column has more than ${MOST_BYTES} bytes`);
    const { codec } = this.#shape.meta;
    const page = unpackPage(packed, size, codec);
    if (codec !== 'UNCOMPRESSED') this.pages.set(packed.byteOffset, page);
    return page;
  }
}

function needsExact(encoding: unknown): boolean {
  return typeof encoding === 'string' && (encoding.startsWith('DELTA_') || encoding === 'BYTE_STREAM_SPLIT');
}

function widthOf(most: number): number {
  return 32 - Math.clz32(most);
}
