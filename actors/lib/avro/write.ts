import { type Bytes, WeirError } from '#stage';
import { toLogical } from './logical.ts';
import type { AvroType } from './schema.ts';

/** Writes a value; false, with nothing written that counts, where it does not fit the type. */
type Write = (value: any, into: Bytes) => boolean;

/** Makes the writer of a schema. It throws `WEIR_AVRO_VALUE` for a record that does not fit, and says which field. */
export function writerOf(type: AvroType): (row: unknown, into: Bytes) => void {
  const made = new Map<AvroType, Write>();
  const fault = { path: '' };
  const write = compile(type, made, fault);
  return (row, into) => {
    fault.path = '';
    const { length } = into;
    if (write(row, into)) return;
    into.length = length;
    throw new WeirError('WEIR_AVRO_VALUE', `${fault.path === '' ? 'the record' : fault.path} does not fit its schema`);
  };
}

function compile(type: AvroType, made: Map<AvroType, Write>, fault: { path: string }): Write {
  const found = made.get(type);
  if (found !== undefined) return found;
  let own: Write | undefined;
  made.set(type, (value, into) => own!(value, into));
  own = make(type, made, fault);
  made.set(type, own);
  return own;
}

function make(type: AvroType, made: Map<AvroType, Write>, fault: { path: string }): Write {
  switch (type.kind) {
    case 'record': {
      const fields = type.fields.map(({ name, type: of, fallback }) => {
        return { name, write: compile(of, made, fault), fallback };
      });
      return (row, into) => {
        if (row === null || typeof row !== 'object' || Array.isArray(row)) return false;
        for (const { name, write, fallback } of fields) {
          let value = Object.hasOwn(row, name) ? row[name] : undefined;
          if (value === undefined) value = fallback.has ? fallback.value : null;
          if (write(value, into)) continue;
          fault.path = fault.path === '' ? `field ${name}` : `field ${name}.${fault.path.slice(6)}`;
          return false;
        }
        return true;
      };
    }
    case 'array': {
      const write = compile(type.items, made, fault);
      return (list, into) => {
        if (!Array.isArray(list)) return false;
        if (list.length > 0) long(list.length, into);
        for (const item of list) if (!write(item, into)) return false;
        into.byte(0);
        return true;
      };
    }
    case 'map': {
      const write = compile(type.values, made, fault);
      return (map, into) => {
        if (map === null || typeof map !== 'object' || Array.isArray(map)) return false;
        const keys = Object.keys(map);
        if (keys.length > 0) long(keys.length, into);
        for (const key of keys) {
          text(key, into);
          if (!write(map[key], into)) return false;
        }
        into.byte(0);
        return true;
      };
    }
    case 'union': {
      const branches = type.branches.map((branch) => compile(branch, made, fault));
      return (value, into) => {
        const { length } = into;
        const { path } = fault;
        for (const [i, write] of branches.entries()) {
          long(i, into);
          if (write(value, into)) {
            fault.path = path;
            return true;
          }
          into.length = length;
        }
        return false;
      };
    }
    case 'enum':
      return (value, into) => {
        const at = type.symbols.indexOf(value);
        if (at >= 0) long(at, into);
        return at >= 0;
      };
    default:
      return primitive(type);
  }
}

function primitive(type: Extract<AvroType, { logical?: unknown }>): Write {
  const size = type.kind === 'fixed' ? type.size : undefined;
  const convert = toLogical(type.kind, type.logical, size);
  const write = PLAIN[type.kind] ?? ((value: unknown, into: Bytes) => fixed(value, into, size!));
  return convert === undefined ? write : (value, into) => write(convert(value), into);
}

const PLAIN: Readonly<Record<string, Write>> = {
  null: (value) => value === null || value === undefined,
  boolean(value, into) {
    if (typeof value !== 'boolean') return false;
    into.byte(value ? 1 : 0);
    return true;
  },
  int(value, into) {
    if (typeof value !== 'number' || (value | 0) !== value) return false;
    return long(value, into);
  },
  long(value, into) {
    if (typeof value === 'number') return Number.isSafeInteger(value) && long(value, into);
    if (typeof value !== 'bigint' && !(typeof value === 'string' && /^-?\d{1,19}$/.test(value))) return false;
    const big = BigInt(value);
    return BigInt.asIntN(64, big) === big && long(big, into);
  },
  float: (value, into) => real(value, into, 4),
  double: (value, into) => real(value, into, 8),
  bytes(value, into) {
    const bytes = bytesOf(value);
    if (bytes === undefined) return false;
    long(bytes.length, into);
    into.append(bytes);
    return true;
  },
  string(value, into) {
    if (typeof value !== 'string') return false;
    text(value, into);
    return true;
  },
};

/** Bytes as they are, or as Base64, as JSON has them. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string' || !/^[\w+/-]*={0,2}$/.test(value)) return undefined;
  return Buffer.from(value, 'base64');
}

function fixed(value: unknown, into: Bytes, size: number): boolean {
  const bytes = bytesOf(value);
  if (bytes?.length !== size) return false;
  into.append(bytes);
  return true;
}

function real(value: unknown, into: Bytes, size: 4 | 8): boolean {
  if (typeof value !== 'number') return false;
  const at = into.reserve(size);
  if (size === 4) into.buffer.writeFloatLE(value, at);
  else into.buffer.writeDoubleLE(value, at);
  into.length += size;
  return true;
}

/** A whole number in zigzag form. */
export function long(value: number | bigint, into: Bytes): true {
  if (typeof value === 'number' && (value | 0) === value) {
    let left = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; left > 127; left >>>= 7) into.byte((left & 127) | 128);
    into.byte(left);
    return true;
  }
  const big = BigInt(value);
  let left = BigInt.asUintN(64, (big << 1n) ^ (big >> 63n));
  for (; left > 127n; left >>= 7n) into.byte(Number(left & 127n) | 128);
  into.byte(Number(left));
  return true;
}

function text(value: string, into: Bytes): void {
  const bytes = Buffer.from(value, 'utf8');
  long(bytes.length, into);
  into.append(bytes);
}
