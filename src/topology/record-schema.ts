import { nearest } from '../expr/nearest.ts';
import type { Type } from '../expr/node.ts';
import { isNumeric } from '../expr/types.ts';
import { isMap, type Path } from './places.ts';
import { formIssue, type Reading } from './read-draft.ts';

/** What is known of the records of a stream. Every field may be missing or null. */
export interface RecordSchema {
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** There may be other fields, of which nothing is known. */
  readonly open: boolean;
}

/** What is known of a field: its type, or the fields of the record that it holds. */
export type FieldSchema = Type | RecordSchema;

/** Records of which nothing is known. */
export const ANY_RECORD: RecordSchema = { fields: new Map(), open: true };

/** Records of these fields and no others. */
export function recordOf(fields: Iterable<readonly [string, FieldSchema]>): RecordSchema {
  return { fields: new Map(fields), open: false };
}

/** The records with fields added, or put in the place of those of the same name. */
export function withFields({ fields, open }: RecordSchema, added: RecordSchema): RecordSchema {
  return { fields: new Map([...fields, ...added.fields]), open: open || added.open };
}

const TYPES = ['number', 'text', 'bool', 'time', 'list', 'object', 'any'];

/**
 * Reads `schema: { price: number, url: text?, bid: { auction: number } }` of a stream. A question mark says that a field may
 * be missing; `any` leaves its type open. Faults become issues (`WEIR_FORM`), and then there is no schema.
 */
export function readSchema(reading: Reading, written: unknown, path: Path): RecordSchema | undefined {
  if (!isMap(written)) {
    formIssue(reading, path, 'schema is a map', '{ price: number, url: text? }');
    return undefined;
  }
  const fields = new Map<string, FieldSchema>();
  let faulty = false;
  for (const [name, value] of Object.entries(written)) {
    const at = [...path, name];
    const type = isMap(value) ? readSchema(reading, value, at) : wordType(value);
    if (type === undefined) {
      faulty = true;
      if (isMap(value)) continue;
      const meant = nearest(String(value), TYPES);
      formIssue(reading, at, `'${value}' is no type of a field`, meant ? `${meant}` : TYPES.join(', '));
    } else fields.set(name, type);
  }
  return faulty ? undefined : recordOf(fields);
}

/** The type that a word of a schema says; undefined for no such word. */
export function wordType(value: unknown): Type | undefined {
  const name = typeof value === 'string' ? value.replace(/\?$/, '') : '';
  if (!TYPES.includes(name)) return undefined;
  return name === 'any' ? 'unknown' : (name as Type);
}

/** What is known of a field by its path; undefined for one that a record does not have. */
export function fieldAt({ fields, open }: RecordSchema, [name, ...rest]: readonly string[]): FieldSchema | undefined {
  const found = fields.get(name as string);
  if (found === undefined) return open ? 'unknown' : undefined;
  if (rest.length === 0) return found;
  if (typeof found !== 'string') return fieldAt(found, rest);
  // What is no record has no fields.
  return isNumeric(found) || found === 'text' || found === 'bool' ? undefined : 'unknown';
}

/** The type of a field by its path; undefined for one that a record does not have. */
export function typeAt(schema: RecordSchema, path: readonly string[]): Type | undefined {
  return typeOfField(fieldAt(schema, path));
}

/** The type alone of what is known of a field. */
export function typeOfField<T extends FieldSchema | undefined>(field: T): Type | Extract<T, undefined> {
  return (typeof field === 'object' ? 'object' : field) as Type | Extract<T, undefined>;
}

/** The nearest name to one that a record does not have, with the way to it. */
export function nearestField({ fields }: RecordSchema, [name, ...rest]: readonly string[]): string | undefined {
  const inner = fields.get(name as string);
  if (inner !== undefined && typeof inner !== 'string') {
    const near = nearestField(inner, rest);
    return near && `${name}.${near}`;
  }
  return inner === undefined ? nearest(name as string, fields.keys()) : undefined;
}
