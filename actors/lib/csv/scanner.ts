/** The record is not whole yet; it cannot be read. */
export const INCOMPLETE = -1;
export const BROKEN = -2;

/** How a cell is written: as it is, in quotes, in quotes with doubled quotes inside. */
export const PLAIN = 0;
export const QUOTED = 1;
export const DOUBLED = 2;

/** Finds the cells of one record of CSV (RFC 4180). */
export class CsvScanner {
  /** How many cells the record scanned last has, where each one's text begins and ends, and how it is written. */
  count = 0;
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly kinds: number[] = [];
  /** Why the record is broken. */
  reason = '';
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #multiline: boolean;

  constructor(delimiter: number, quote: number, multiline: boolean) {
    this.#delimiter = delimiter;
    this.#quote = quote;
    this.#multiline = multiline;
  }

  /** The place behind the record at p and its line end; else INCOMPLETE or BROKEN. */
  scan(b: Buffer, p: number, end: number, last: boolean): number {
    this.count = 0;
    let limit = end;
    if (!this.#multiline) {
      const next = b.indexOf(10, p);
      if (next >= 0 && next < end) limit = next + 1;
      else if (!last) return INCOMPLETE;
    }
    const delimiter = this.#delimiter;
    const open = this.#multiline && !last;
    for (;;) {
      if (p < limit && b[p] === this.#quote) {
        p = this.#quoted(b, p + 1, limit, open);
        if (p < 0) return p;
      } else {
        const start = p;
        while (p < limit && b[p] !== delimiter && b[p] !== 10) p++;
        const isEnd = p === limit || b[p] === 10;
        this.#add(start, isEnd && p > start && b[p - 1] === 13 ? p - 1 : p, PLAIN);
      }
      if (p >= limit) return open ? INCOMPLETE : limit;
      if (b[p++] === 10) return p;
    }
  }

  /** The place behind a quoted cell whose text begins at p: of the delimiter, the line feed or the end. */
  #quoted(b: Buffer, p: number, limit: number, open: boolean): number {
    const start = p;
    let kind = QUOTED;
    for (;;) {
      p = b.indexOf(this.#quote, p);
      if (p < 0 || p >= limit) return open ? INCOMPLETE : this.#broken('a quote is not closed');
      if (p + 1 >= limit || b[p + 1] !== this.#quote) break;
      kind = DOUBLED;
      p += 2;
    }
    this.#add(start, p, kind);
    p++;
    if (b[p] === 13 && p < limit) {
      if (p + 1 === limit && open) return INCOMPLETE;
      if (p + 1 === limit || b[p + 1] === 10) p++;
    }
    if (p < limit && b[p] !== this.#delimiter && b[p] !== 10)
      return this.#broken('there is text behind a closing quote');
    return p;
  }

  #add(start: number, end: number, kind: number): void {
    const i = this.count++;
    this.starts[i] = start;
    this.ends[i] = end;
    this.kinds[i] = kind;
  }

  #broken(reason: string): number {
    this.reason = reason;
    return BROKEN;
  }
}
