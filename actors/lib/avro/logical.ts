import type { Logical } from './schema.ts';

const DAY = 86_400_000;

/** Numbers of a unit of time, how many of them are a millisecond. */
const UNITS: Readonly<Record<string, number>> = {
  'timestamp-millis': 1,
  'timestamp-micros': 1000,
  'timestamp-nanos': 1e6,
  'local-timestamp-millis': 1,
  'local-timestamp-micros': 1000,
  'local-timestamp-nanos': 1e6,
  'time-millis': 1,
  'time-micros': 1000,
};

type Convert = (value: any) => unknown;

/** What a record gets of a value that was read; undefined: the value as it is. */
export function fromLogical(kind: string, logical: Logical | undefined): Convert | undefined {
  const { name = '', scale = 0 } = logical ?? {};
  if (kind === 'long' || kind === 'int') {
    const unit = UNITS[name];
    if (unit !== undefined) return (value: number | bigint) => Number(value) / unit;
    if (name === 'date' && kind === 'int') return (days: number) => days * DAY;
    return kind === 'long'
      ? (value: number | bigint) => (typeof value === 'bigint' ? String(value) : value)
      : undefined;
  }
  if (name === 'decimal' && (kind === 'bytes' || kind === 'fixed')) return (bytes: Buffer) => decimalText(bytes, scale);
  if (kind === 'fixed' && name === 'uuid') return (bytes: Buffer) => uuidText(bytes);
  if (kind === 'fixed' && name === 'duration') {
    return (b: Buffer) => ({ months: b.readUInt32LE(0), days: b.readUInt32LE(4), millis: b.readUInt32LE(8) });
  }
  return kind === 'bytes' || kind === 'fixed' ? (bytes: Buffer) => Buffer.from(bytes) : undefined;
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
}

/** The digits of a number of two's complement, with the point before the last `scale`. */
function decimalText(bytes: Buffer, scale: number): string {
  const value = bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return value < 0n ? `-${text}` : text;
}

/** What is written of a record's value; undefined where it does not fit. */
export function toLogical(kind: string, logical: Logical | undefined, size?: number): Convert | undefined {
  const { name = '', scale = 0 } = logical ?? {};
  if (kind === 'long' || kind === 'int') {
    const unit = UNITS[name];
    const times = unit ?? (name === 'date' && kind === 'int' ? 1 / DAY : undefined);
    if (times === undefined) return undefined;
    return (value) => {
      const ms = msOf(value);
      return ms === undefined ? undefined : name === 'date' ? Math.floor(ms / DAY) : Math.round(ms * times);
    };
  }
  if (name === 'decimal') return (value) => decimalBytes(value, scale, size);
  if (kind === 'fixed' && name === 'uuid') {
    return (value) =>
      typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)
        ? Buffer.from(value.replaceAll('-', ''), 'hex')
        : undefined;
  }
  if (kind === 'fixed' && name === 'duration') {
    return (value) => {
      const { months, days, millis } = (value ?? {}) as Record<string, number>;
      const bytes = Buffer.alloc(12);
      for (const [i, part] of [months, days, millis].entries()) {
        if (!(Number.isInteger(part) && part! >= 0 && part! < 2 ** 32)) return undefined;
        bytes.writeUInt32LE(part!, 4 * i);
      }
      return bytes;
    };
  }
  return undefined;
}

/** Milliseconds, dates and ISO 8601. */
function msOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : value instanceof Date ? value.getTime() : value;
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined;
}

function decimalBytes(value: unknown, scale: number, size: number | undefined): Buffer | undefined {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  const parts = typeof text === 'string' ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) : null;
  if (parts === null) return undefined;
  const behind = (parts[3] ?? '').replace(/0+$/, '');
  if (behind.length > scale) return undefined;
  const digits = BigInt(parts[2] + behind.padEnd(scale, '0'));
  const whole = parts[1] === '-' ? -digits : digits;
  let length = size ?? 1;
  while (size === undefined && BigInt.asIntN(8 * length, whole) !== whole) length++;
  if (BigInt.asIntN(8 * length, whole) !== whole) return undefined;
  return Buffer.from(
    BigInt.asUintN(8 * length, whole)
      .toString(16)
      .padStart(2 * length, '0'),
    'hex',
  );
}
