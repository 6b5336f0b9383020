import type { Kind } from './elements.ts';

/** Seconds from 1900, where NTP counts from, to 1970. */
const NTP_SECONDS = 2_208_988_800;

/** Reads a field; null where its length is none that its kind has. */
export function fieldValue(bytes: Buffer, at: number, length: number, kind: Kind): unknown {
  switch (kind) {
    case 'unsigned':
      return unsignedOf(bytes, at, length);
    case 'signed':
      return length >= 1 && length <= 6
        ? bytes.readIntBE(at, length)
        : length === 8
          ? whole(bytes.readBigInt64BE(at))
          : null;
    case 'float': {
      const value = length === 4 ? bytes.readFloatBE(at) : length === 8 ? bytes.readDoubleBE(at) : Number.NaN;
      return Number.isNaN(value) ? null : value;
    }
    case 'flag':
      // 1 is true and 2 is false (RFC 7011, 6.1.5).
      return length !== 1 ? null : bytes[at] === 1 ? true : bytes[at] === 2 ? false : null;
    case 'ip':
      return length === 4 ? v4Of(bytes, at) : length === 16 ? v6Of(bytes, at) : null;
    case 'mac':
      return length === 6 ? pairs(bytes, at).join(':') : null;
    case 'text':
      // Fixed lengths are filled up with zeros.
      return bytes.toString('utf8', at, at + length).replace(/\0+$/, '');
    case 'bytes':
      return bytes.toString('hex', at, at + length);
    case 'sec': {
      const seconds = unsignedOf(bytes, at, length);
      return typeof seconds === 'number' ? seconds * 1000 : null;
    }
    case 'ms':
      return unsignedOf(bytes, at, length);
    case 'ntp':
      if (length !== 8) return null;
      return (
        (bytes.readUInt32BE(at) - NTP_SECONDS) * 1000 + Math.round((bytes.readUInt32BE(at + 4) / 2 ** 32) * 1e6) / 1e3
      );
    case 'none':
      return null;
  }
}

/** A number, or from 2^53 on the text of its digits. Exporters may leave out leading zeros (RFC 7011, 6.2). */
export function unsignedOf(bytes: Buffer, at: number, length: number): number | string | null {
  if (length >= 1 && length <= 6) return bytes.readUIntBE(at, length);
  if (length === 7) return whole((BigInt(bytes.readUIntBE(at, 1)) << 48n) | BigInt(bytes.readUIntBE(at + 1, 6)));
  return length === 8 ? whole(bytes.readBigUInt64BE(at)) : null;
}

function whole(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

export function v4Of(bytes: Buffer, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function pairs(bytes: Buffer, at: number): string[] {
  return Array.from({ length: 6 }, (_, i) => bytes.toString('hex', at + i, at + i + 1));
}

/** As RFC 5952 writes it: the longest run of zeros is left out. */
export function v6Of(bytes: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(at + 2 * i));
  let best = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) {
      best = i;
      length = end - i;
    }
    i = Math.max(i, end - 1);
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (best < 0) return text(groups);
  return `${text(groups.slice(0, best))}::${text(groups.slice(best + length))}`;
}
