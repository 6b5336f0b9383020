import { Bytes, fitsDate, jsonOf, parseIso, WeirError } from '#stage';
import { Dictionary } from './dictionary.ts';
import type { ColumnSpec, ColumnType } from './schema.ts';

/** What a column of a row group is written as. */
export interface ColumnBody {
  /** PLAIN values, or indexes into the dictionary behind their width. */
  readonly values: Uint8Array;
  readonly dictionary?: { readonly values: Uint8Array; readonly count: number } | undefined;
  readonly nulls: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** The values of one column of a row group in the making, of which the null ones are known by their places only. */
export interface Column {
  readonly spec: ColumnSpec;
  /** Bytes that it holds, about. */
  readonly size: number;
  /** Takes the value of row `at`, which may have been given before: then the row was given up. Throws `WEIR_COLUMN_TYPE`. */
  set(at: number, value: unknown): void;
  /** The row is complete. */
  keep(): void;
  /** Whether each of the rows has a value, a bit for each. */
  readonly present: Uint8Array;
  body(rows: number): ColumnBody;
}

const FIRST = 1024;
const DAY_MS = 86_400_000;

function wrong({ name, type }: ColumnSpec, value: unknown): WeirError {
  const what = value instanceof Date ? 'an invalid date' : typeof value === 'object' ? 'an object' : typeof value;
  const shown = typeof value === 'number' || typeof value === 'bigint' ? String(value) : what;
  return new WeirError('WEIR_COLUMN_TYPE', `column ${name} is of type ${type}, which does not take ${shown}`);
}

/** What numbers of a column become; NaN where they are none of its type. */
const NUMBERS: Partial<Record<ColumnType, (value: unknown) => number>> = {
  int: (value) => (Number.isSafeInteger(value) ? (value as number) : bigintOf(value)),
  time: timeOf,
  date: (value) => Math.floor(timeOf(value) / DAY_MS),
};

function bigintOf(value: unknown): number {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : Number.NaN;
}

function timeOf(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  const ms = typeof value === 'string' ? (parseIso(value) ?? Number.NaN) : value;
  return typeof ms === 'number' && fitsDate(ms) ? Math.floor(ms) : Number.NaN;
}

abstract class Nullable implements Column {
  readonly spec: ColumnSpec;
  present = new Uint8Array(FIRST);
  protected count = 0;
  /** The row in hand has a value. */
  private filled = false;

  constructor(spec: ColumnSpec) {
    this.spec = spec;
  }

  abstract readonly size: number;
  protected abstract put(value: unknown): void;
  protected abstract made(): Omit<ColumnBody, 'nulls'>;

  set(at: number, value: unknown): void {
    if (at >> 3 >= this.present.length) {
      const grown = new Uint8Array(this.present.length * 2);
      grown.set(this.present);
      this.present = grown;
    }
    this.filled = value !== null && value !== undefined;
    if (this.filled) {
      this.put(value);
      this.present[at >> 3]! |= 1 << (at & 7);
    } else this.present[at >> 3]! &= ~(1 << (at & 7));
  }

  keep(): void {
    if (this.filled) this.count++;
  }

  body(rows: number): ColumnBody {
    return { ...this.made(), nulls: rows - this.count };
  }
}

/** Numbers of eight bytes: doubles, or whole numbers in two halves. */
class NumberColumn extends Nullable {
  #values = new Float64Array(FIRST);
  #halves = new Int32Array(this.#values.buffer);
  readonly #numberOf = NUMBERS[this.spec.type];

  get size(): number {
    return this.count * 8;
  }

  protected put(value: unknown): void {
    if (this.count === this.#values.length) {
      const grown = new Float64Array(this.count * 2);
      new Uint8Array(grown.buffer).set(new Uint8Array(this.#values.buffer));
      this.#values = grown;
      this.#halves = new Int32Array(grown.buffer);
    }
    const { count } = this;
    if (this.#numberOf === undefined) {
      if (typeof value === 'number') this.#values[count] = value;
      else if (typeof value === 'bigint') this.#values[count] = Number(value);
      else throw wrong(this.spec, value);
      return;
    }
    const whole = this.#numberOf(value);
    if (Number.isNaN(whole)) throw wrong(this.spec, value);
    this.#halves[count * 2] = whole;
    this.#halves[count * 2 + 1] = Math.floor(whole / 2 ** 32);
  }

  protected made() {
    const { count } = this;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const value =
        this.#numberOf === undefined
          ? this.#values[i]!
          : this.#halves[i * 2 + 1]! * 2 ** 32 + (this.#halves[i * 2]! >>> 0);
      if (value < min) min = value;
      if (value > max) max = value;
    }
    const bounds = min <= max ? { min, max } : {};
    if (this.spec.type !== 'date') return { values: new Uint8Array(this.#values.buffer, 0, count * 8), ...bounds };
    const days = Int32Array.from({ length: count }, (_, i) => this.#halves[i * 2]!);
    return { values: new Uint8Array(days.buffer), ...bounds };
  }
}

class BoolColumn extends Nullable {
  #bits = new Uint8Array(FIRST);

  get size(): number {
    return this.count >> 3;
  }

  protected put(value: unknown): void {
    if (typeof value !== 'boolean') throw wrong(this.spec, value);
    const byte = this.count >> 3;
    if (byte >= this.#bits.length) {
      const grown = new Uint8Array(byte * 2);
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const bit = 1 << (this.count & 7);
    if (value) this.#bits[byte]! |= bit;
    else this.#bits[byte]! &= ~bit;
  }

  protected made() {
    return { values: this.#bits.subarray(0, (this.count + 7) >> 3) };
  }
}

/** Texts, kept as they are until the group is written: it is seen then whether they repeat. */
class TextColumn extends Nullable {
  readonly #texts: string[] = [];
  readonly #isJson = this.spec.type !== 'text';
  size = 0;

  protected put(value: unknown): void {
    let text: string;
    if (this.#isJson) text = jsonOf(value) ?? 'null';
    else if (typeof value === 'string') text = value;
    else throw wrong(this.spec, value);
    this.#texts[this.count] = text;
    this.size += text.length;
  }

  protected made() {
    // A text may stand behind them, of a row that was given up.
    this.#texts.length = this.count;
    const packed = Dictionary.of(this.#texts);
    if (packed !== undefined)
      return { values: packed.indexes, dictionary: { values: plain(packed.texts), count: packed.texts.length } };
    return { values: plain(this.#texts) };
  }
}

function plain(texts: readonly string[]): Uint8Array {
  let length = 0;
  for (const text of texts) length += text.length;
  const bytes = new Bytes(length + texts.length * 4 + 1024);
  for (const text of texts) {
    const at = bytes.reserve(4);
    bytes.length += 4;
    bytes.text(text);
    bytes.buffer.writeUInt32LE(bytes.length - at - 4, at);
  }
  return bytes.view();
}

class BytesColumn extends Nullable {
  readonly #bytes = new Bytes(FIRST);
  #kept = 0;

  get size(): number {
    return this.#bytes.length;
  }

  protected put(value: unknown): void {
    if (!(value instanceof Uint8Array)) throw wrong(this.spec, value);
    this.#bytes.length = this.#kept;
    const at = this.#bytes.reserve(4);
    this.#bytes.length += 4;
    this.#bytes.buffer.writeUInt32LE(value.length, at);
    this.#bytes.append(value);
  }

  override keep(): void {
    super.keep();
    this.#kept = this.#bytes.length;
  }

  protected made() {
    return { values: this.#bytes.buffer.subarray(0, this.#kept) };
  }
}

/** A column without values yet. */
export function columnFor(spec: ColumnSpec): Column {
  if (spec.type === 'bool') return new BoolColumn(spec);
  if (spec.type === 'bytes') return new BytesColumn(spec);
  const isText = spec.type === 'text' || spec.type === 'json' || spec.type === 'json-text';
  return isText ? new TextColumn(spec) : new NumberColumn(spec);
}
