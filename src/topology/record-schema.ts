import { nearest } from '../expr/nearest.ts';
import type { Type } from '../expr/node.ts';
import { isMap, type Path } from './places.ts';
import { formIssue, type Reading } from './read-draft.ts';

/** What is known of the records of a stream: all their fields, each with its type, or with the fields of the record it is. */
export type RecordSchema = ReadonlyMap<string, Type | RecordSchema>;

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
  const schema = new Map<string, Type | RecordSchema>();
  let faulty = false;
  for (const [name, value] of Object.entries(written)) {
    const at = [...path, name];
    const type = isMap(value) ? readSchema(reading, value, at) : typeOf(value);
    if (type === undefined) {
      faulty = true;
      if (isMap(value)) continue;
      const meant = nearest(String(value), TYPES);
      formIssue(reading, at, `'${value}' is no type of a field`, meant ? `${meant}` : TYPES.join(', '));
    } else schema.set(name, type);
  }
  return faulty ? undefined : schema;
}

function typeOf(value: unknown): Type | undefined {
  const name = typeof value === 'string' ? value.replace(/\?$/, '') : '';
  if (!TYPES.includes(name)) return undefined;
  return name === 'any' ? 'unknown' : (name as Type);
}

/** The type of a field by its path; undefined for one that a record does not have. */
export function typeAt(schema: RecordSchema, [name, ...rest]: readonly string[]): Type | undefined {
  const found = schema.get(name as string);
  if (found === undefined || typeof found === 'string')
    return found === undefined || rest.length === 0 ? found : 'unknown';
  return rest.length === 0 ? 'object' : typeAt(found, rest);
}

/** The nearest name to one that a record does not have, with the way to it. */
export function nearestField(schema: RecordSchema, [name, ...rest]: readonly string[]): string | undefined {
  const inner = schema.get(name as string);
  if (inner !== undefined && typeof inner !== 'string') {
    const near = nearestField(inner, rest);
    return near && `${name}.${near}`;
  }
  return nearest(name as string, schema.keys());
}
