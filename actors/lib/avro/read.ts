import { WeirError } from '#stage';
import { AvroFault, type AvroReader } from './avro-reader.ts';
import { defaultOf } from './default-of.ts';
import { fromLogical } from './logical.ts';
import type { AvroType } from './schema.ts';

/** Reads a value. Throws {@link AvroFault}. */
export type Read = (r: AvroReader) => any;
type Of<K extends AvroType['kind']> = Extract<AvroType, { kind: K }>;

/** What a number or text that was written may be read as. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/**
 * Makes the reader of values that were written by one schema for those who know another: fields by name or alias, with defaults for
 * those that are missing; numbers promoted; symbols and branches matched. Avro 1.12, Schema Resolution. Throws `WEIR_AVRO_SCHEMA`
 * where no value of one could be one of the other.
 */
export function resolve(writer: AvroType, reader: AvroType = writer): Read {
  return new Resolution().read(writer, reader);
}

class Resolution {
  /** Of types that hold themselves. */
  readonly #made = new Map<AvroType, Map<AvroType, Read>>();

  read(writer: AvroType, reader: AvroType): Read {
    const found = this.#made.get(writer)?.get(reader);
    if (found !== undefined) return found;
    let made: Read | undefined;
    const later: Read = (r) => made!(r);
    const ofWriter = this.#made.get(writer) ?? new Map<AvroType, Read>();
    this.#made.set(writer, ofWriter.set(reader, later));
    made = this.#make(writer, reader);
    ofWriter.set(reader, made);
    return made;
  }

  #make(writer: AvroType, reader: AvroType): Read {
    if (writer.kind === 'union') return this.#fromUnion(writer, reader);
    if (reader.kind === 'union') return this.read(writer, this.#branch(writer, reader));
    if (writer.kind === 'record' && reader.kind === 'record') return this.#record(writer, reader);
    if (writer.kind === 'array' && reader.kind === 'array') {
      const item = this.read(writer.items, reader.items);
      return nested((r) => {
        const items: unknown[] = [];
        r.items(() => items.push(item(r)));
        return items;
      });
    }
    if (writer.kind === 'map' && reader.kind === 'map') return nested(mapOf(this.read(writer.values, reader.values)));
    if (writer.kind === 'enum' && reader.kind === 'enum') return symbol(writer, reader);
    if (writer.kind === 'fixed' && reader.kind === 'fixed' && writer.size === reader.size) return fixed(reader);
    if (matches(writer, reader)) return primitive(writer.kind, reader);
    throw apart(writer, reader);
  }

  #fromUnion({ branches }: Of<'union'>, reader: AvroType): Read {
    // A branch that cannot be read is no fault before a value of it comes.
    const reads = branches.map((branch): Read => {
      try {
        return this.read(branch, reader);
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
        return () => {
          throw new AvroFault(error.message);
        };
      }
    });
    return nested((r) => {
      const read = reads[r.count()];
      if (read === undefined) throw new AvroFault('a branch that the union has not');
      return read(r);
    });
  }

  #branch(writer: AvroType, { branches }: Of<'union'>): AvroType {
    const found =
      branches.find((branch) => isSame(writer, branch)) ?? branches.find((branch) => matches(writer, branch));
    if (found === undefined) throw apart(writer, { kind: 'union', branches });
    return found;
  }

  #record(writer: Of<'record'>, reader: Of<'record'>): Read {
    const names = new Set<string>();
    const steps = writer.fields.map(({ name, type }): [string | undefined, Read] => {
      const own =
        reader.fields.find((field) => field.name === name) ??
        reader.fields.find(({ aliases }) => aliases.includes(name));
      if (own !== undefined) names.add(own.name);
      return [own?.name, own === undefined ? this.read(type, type) : this.read(type, own.type)];
    });
    const missing = reader.fields.filter(({ name }) => !names.has(name));
    for (const { name, fallback } of missing) {
      if (!fallback.has)
        throw new WeirError('WEIR_AVRO_SCHEMA', `${reader.name}.${name} was not written and has no default`);
    }
    const defaults = missing.map(({ name, type, fallback }) => [name, defaultOf(type, fallback.value)] as const);
    return nested((r) => {
      const row: Record<string, unknown> = {};
      for (const [name, read] of steps) {
        const value = read(r);
        if (name !== undefined) row[name] = value;
      }
      for (const [name, value] of defaults) row[name] = value();
      return row;
    });
  }
}

function nested(read: Read): Read {
  return (r) => {
    r.enter();
    const value = read(r);
    r.leave();
    return value;
  };
}

function mapOf(value: Read): Read {
  return (r) => {
    const map: Record<string, unknown> = {};
    r.items(() => {
      const key = r.text();
      if (key === '__proto__') throw new AvroFault('a key of a map may not be __proto__');
      map[key] = value(r);
    });
    return map;
  };
}

function symbol(writer: Of<'enum'>, { symbols, fallback }: Of<'enum'>): Read {
  const known = writer.symbols.map((one) => (symbols.includes(one) ? one : fallback));
  return (r) => {
    const found = known[r.count()];
    if (found === undefined) throw new AvroFault('a symbol that the enum has not');
    return found;
  };
}

function fixed({ size, logical }: Of<'fixed'>): Read {
  const convert = fromLogical('fixed', size === 12 || logical?.name !== 'duration' ? logical : undefined)!;
  return (r) => {
    const from = r.take(size);
    return convert(r.bytes.subarray(from, from + size));
  };
}

function primitive(written: string, reader: AvroType): Read {
  const plain = plainOf(written, reader.kind);
  const convert = fromLogical(reader.kind, 'logical' in reader ? reader.logical : undefined);
  return convert === undefined ? plain : (r) => convert(plain(r));
}

function plainOf(written: string, wanted: string): Read {
  if (written === 'null') return () => null;
  if (written === 'boolean') return boolean;
  if (written === 'float') return (r) => r.bytes.readFloatLE(r.take(4));
  if (written === 'double') return (r) => r.bytes.readDoubleLE(r.take(8));
  if (written === 'bytes' || written === 'string') return wanted === 'string' ? (r) => r.text() : (r) => r.slice();
  if (written === 'int') return int;
  return wanted === 'long' ? (r) => r.long() : (r) => Number(r.long());
}

function boolean(r: AvroReader): boolean {
  const byte = r.byte();
  if (byte > 1) throw new AvroFault('a truth value that is neither');
  return byte === 1;
}

function int(r: AvroReader): number {
  const value = r.long();
  if (typeof value === 'bigint' || (value | 0) !== value) throw new AvroFault('a number has more than 32 bits');
  return value;
}

function isSame(writer: AvroType, reader: AvroType): boolean {
  if (writer.kind !== reader.kind) return false;
  return !('name' in writer && 'name' in reader) || hasName(writer.name, reader);
}

function matches(writer: AvroType, reader: AvroType): boolean {
  if (writer.kind !== reader.kind) return PROMOTIONS[writer.kind]?.includes(reader.kind) === true;
  if (writer.kind === 'fixed' && reader.kind === 'fixed') return writer.size === reader.size;
  return true;
}

function hasName(name: string, { name: own, aliases }: { name: string; aliases: readonly string[] }): boolean {
  const last = (text: string) => text.slice(text.lastIndexOf('.') + 1);
  return last(own) === last(name) || aliases.includes(name);
}

function apart(writer: AvroType, reader: AvroType): WeirError {
  return new WeirError('WEIR_AVRO_SCHEMA', `what was written as ${writer.kind} cannot be read as ${reader.kind}`);
}
