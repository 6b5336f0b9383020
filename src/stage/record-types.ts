import type { Expression } from '../expr/expression.ts';

/**
 * What is known of a field before a record is seen; it may always be null. A word as in a source's `schema`; an expression over
 * the record in hand, for a field of that expression's type; or `{ record: option }`, for a record of the stream that an option
 * names, `{ record: 'input' }` for one of the stream that the stage stands in.
 */
export type FieldType =
  | 'number'
  | 'text'
  | 'bool'
  | 'time'
  | 'list'
  | 'object'
  | 'any'
  | Expression
  | { readonly record: string };

/** Fields by name, each with its type. */
export type FieldTypes = Readonly<Record<string, FieldType>>;

/** What an option's expressions can read: these fields beside those of the record in hand, or these alone. */
export type Sees = { readonly also: FieldTypes } | { readonly only: FieldTypes };

/**
 * What a side output gives: records as they came, of the inputs that are named (by the option that names the stream, `input` for
 * the one that the stage stands in), or new records of these fields.
 */
export type SideRecords = readonly string[] | FieldTypes;
