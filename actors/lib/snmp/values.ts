import type { Library, Varbind } from './library.ts';

/** Octets of these are addresses or times, whatever they look like. */
const ADDRESSES = new Set(['ifPhysAddress', 'atPhysAddress', 'ipNetToMediaPhysAddress', 'ifRcvAddressAddress']);
const DATES = new Set(['hrSystemDate', 'hrFSLastFullBackupDate', 'hrFSLastPartialBackupDate', 'hrSWInstalledDate']);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A value as records have it: numbers (also of 64 bits, then to the nearest), text, OIDs and addresses as text; octets that are no text
 * as hexadecimal `0a:1b`; null for what is not there.
 */
export function recordValueOf({ ObjectType }: Library, { type, value }: Varbind, name?: string): unknown {
  if (type === ObjectType.Counter64) return Number(bigOf(value));
  if (Buffer.isBuffer(value)) return octetsOf(value, name, type === ObjectType.Opaque);
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  return null;
}

/** A counter and how many bits it has; undefined for what counts nothing. */
export function counterOf(
  { ObjectType }: Library,
  { type, value }: Varbind,
): { value: bigint; bits: 32 | 64 } | undefined {
  if (type === ObjectType.Counter64) return { value: bigOf(value), bits: 64 };
  if (type === ObjectType.Counter && typeof value === 'number') return { value: BigInt(value), bits: 32 };
  return undefined;
}

/** Unsigned, of 8 bytes; some agents send a sign byte before them. */
function bigOf(value: unknown): bigint {
  if (typeof value === 'number') return BigInt.asUintN(64, BigInt(Math.trunc(value)));
  if (!Buffer.isBuffer(value) || value.length === 0) return 0n;
  return BigInt.asUintN(64, BigInt(`0x${value.subarray(-8).toString('hex')}`));
}

function octetsOf(bytes: Buffer, name: string | undefined, isOpaque: boolean): string | number {
  if (name !== undefined && DATES.has(name)) return dateOf(bytes) ?? hex(bytes);
  if (name !== undefined && ADDRESSES.has(name)) return hex(bytes);
  // Net-SNMP wraps floats: 9f 78 04 and four bytes.
  if (isOpaque && bytes.length === 7 && bytes.readUIntBE(0, 3) === 0x9f7804) return bytes.readFloatBE(3);
  return isOpaque ? hex(bytes) : (textOf(bytes) ?? hex(bytes));
}

function textOf(bytes: Buffer): string | undefined {
  // Strings of C: some agents send their end too.
  const end = bytes.length > 0 && bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length;
  const whole = bytes.subarray(0, end);
  if (whole.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return undefined;
  try {
    return utf8.decode(whole);
  } catch {
    return undefined;
  }
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').replace(/..(?=.)/g, '$&:');
}

/** ISO 8601 of a DateAndTime (RFC 2579): 8 bytes, or 11 with the distance to UTC; undefined for what is none. */
export function dateOf(bytes: Buffer): string | undefined {
  if (bytes.length !== 8 && bytes.length !== 11) return undefined;
  const [month, day, hour, minute, second, tenth] = bytes.subarray(2) as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const isTime = hour < 24 && minute < 60 && second <= 60 && tenth < 10;
  if (month < 1 || month > 12 || day < 1 || day > 31 || !isTime) return undefined;
  const two = (number: number) => String(number).padStart(2, '0');
  const at = `${String(bytes.readUInt16BE(0)).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}.${tenth}`;
  if (bytes.length === 8) return at;
  const [sign, hours, minutes] = bytes.subarray(8) as unknown as [number, number, number];
  if ((sign !== 43 && sign !== 45) || hours > 14 || minutes > 59) return undefined;
  return `${at}${String.fromCharCode(sign)}${two(hours)}:${two(minutes)}`;
}
