import { isIP } from 'node:net';
import { fitsDate, isPlainObject, parseIso, WeirError } from '#stage';
import type { Driver } from './cluster.ts';

/** A type of CQL as the driver's metadata gives it. */
export interface CqlType {
  readonly code: number;
  readonly info?: unknown;
  readonly customTypeName?: string;
  /** Of collections and user types. */
  readonly options?: { readonly frozen?: boolean };
}

/** Makes of a value what the driver writes; undefined when the value does not fit. Never sees null. */
type Write = (value: unknown) => unknown;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INTEGER = /^-?\d{1,1000}$/;
const DECIMAL = /^-?\d{1,1000}(\.\d{1,1000})?$/;
const MAX_FLOAT = 3.4028234663852886e38;

const isText = (value: unknown): value is string => typeof value === 'string';

/** A whole number as text, of a number that is exact, a bigint or text. */
function wholeText(value: unknown): string | undefined {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  return isText(value) && INTEGER.test(value) ? value : undefined;
}

/** What writes the values of one column. Throws `WEIR_CASSANDRA_VALUE` for one that does not fit it. */
export function writerOf(driver: Driver, type: CqlType, column: string): Write {
  const write = writeOf(driver, type);
  const name = nameOf(driver, type);
  return (value) => {
    if (value === null || value === undefined) return null;
    const made = write(value);
    if (made !== undefined) return made;
    throw new WeirError('WEIR_CASSANDRA_VALUE', `${column} is ${name}, which ${shownOf(value)} does not fit`);
  };
}

function shownOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'a blob';
  if (typeof value === 'object') return 'an object';
  return isText(value) ? JSON.stringify(value.slice(0, 40)) : String(value).slice(0, 40);
}

/** The name of a type, for people. */
export function nameOf({ types }: Driver, { code, customTypeName }: CqlType): string {
  const named = Object.entries(types.dataTypes).find(([, each]) => each === code);
  return customTypeName ?? named?.[0] ?? `type ${code}`;
}

/**
 * Whether values of a type that are one to the cluster are one by `keyOf`, once they are written: 1.0 and 1.00 are one decimal and two
 * texts.
 */
export function hasOneKey({ types }: Driver, { code }: CqlType): boolean {
  const { dataTypes: t } = types;
  const whole = [t.tinyint, t.smallint, t.int, t.bigint, t.varint];
  return [...whole, t.text, t.varchar, t.ascii, t.boolean, t.double, t.timestamp, t.date, t.uuid, t.timeuuid].includes(
    code,
  );
}

/** Of written values what a map may find them by. */
export function keyOf(values: readonly unknown[]): unknown {
  const [only] = values;
  return values.length === 1 && !(only instanceof Object) ? only : values.map(textOf).join('\n');
}

function textOf(value: unknown): string {
  return value instanceof Date ? String(value.getTime()) : String(value);
}

/** A number as it is written, without an exponent: 1e-7 is 0.0000001. */
function digitsOf(number: number): string {
  const [mantissa = '', exponent] = String(number).split('e');
  if (exponent === undefined) return mantissa;
  const sign = number < 0 ? '-' : '';
  const digits = mantissa.replaceAll(/[-.]/g, '');
  const shift = Number(exponent);
  return shift < 0 ? `${sign}0.${'0'.repeat(-shift - 1)}${digits}` : sign + digits.padEnd(1 + shift, '0');
}

function integer(bits: number): Write {
  const most = 2 ** (bits - 1);
  return (value) =>
    Number.isInteger(value) && (value as number) >= -most && (value as number) < most ? value : undefined;
}

function long({ types }: Driver): Write {
  return (value) => {
    const text = wholeText(value);
    if (text === undefined || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) return undefined;
    return types.Long.fromString(text);
  };
}

/** By parsing: what that throws is a value that does not fit. */
function parsed(parse: (text: string) => unknown, fits: (text: string) => boolean = () => true): Write {
  return (value) => {
    try {
      return isText(value) && fits(value) ? parse(value) : undefined;
    } catch {
      return undefined;
    }
  };
}

function time(value: unknown): number | undefined {
  const ms = isText(value) ? parseIso(value) : value;
  return fitsDate(ms) ? Math.trunc(ms) : undefined;
}

function blob(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length);
  return isText(value) && /^0x([0-9a-f]{2})*$/i.test(value) ? Buffer.from(value.slice(2), 'hex') : undefined;
}

function list(item: Write): Write {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    // No item of a collection is null.
    const made = value.map((each) => (each === null || each === undefined ? undefined : item(each)));
    return made.includes(undefined) ? undefined : made;
  };
}

function map(key: Write, of: Write, keyIsText: boolean): Write {
  return (value) => {
    if (!isPlainObject(value)) return undefined;
    const made = new Map<unknown, unknown>();
    for (const [name, each] of Object.entries(value)) {
      const known = key(keyIsText ? name : valueOfName(name));
      const found = each === null || each === undefined ? undefined : of(each);
      if (known === undefined || found === undefined) return undefined;
      made.set(known, found);
    }
    return made;
  };
}

/** Keys of an object are text: those of a map may be numbers or flags. */
function valueOfName(name: string): unknown {
  if (name === 'true' || name === 'false') return name === 'true';
  return name !== '' && String(Number(name)) === name ? Number(name) : name;
}

function writeOf(driver: Driver, type: CqlType): Write {
  const { types } = driver;
  const { dataTypes: t } = types;
  const { code, info, customTypeName } = type;
  const inner = (of: unknown) => writeOf(driver, of as CqlType);
  switch (code) {
    case t.text:
    case t.varchar:
      return (value) => (isText(value) ? value.toWellFormed() : undefined);
    case t.ascii:
      // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
      return (value) => (isText(value) && /^[\x00-\x7f]*$/.test(value) ? value : undefined);
    case t.boolean:
      return (value) => (typeof value === 'boolean' ? value : undefined);
    case t.tinyint:
      return integer(8);
    case t.smallint:
      return integer(16);
    case t.int:
      return integer(32);
    case t.bigint:
      return long(driver);
    case t.varint:
      return (value) => {
        const text = wholeText(value);
        return text === undefined ? undefined : types.Integer.fromString(text);
      };
    case t.double:
      return (value) => (typeof value === 'number' ? value : undefined);
    case t.float:
      return (value) =>
        typeof value === 'number' && !(Number.isFinite(value) && Math.abs(value) > MAX_FLOAT) ? value : undefined;
    case t.decimal: {
      const read = parsed(types.BigDecimal.fromString, (text) => DECIMAL.test(text));
      return (value) => {
        if (Number.isFinite(value)) return read(digitsOf(value as number));
        return read(typeof value === 'bigint' ? String(value) : value);
      };
    }
    case t.timestamp:
      return (value) => {
        const ms = time(value);
        return ms === undefined ? undefined : new Date(ms);
      };
    case t.date:
      return (value) => {
        const ms = time(value);
        return ms === undefined ? undefined : types.LocalDate.fromDate(new Date(ms));
      };
    case t.time:
      return parsed(types.LocalTime.fromString, (text) => /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?$/.test(text));
    case t.uuid:
      return parsed(types.Uuid.fromString, (text) => UUID.test(text));
    case t.timeuuid:
      return parsed(types.TimeUuid.fromString, (text) => UUID.test(text) && text[14] === '1');
    case t.inet:
      return parsed(types.InetAddress.fromString, (text) => isIP(text) !== 0);
    case t.duration:
      return parsed(types.Duration.fromString);
    case t.blob:
      return blob;
    case t.list:
      return list(inner(info));
    case t.set: {
      const items = list(inner(info));
      return (value) => items(value) && new Set(items(value) as unknown[]);
    }
    case t.map: {
      const [key, of] = info as [CqlType, CqlType];
      const keyIsText = ![t.tinyint, t.smallint, t.int, t.float, t.double, t.boolean].includes(key.code);
      return map(inner(key), inner(of), keyIsText);
    }
    case t.tuple: {
      const each = (info as CqlType[]).map(inner);
      return (value) => {
        if (!Array.isArray(value) || value.length !== each.length) return undefined;
        const made = each.map((write, i) => (value[i] === null ? null : write(value[i])));
        return made.includes(undefined) ? undefined : new types.Tuple(...made);
      };
    }
    case t.udt:
      return udt((info as { fields: { name: string; type: CqlType }[] }).fields, inner);
    default:
      break;
  }
  if (customTypeName === 'vector') {
    const [item, length] = info as [CqlType, number];
    const items = list(inner(item));
    return (value) => {
      const made = items(value) as unknown[] | undefined;
      return made === undefined || made.length !== length ? undefined : new types.Vector(made as number[]);
    };
  }
  throw new WeirError('WEIR_CASSANDRA_TYPE', `columns of type ${nameOf(driver, type)} cannot be written`);
}

function udt(fields: readonly { name: string; type: CqlType }[], inner: (type: unknown) => Write): Write {
  const writes = fields.map(({ name, type }) => ({ name, write: inner(type) }));
  return (value) => {
    if (!isPlainObject(value) || Object.keys(value).some((key) => !fields.some(({ name }) => name === key))) {
      return undefined;
    }
    const made: Record<string, unknown> = {};
    for (const { name, write } of writes) {
      const given = (value as Record<string, unknown>)[name] ?? null;
      const one = given === null ? null : write(given);
      if (one === undefined) return undefined;
      made[name] = one;
    }
    return made;
  };
}
