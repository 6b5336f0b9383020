import protobuf from 'protobufjs';
import type { Row } from '#stage';

type Message = Record<string, any>;
type Convert = (value: any) => unknown;

/** Milliseconds of a timestamp or duration, with a fraction if need be. */
const millis: Convert = ({ seconds, nanos }) => Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
const wrapped = (zero: unknown): Convert => {
  return ({ value }) => scalar(value ?? zero);
};

/** Messages of Google that stand for plain values. */
const WELL_KNOWN: Readonly<Record<string, Convert>> = {
  '.google.protobuf.Timestamp': millis,
  '.google.protobuf.Duration': millis,
  '.google.protobuf.DoubleValue': wrapped(0),
  '.google.protobuf.FloatValue': wrapped(0),
  '.google.protobuf.Int64Value': wrapped(0),
  '.google.protobuf.UInt64Value': wrapped(0),
  '.google.protobuf.Int32Value': wrapped(0),
  '.google.protobuf.UInt32Value': wrapped(0),
  '.google.protobuf.BoolValue': wrapped(false),
  '.google.protobuf.StringValue': wrapped(''),
  '.google.protobuf.BytesValue': ({ value }) => Buffer.from(value ?? []),
  '.google.protobuf.Struct': structOf,
  '.google.protobuf.Value': plainOf,
  '.google.protobuf.ListValue': listOf,
};

function structOf({ fields }: Message): Row {
  const row: Row = {};
  for (const key of Object.keys(fields ?? {})) if (key !== '__proto__') row[key] = plainOf(fields[key]);
  return row;
}

function listOf({ values }: Message): unknown[] {
  return (values ?? []).map(plainOf);
}

function plainOf(value: Message): unknown {
  if (own(value, 'structValue')) return structOf(value.structValue);
  if (own(value, 'listValue')) return listOf(value.listValue);
  for (const name of ['numberValue', 'stringValue', 'boolValue']) if (own(value, name)) return value[name];
  return null;
}

function own(message: Message, name: string): boolean {
  return Object.hasOwn(message, name) && message[name] !== null && message[name] !== undefined;
}

/** Longs are numbers, or texts of digits beyond 2^53. */
function scalar(value: any): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  const number = value.toNumber() as number;
  return Number.isSafeInteger(number) ? number : value.toString();
}

const made = new WeakMap<protobuf.Type, Convert>();

/** What makes records of the messages of a type. */
export function fromMessage(type: protobuf.Type): Convert {
  const found = WELL_KNOWN[type.fullName] ?? made.get(type);
  if (found !== undefined) return found;
  let fields: [string, (message: Message, name: string) => unknown][] = [];
  const convert: Convert = (message: Message) => {
    const row: Row = {};
    for (const [name, of] of fields) row[name] = of(message, name);
    return row;
  };
  made.set(type, convert);
  fields = type.fieldsArray.filter(({ name }) => name !== '__proto__').map((field) => [field.name, fieldOf(field)]);
  return convert;
}

function fieldOf(field: protobuf.Field): (message: Message, name: string) => unknown {
  const one = oneOf(field);
  if (field.map) {
    return (message, name) => {
      const map: Row = {};
      if (!own(message, name)) return map;
      for (const key of Object.keys(message[name]))
        if (key !== '__proto__') map[keyText(field, key)] = one(message[name][key]);
      return map;
    };
  }
  if (field.repeated) return (message, name) => (own(message, name) ? message[name].map(one) : []);
  // Fields that know whether they were set are null when they were not.
  const isKnown = field.hasPresence || field.partOf !== null || field.resolvedType instanceof protobuf.Type;
  const zero = isKnown ? null : field.type === 'bytes' ? Buffer.alloc(0) : one(field.typeDefault);
  return (message, name) => (own(message, name) ? one(message[name]) : zero);
}

/** Keys of 64 bits come as eight characters. */
function keyText(field: protobuf.Field, key: string): string {
  const { keyType } = field as unknown as { keyType: string };
  if (!/64$/.test(keyType)) return key;
  return protobuf.util.longFromHash(key, /^(uint|fixed)/.test(keyType)).toString();
}

function oneOf({ resolvedType }: protobuf.Field): Convert {
  if (resolvedType instanceof protobuf.Type) return fromMessage(resolvedType);
  // A number that the enum has no name for stays one.
  if (resolvedType instanceof protobuf.Enum) return (value: number) => resolvedType.valuesById[value] ?? value;
  return scalar;
}
