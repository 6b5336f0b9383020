import type { Node } from '../expr/node.ts';
import { either, typeOf } from '../expr/types.ts';
import {
  ANY_RECORD,
  type FieldSchema,
  fieldAt,
  type RecordSchema,
  recordOf,
  typeAt,
  typeOfField,
} from './record-schema.ts';

/** What is known of an expression's value over records of a schema: as `typeOf`, and the fields of a record that it gives. */
export function shapeOf(node: Node, schema: RecordSchema): FieldSchema {
  const type = typeOf(node, (path) => typeAt(schema, path));
  if (type !== 'object') return type;
  switch (node.kind) {
    case 'field':
      return fieldAt(schema, node.path) ?? type;
    case 'object':
      return recordOf(node.names.map((name, i) => [name, shapeOf(node.values[i] as Node, schema)] as const));
    case 'logical':
      return eitherShape(shapeOf(node.left, schema), shapeOf(node.right, schema));
    case 'choice':
      return eitherShape(shapeOf(node.yes, schema), shapeOf(node.no, schema));
    default:
      return type;
  }
}

/** What is known of a value that is one or the other; null is no type's mistake. */
export function eitherShape(a: FieldSchema, b: FieldSchema): FieldSchema {
  if (typeof a !== 'string' && typeof b !== 'string') return eitherRecord([a, b]);
  const type = either(typeOfField(a), typeOfField(b));
  if (type !== 'object') return type;
  return a === 'null' ? b : b === 'null' ? a : type;
}

/**
 * What is known of records each of which is of one of several schemas: it may have any field that one of them has. Its type is
 * known where all that have it have it of one type.
 */
export function eitherRecord(schemas: readonly RecordSchema[]): RecordSchema {
  const [first = ANY_RECORD, ...others] = schemas;
  const fields = new Map(first.fields);
  let open = first.open;
  for (const other of others) {
    for (const [name, field] of fields) {
      const also = fieldAt(other, [name]);
      if (also !== undefined) fields.set(name, eitherShape(field, also));
    }
    for (const [name, field] of other.fields) {
      if (!fields.has(name)) fields.set(name, open ? 'unknown' : field);
    }
    open ||= other.open;
  }
  return { fields, open };
}
