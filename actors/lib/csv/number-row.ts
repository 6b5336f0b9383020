import { POWERS } from './values.ts';

/** Digits of which a number is exact. */
const DIGITS = 15;
/** Digits that fit into 32 bits. */
const SHORT = 9;

/**
 * Reads records that are nothing but plain numbers in one pass over their bytes, three times as fast as first to find the cells
 * and then to read each.
 */
export class NumberRow {
  readonly #delimiter: number;
  /** For each cell of a record, whether it is read. */
  readonly #isRead: readonly boolean[];
  /** The numbers of the record read last. */
  readonly values: number[];

  constructor(delimiter: number, isRead: readonly boolean[]) {
    this.#delimiter = delimiter;
    this.#isRead = isRead;
    this.values = isRead.filter(Boolean).map(() => 0);
  }

  /** Whether a byte is one that numbers are written with. */
  static reads(byte: number): boolean {
    return (byte >= 48 && byte <= 57) || byte === 45 || byte === 46;
  }

  /** The place behind the record at p and its line feed; -1 if it is not whole or anything in it is no number of up to 15 digits. */
  read(b: Uint8Array, p: number, end: number): number {
    const [delimiter, isRead, values] = [this.#delimiter, this.#isRead, this.values];
    const last = isRead.length - 1;
    let place = 0;
    for (let i = 0; i <= last; i++) {
      const isNegative = b[p] === 45;
      if (isNegative) p++;
      const first = p;
      let head = 0;
      for (const most = p + SHORT < end ? p + SHORT : end; p < most; p++) {
        const digit = (b[p] as number) - 48;
        if (digit < 0 || digit > 9) break;
        head = (Math.imul(head, 10) + digit) | 0;
      }
      let number = head;
      for (; p < end && (b[p] as number) >= 48 && (b[p] as number) <= 57; p++)
        number = number * 10 + (b[p] as number) - 48;
      let digits = p - first;
      // As JSON writes them: no leading zeros, digits on both sides of the point.
      if (digits < 1 || (b[first] === 48 && digits > 1)) return -1;
      if (p < end && b[p] === 46) {
        const point = ++p;
        let tail = 0;
        for (const most = p + SHORT < end ? p + SHORT : end; p < most; p++) {
          const digit = (b[p] as number) - 48;
          if (digit < 0 || digit > 9) break;
          tail = (Math.imul(tail, 10) + digit) | 0;
        }
        let decimals = tail;
        for (; p < end && (b[p] as number) >= 48 && (b[p] as number) <= 57; p++)
          decimals = decimals * 10 + (b[p] as number) - 48;
        if (p === point) return -1;
        digits += p - point;
        if (digits > DIGITS) return -1;
        // All but the quotient is exact (Clinger).
        const power = POWERS[p - point] as number;
        number = (number * power + decimals) / power;
      } else if (digits > DIGITS) return -1;
      if (isRead[i]) values[place++] = isNegative ? -number : number;
      if (i < last) {
        if (p >= end || b[p] !== delimiter) return -1;
        p++;
      }
    }
    if (b[p] === 13) p++;
    return p < end && b[p] === 10 ? p + 1 : -1;
  }
}
