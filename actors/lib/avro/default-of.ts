import { WeirError } from '#stage';
import { fromLogical } from './logical.ts';
import type { AvroType } from './schema.ts';

/** Makes the default of a field, of what stands in the schema, anew for each record. Throws `WEIR_AVRO_SCHEMA`. */
export function defaultOf(type: AvroType, json: unknown): () => unknown {
  const fail = () => new WeirError('WEIR_AVRO_SCHEMA', `${JSON.stringify(json)} is no default of ${type.kind}`);
  switch (type.kind) {
    case 'union':
      return defaultOf(type.branches[0]!, json);
    case 'array': {
      if (!Array.isArray(json)) throw fail();
      const items = json.map((item) => defaultOf(type.items, item));
      return () => items.map((item) => item());
    }
    case 'map':
    case 'record': {
      if (json === null || typeof json !== 'object') throw fail();
      const given = json as Record<string, unknown>;
      const fields =
        type.kind === 'map'
          ? Object.keys(given).map((name) => [name, defaultOf(type.values, given[name])] as const)
          : type.fields.map(({ name, type: own, fallback }) => {
              return [name, defaultOf(own, Object.hasOwn(given, name) ? given[name] : fallback.value)] as const;
            });
      return () => Object.fromEntries(fields.map(([name, value]) => [name, value()]));
    }
    case 'bytes':
    case 'fixed': {
      if (typeof json !== 'string') throw fail();
      const convert = fromLogical(type.kind, type.logical)!;
      return () => convert(Buffer.from(json, 'latin1'));
    }
    case 'null':
      return () => null;
    default: {
      if (typeof json !== WORDS[type.kind]) throw fail();
      const convert = 'logical' in type ? fromLogical(type.kind, type.logical) : undefined;
      return () => (convert === undefined ? json : convert(json));
    }
  }
}

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  enum: 'string',
};
