/** Refuses what a sound file has not: the words go on behind `a page`, `the footer` and the like. */
export function damaged(what: string): never {
  throw new Error(`the file is damaged: ${what}`);
}

/** A whole number within bounds, both inclusive; else the file is damaged. */
export function within(value: unknown, least: number, most: number, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
    damaged(`${what} is ${String(value)}, not ${least} to ${most}`);
  return value;
}

/** A varint of 32 bits, which is all that the library reads of it, with the place behind it. */
export interface Varint {
  value: number;
  end: number;
}

/** Reads a varint of at most five bytes, which lie before `to`, into `out`. */
export function readVarint(bytes: Uint8Array, from: number, to: number, out: Varint): void {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    if (from + i >= to) damaged('a number ends too early');
    const byte = bytes[from + i]!;
    value |= (byte & 0x7f) << (i * 7);
    if (byte < 0x80) {
      out.value = value >>> 0;
      out.end = from + i + 1;
      return;
    }
  }
  damaged('a number has more than five bytes');
}
