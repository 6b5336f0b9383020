import protobuf from 'protobufjs';
import { WeirError } from '#stage';

/** Numbers of 64 bits; the library's own types leave out how they are made. */
const Long = protobuf.util.Long as unknown as { fromString(digits: string, unsigned: boolean): object };
type Message = Record<string, any>;
/** What a field takes; undefined: it does not fit. */
type Convert = (value: any) => unknown;

const WELL_KNOWN: Readonly<Record<string, Convert>> = {
  '.google.protobuf.Timestamp': partsOf,
  '.google.protobuf.Duration': partsOf,
};

/** Seconds and nanoseconds of milliseconds, dates and ISO 8601. */
function partsOf(value: unknown): Message | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : value instanceof Date ? value.getTime() : value;
  if (typeof ms !== 'number' || !Number.isFinite(ms) || Math.abs(ms) > 1e17) return undefined;
  const seconds = Math.floor(ms / 1000);
  return { seconds: Long.fromString(String(seconds), false), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

const BITS: Readonly<Record<string, (value: number) => boolean>> = {
  int32: (value) => (value | 0) === value,
  sint32: (value) => (value | 0) === value,
  sfixed32: (value) => (value | 0) === value,
  uint32: (value) => value >>> 0 === value,
  fixed32: (value) => value >>> 0 === value,
};

function scalarOf(type: string): Convert {
  if (BITS[type] !== undefined) return (value) => (typeof value === 'number' && BITS[type]!(value) ? value : undefined);
  if (/64$/.test(type)) return long(/^(uint|fixed)/.test(type));
  if (type === 'bool') return (value) => (typeof value === 'boolean' ? value : undefined);
  if (type === 'string') return (value) => (typeof value === 'string' ? value : undefined);
  if (type === 'bytes') {
    return (value) => {
      if (value instanceof Uint8Array) return value;
      return typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value) ? Buffer.from(value, 'base64') : undefined;
    };
  }
  return (value) => (typeof value === 'number' ? value : undefined);
}

function long(unsigned: boolean): Convert {
  return (value) => {
    const isDigits = typeof value === 'string' && /^-?\d{1,20}$/.test(value);
    if (!(typeof value === 'number' && Number.isSafeInteger(value)) && typeof value !== 'bigint' && !isDigits)
      return undefined;
    const big = BigInt(value);
    const fits = unsigned ? BigInt.asUintN(64, big) === big : BigInt.asIntN(64, big) === big;
    return fits ? Long.fromString(String(big), unsigned) : undefined;
  };
}

const made = new WeakMap<protobuf.Type, Convert>();

/** Makes messages of records. What it makes throws `WEIR_PROTOBUF_VALUE`, which names the field that does not fit. */
export function toMessage(type: protobuf.Type): Convert {
  const found = WELL_KNOWN[type.fullName] ?? made.get(type);
  if (found !== undefined) return found;
  const wrapped = /^\.google\.protobuf\.\w+Value$/.test(type.fullName) && type.fieldsArray.length === 1;
  let fields: [protobuf.Field, Convert][] = [];
  const convert: Convert = (row: Message) => {
    if (row === null || typeof row !== 'object' || Array.isArray(row)) return undefined;
    const message: Message = {};
    for (const [field, of] of fields) {
      const value = Object.hasOwn(row, field.name) ? row[field.name] : undefined;
      if (value === undefined || value === null) continue;
      const own = of(value);
      if (own === undefined) throw new WeirError('WEIR_PROTOBUF_VALUE', `field ${field.name} does not fit its schema`);
      message[field.name] = own;
    }
    return message;
  };
  const whole: Convert = wrapped
    ? (value) => {
        const inner = fields[0]![1](value);
        return inner === undefined ? undefined : { value: inner };
      }
    : convert;
  made.set(type, whole);
  fields = type.fieldsArray.map((field) => [field, fieldOf(field)]);
  return whole;
}

function fieldOf(field: protobuf.Field): Convert {
  const one = oneOf(field);
  if (field.map) {
    return (map: Message) => {
      if (typeof map !== 'object' || Array.isArray(map)) return undefined;
      const own: Message = {};
      for (const key of Object.keys(map)) {
        const value = one(map[key]);
        if (value === undefined) return undefined;
        own[key] = value;
      }
      return own;
    };
  }
  if (!field.repeated) return one;
  return (list) => {
    if (!Array.isArray(list)) return undefined;
    const all = list.map(one);
    return all.includes(undefined) ? undefined : all;
  };
}

function oneOf({ resolvedType, type }: protobuf.Field): Convert {
  if (resolvedType instanceof protobuf.Type) return toMessage(resolvedType);
  if (resolvedType instanceof protobuf.Enum) {
    const { values } = resolvedType;
    return (value) => {
      if (typeof value === 'string') return Object.hasOwn(values, value) ? values[value] : undefined;
      return typeof value === 'number' && (value | 0) === value ? value : undefined;
    };
  }
  return scalarOf(type);
}
