import type { Key } from '#stage';

// 64 characters in the order of their codes, so that texts of them are ordered like the numbers they stand for.
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const VALUES = new Map(Array.from(DIGITS, (digit, i) => [digit, i]));
const CODES = Buffer.from(DIGITS);
const view = new DataView(new ArrayBuffer(8));
const scratch = Buffer.alloc(16);

/** How long {@link numberText} is. */
export const NUMBER_LENGTH = 11;

/** Writes {@link numberText} to `into`. */
export function writeNumber(into: Uint8Array, at: number, value: number): void {
  view.setFloat64(0, value + 0);
  let high = view.getUint32(0);
  let low = view.getUint32(4);
  // The bits of a double are ordered like it once the sign is turned, and for negatives all others too.
  if (high >>> 31 === 1) {
    high = ~high;
    low = ~low;
  } else high |= 0x80000000;
  for (let shift = 26; shift >= 2; shift -= 6) into[at++] = CODES[(high >>> shift) & 63] as number;
  into[at++] = CODES[((high & 3) << 4) | (low >>> 28)] as number;
  for (let shift = 22; shift >= 4; shift -= 6) into[at++] = CODES[(low >>> shift) & 63] as number;
  into[at] = CODES[(low & 15) << 2] as number;
}

/** How long what {@link writeBits} writes is. */
export const BITS_LENGTH = 6;

/** Writes 32 bits as text. */
export function writeBits(into: Uint8Array, at: number, bits: number): void {
  for (let shift = 26; shift >= 2; shift -= 6) into[at++] = CODES[(bits >>> shift) & 63] as number;
  into[at] = CODES[bits & 3] as number;
}

/** A number as text that is ordered like it, from −∞ to ∞: 11 characters. −0 is 0. */
export function numberText(value: number): string {
  writeNumber(scratch, 0, value);
  return scratch.toString('latin1', 0, NUMBER_LENGTH);
}

/** The number of a {@link numberText}. */
export function numberOf(text: string): number {
  const digit = (i: number) => VALUES.get(text[i] as string) ?? 0;
  let high = 0;
  for (let i = 0; i < 5; i++) high = high * 64 + digit(i);
  high = high * 4 + (digit(5) >> 4);
  let low = digit(5) & 15;
  for (let i = 6; i < 10; i++) low = low * 64 + digit(i);
  low = low * 16 + (digit(10) >> 2);
  if (high >= 0x80000000) high -= 0x80000000;
  else {
    high = ~high >>> 0;
    low = ~low >>> 0;
  }
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}

/**
 * A key as text without `!`, ordered within its type: null, then booleans, numbers, texts. Characters up to `"` become two
 * that begin with `"`, which comes after the `!` that ends a part and before all others.
 */
export function keyText(key: Key): string {
  if (key === null) return '0';
  if (typeof key === 'boolean') return key ? 'b1' : 'b0';
  if (typeof key === 'number') return `n${numberText(key)}`;
  return `s${key.replace(/[\0-"]/g, (c) => `"${String.fromCharCode(c.charCodeAt(0) + 0x30)}`)}`;
}

/** The key of a {@link keyText}. */
export function keyOf(text: string): Key {
  const rest = text.slice(1);
  switch (text[0]) {
    case '0':
      return null;
    case 'b':
      return rest === '1';
    case 'n':
      return numberOf(rest);
    default:
      return rest.replace(/"(.)/gs, (_, c: string) => String.fromCharCode(c.charCodeAt(0) - 0x30));
  }
}
