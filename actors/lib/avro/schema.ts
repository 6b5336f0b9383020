import { messageOf, WeirError } from '#stage';

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
type Primitive = (typeof PRIMITIVES)[number];
const NAME = /^[A-Za-z_]\w*$/;

export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  type: AvroType;
  /** As JSON; only where `has`. */
  readonly fallback: { readonly has: boolean; readonly value?: unknown };
}

/** A logical type, such as a decimal with so many digits behind the point. */
export interface Logical {
  readonly name: string;
  readonly scale: number;
}

/** A schema with its names resolved: types that name each other are the same objects. */
export type AvroType =
  | { readonly kind: Primitive; readonly logical?: Logical | undefined }
  | { readonly kind: 'array'; items: AvroType }
  | { readonly kind: 'map'; values: AvroType }
  | { readonly kind: 'union'; branches: AvroType[] }
  | (Named & { readonly kind: 'record'; fields: AvroField[] })
  | (Named & { readonly kind: 'enum'; readonly symbols: readonly string[]; readonly fallback: string | undefined })
  | (Named & { readonly kind: 'fixed'; readonly size: number; readonly logical?: Logical | undefined });

export interface Named {
  /** With its namespace. */
  readonly name: string;
  readonly aliases: readonly string[];
}

/**
 * Reads an Avro schema, as JSON text or as what such text stands for. `known` are named types from other schemas. Throws
 * `WEIR_AVRO_SCHEMA`.
 */
export function parseSchema(schema: unknown, known: Map<string, AvroType> = new Map()): AvroType {
  let given = schema;
  try {
    // A name of a type may stand alone too, without the quotes of JSON.
    if (typeof schema === 'string' && !NAME.test(schema)) given = JSON.parse(schema);
    return new Parser(known).parse(given, '');
  } catch (cause) {
    if (cause instanceof WeirError) throw cause;
    if (!(cause instanceof SyntaxError) && !(cause instanceof RangeError)) throw cause;
    throw wrong(`it is no JSON: ${messageOf(cause)}`);
  }
}

function wrong(what: string): WeirError {
  return new WeirError('WEIR_AVRO_SCHEMA', `the Avro schema cannot be used: ${what}`);
}

type Json = Record<string, unknown>;

class Parser {
  readonly #named: Map<string, AvroType>;

  constructor(known: Map<string, AvroType>) {
    this.#named = known;
  }

  parse(given: unknown, space: string): AvroType {
    if (typeof given === 'string') return this.#byName(given, space);
    if (Array.isArray(given)) return this.#union(given, space);
    if (given === null || typeof given !== 'object') throw wrong(`${JSON.stringify(given)} is no type`);
    const json = given as Json;
    const { type } = json;
    if (type === 'record' || type === 'error') return this.#record(json, space);
    if (type === 'enum') return this.#enum(json, space);
    if (type === 'fixed') return this.#fixed(json, space);
    if (type === 'array') return { kind: 'array', items: this.parse(json.items, space) };
    if (type === 'map') return { kind: 'map', values: this.parse(json.values, space) };
    const inner = this.parse(type, space);
    const logical = logicalOf(json);
    const isPlain = PRIMITIVES.includes(inner.kind as Primitive) && typeof type === 'string';
    return isPlain && logical !== undefined ? { kind: inner.kind as Primitive, logical } : inner;
  }

  #byName(name: string, space: string): AvroType {
    if (PRIMITIVES.includes(name as Primitive)) return { kind: name as Primitive };
    const found = this.#named.get(fullName(name, space)) ?? this.#named.get(name);
    if (found === undefined) throw wrong(`there is no type ${name}`);
    return found;
  }

  #union(given: unknown[], space: string): AvroType {
    const branches = given.map((one) => this.parse(one, space));
    if (branches.length === 0 || branches.some(({ kind }) => kind === 'union')) {
      throw wrong('a union has branches, which are no unions');
    }
    return { kind: 'union', branches };
  }

  #head(json: Json, space: string): { named: Named; inside: string } {
    const { name, namespace, aliases } = json;
    if (typeof name !== 'string' || !name.split('.').every((part) => NAME.test(part))) {
      throw wrong(`${JSON.stringify(name)} is no name of a ${json.type}`);
    }
    const full = fullName(name, typeof namespace === 'string' ? namespace : space);
    if (this.#named.has(full)) throw wrong(`${full} is there twice`);
    const inside = full.includes('.') ? full.slice(0, full.lastIndexOf('.')) : '';
    const others = Array.isArray(aliases) ? aliases.map((alias) => fullName(String(alias), inside)) : [];
    return { named: { name: full, aliases: others }, inside };
  }

  #record(json: Json, space: string): AvroType {
    const { named, inside } = this.#head(json, space);
    const type: AvroType = { kind: 'record', ...named, fields: [] };
    this.#named.set(named.name, type);
    if (!Array.isArray(json.fields)) throw wrong(`record ${named.name} has no list of fields`);
    for (const each of json.fields as Json[]) {
      const { name, aliases } = each ?? {};
      if (typeof name !== 'string' || !NAME.test(name)) throw wrong(`record ${named.name} has a field without a name`);
      if (name === '__proto__') throw wrong('a field may not be named __proto__');
      if (type.fields.some((other) => other.name === name)) throw wrong(`${named.name} has two fields ${name}`);
      type.fields.push({
        name,
        aliases: Array.isArray(aliases) ? aliases.map(String) : [],
        type: this.parse(each.type, inside),
        fallback: Object.hasOwn(each, 'default') ? { has: true, value: each.default } : { has: false },
      });
    }
    return type;
  }

  #enum(json: Json, space: string): AvroType {
    const { named } = this.#head(json, space);
    const { symbols, default: fallback } = json;
    if (!Array.isArray(symbols) || symbols.length === 0) throw wrong(`enum ${named.name} has no symbols`);
    const type: AvroType = {
      kind: 'enum',
      ...named,
      symbols: symbols.map(String),
      fallback: typeof fallback === 'string' ? fallback : undefined,
    };
    this.#named.set(named.name, type);
    return type;
  }

  #fixed(json: Json, space: string): AvroType {
    const { named } = this.#head(json, space);
    const { size } = json;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > 2 ** 24) {
      throw wrong(`fixed ${named.name} has no size`);
    }
    const type: AvroType = { kind: 'fixed', ...named, size, logical: logicalOf(json) };
    this.#named.set(named.name, type);
    return type;
  }
}

function fullName(name: string, space: string): string {
  return name.includes('.') || space === '' ? name : `${space}.${name}`;
}

function logicalOf({ logicalType, scale }: Json): Logical | undefined {
  if (typeof logicalType !== 'string') return undefined;
  return { name: logicalType, scale: typeof scale === 'number' && Number.isInteger(scale) && scale >= 0 ? scale : 0 };
}
