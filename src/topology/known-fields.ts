import type { Node, Type } from '../expr/node.ts';
import { either } from '../expr/types.ts';
import type { OperatorDefinition, SinkDefinition, SourceDefinition } from '../stage/definition.ts';
import type { Projection } from '../stage/field.ts';
import type { FieldType, FieldTypes } from '../stage/record-types.ts';
import { aggregateType } from './expression-sites.ts';
import { matchOf } from './leaf-values.ts';
import { isMap } from './places.ts';
import {
  ANY_RECORD,
  type FieldSchema,
  type RecordSchema,
  recordOf,
  typeAt,
  typeOfField,
  withFields,
  wordType,
} from './record-schema.ts';
import { eitherRecord, shapeOf } from './shape.ts';

/** What is known of the records behind a node. */
export interface Known {
  keyNames: readonly string[];
  keyTypes: ReadonlyMap<string, Type>;
  schema: RecordSchema;
}

/** Of records of which nothing is known. */
export const NOTHING: Known = { keyNames: [], keyTypes: new Map(), schema: ANY_RECORD };

/** The name of the stream that a stage stands in, among those that it reads. */
export const OWN = 'input';

/** A stage with its options, and what is known of the records that it gets: by the option that names their stream, or {@link OWN}. */
export interface Stand {
  definition: OperatorDefinition | SinkDefinition;
  /** Materialized. */
  options: any;
  /** As they are written. */
  values: Readonly<Record<string, unknown>>;
  inputs: ReadonlyMap<string, Known>;
}

/** What is known of the records of the stream that a stage stands in. */
export function ownOf({ inputs }: Stand): Known {
  return inputs.get(OWN) ?? NOTHING;
}

/** The records that the expressions of an option are about, if its definition says so. */
export function seenBy(option: string, stand: Stand): RecordSchema | undefined {
  const { definition, options } = stand;
  const sees = definition.kind === 'operator' ? definition.sees?.(options, ownOf(stand).keyNames)[option] : undefined;
  if (sees === undefined) return undefined;
  if ('only' in sees) {
    const { keyTypes } = ownOf(stand);
    const { fields } = resolved(sees.only, stand);
    return recordOf(
      [...fields].map(([name, type]) => [name, type === 'unknown' ? (keyTypes.get(name) ?? type) : type]),
    );
  }
  return withFields(ownOf(stand).schema, resolved(sees.also, stand));
}

/** What is known of the records that an operator passes on, as the planner knows it, with types. */
export function knownBehind(stand: Stand): Known {
  const { definition, options } = stand;
  const input = ownOf(stand);
  if (definition.kind !== 'operator') return NOTHING;
  const form = definition.relational?.(options);
  if (form?.kind === 'filter') return input;
  if (form?.kind === 'key') {
    const { names, expressions } = form.key;
    return { ...input, keyNames: names, keyTypes: typesOf(names, expressions, input.schema) };
  }
  if (form?.kind === 'project') return { ...input, schema: projected(form.select, input.schema) };
  const schema = schemaBehind(definition, stand);
  const ownKey = definition.outputKey?.(options, input.keyNames);
  const keyNames = ownKey ?? input.keyNames;
  const matched = ownKey === undefined ? new Map<string, Type>() : matchTypes(stand);
  const typeOfKey = (name: string) =>
    matched.get(name) ?? input.keyTypes.get(name) ?? typeOfField(schema.fields.get(name)) ?? 'unknown';
  return { keyNames, keyTypes: new Map(keyNames.map((name) => [name, typeOfKey(name)])), schema };
}

function schemaBehind(definition: OperatorDefinition, stand: Stand): RecordSchema {
  const { options } = stand;
  const input = ownOf(stand);
  const types = given(definition.types, options);
  const named = types && resolved(types, stand);
  const names = definition.passes ? undefined : definition.fields?.(options, input.keyNames);
  if (names === undefined) return named === undefined ? ANY_RECORD : withFields(input.schema, named);
  const made = computed(definition, stand);
  // A stage that says nothing of types may make something else of a key's name.
  const says = named !== undefined || made.size > 0;
  const known = (name: string): FieldSchema =>
    named?.fields.get(name) ?? made.get(name) ?? (says ? input.keyTypes.get(name) : undefined) ?? 'unknown';
  return recordOf(names.map((name) => [name, known(name)] as const));
}

/** What a side output gives, if that is known. */
export function knownAside(side: string, stand: Stand): Known {
  const { definition, options } = stand;
  const { keyNames, keyTypes, schema } = ownOf(stand);
  const records = definition.kind === 'operator' ? given(definition.sideRecords, options)?.[side] : undefined;
  if (records === undefined) return { keyNames, keyTypes, schema: ANY_RECORD };
  if (!isInputs(records)) {
    const key = recordOf(keyNames.map((name) => [name, keyTypes.get(name) ?? 'unknown'] as const));
    return { keyNames, keyTypes, schema: withFields(key, resolved(records, stand)) };
  }
  const all = records.map((name) => stand.inputs.get(name)?.schema ?? (name === OWN ? schema : ANY_RECORD));
  return { keyNames, keyTypes, schema: eitherRecord(all) };
}

/** What is known of the records of a source whose definition says it. */
export function knownOfSource({ types }: SourceDefinition, options: any): RecordSchema {
  const found = given(types, options);
  if (found === undefined) return ANY_RECORD;
  return recordOf(
    Object.entries(found).map(([name, type]) => [name, resolvedType(type, ANY_RECORD, new Map())] as const),
  );
}

/** Records of several streams: each may be of any of them. A key is known where all have the same. */
export function knownOfUnion(inputs: readonly Known[]): Known {
  const [first = NOTHING, ...others] = inputs;
  const schema = eitherRecord(inputs.map((each) => each.schema));
  const sameKeys = others.every(({ keyNames }) => keyNames.join('\n') === first.keyNames.join('\n'));
  if (!sameKeys) return { ...NOTHING, schema };
  const typeOfKey = (name: string) =>
    inputs.map(({ keyTypes }) => keyTypes.get(name) ?? 'unknown').reduce((a, b) => either(a, b));
  return { keyNames: first.keyNames, keyTypes: new Map(first.keyNames.map((name) => [name, typeOfKey(name)])), schema };
}

/** What stands outside of aggregates: the window's bounds and the key. */
export function outsideOf({ keyTypes, keyNames }: Known): RecordSchema {
  const key = keyNames.map((name) => [name, keyTypes.get(name) ?? 'unknown'] as const);
  return recordOf([...key, ['windowStart', 'time'], ['windowEnd', 'time']]);
}

/** The types of what an operator's aggregates compute, and, where it says anything of types, its projections. */
function computed({ options: fields, types }: OperatorDefinition, stand: Stand): Map<string, FieldSchema> {
  const found = new Map<string, FieldSchema>();
  const { schema } = ownOf(stand);
  const outside = outsideOf(ownOf(stand));
  for (const [option, field] of Object.entries(fields)) {
    const written = stand.values[option];
    const seen = seenBy(option, stand) ?? (stand.inputs.size === 1 ? schema : ANY_RECORD);
    const { kind } = field as { kind: string };
    if (kind === 'aggregates' && isMap(written)) {
      for (const [name, text] of Object.entries(written)) {
        found.set(name, aggregateType(String(text), { inside: typesIn(seen), outside: typesIn(outside) }));
      }
    } else if (kind === 'projection' && types !== undefined && stand.options[option] !== undefined) {
      for (const [name, shape] of projected(stand.options[option], seen).fields) found.set(name, shape);
    }
  }
  return found;
}

function projected({ names, expressions }: Projection, schema: RecordSchema): RecordSchema {
  return recordOf(names.map((name, i) => [name, shapeOfExpression(expressions[i]?.node, schema)] as const));
}

function typesOf(names: readonly string[], expressions: Projection['expressions'], schema: RecordSchema) {
  return new Map(names.map((name, i) => [name, typeOfField(shapeOfExpression(expressions[i]?.node, schema))] as const));
}

/** The types of the key that two streams are matched by. */
function matchTypes(stand: Stand): Map<string, Type> {
  const found = new Map<string, Type>();
  for (const [option, field] of Object.entries(stand.definition.options)) {
    const written = stand.values[option];
    if ((field as { kind: string }).kind !== 'match' || written === undefined) continue;
    const { names, expressions } = matchOf(written).left;
    for (const [name, type] of typesOf(names, expressions, ownOf(stand).schema)) found.set(name, type);
  }
  return found;
}

function resolved(types: FieldTypes, stand: Stand): RecordSchema {
  return recordOf(
    Object.entries(types).map(([name, type]) => [name, resolvedType(type, ownOf(stand).schema, stand.inputs)] as const),
  );
}

function resolvedType(type: FieldType, own: RecordSchema, inputs: Stand['inputs']): FieldSchema {
  if (typeof type === 'string') return wordType(type) ?? 'unknown';
  if (typeof type !== 'object' || type === null) return 'unknown';
  if ('record' in type) return inputs.get(type.record)?.schema ?? ANY_RECORD;
  return shapeOfExpression(type.node, own);
}

/** A closure has no node: it may give anything. */
function shapeOfExpression(node: Node | undefined, schema: RecordSchema): FieldSchema {
  return node === undefined ? 'unknown' : shapeOf(node, schema);
}

/** The types of a schema's fields, as expressions ask for them. */
export function typesIn(schema: RecordSchema) {
  return (path: readonly string[]) => typeAt(schema, path);
}

function given<T>(value: T | ((options: any) => T) | undefined, options: unknown): T | undefined {
  return typeof value === 'function' ? (value as (options: unknown) => T)(options) : value;
}

function isInputs(records: readonly string[] | FieldTypes): records is readonly string[] {
  return Array.isArray(records);
}
