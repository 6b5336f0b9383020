import * as z from 'zod';
import { WeirError } from '../base/errors.ts';
import type { Field, Fields } from '../stage/field.ts';
import {
  aggregationOf,
  bytesOf,
  durationOf,
  expressionOf,
  keyOf,
  listedOf,
  matchOf,
  projectionOf,
  templateOf,
} from './leaf-values.ts';

/** What a custom check tells of a fault: the parser's own words and where in the text it is. */
export interface FaultDetail {
  what: string;
  /** Counts from 1 in the text. */
  column?: number | undefined;
  expected?: string | undefined;
  didYouMean?: string | undefined;
}

/** A schema that checks the options of a stage as written. Loads zod: for the main thread only. */
export function schemaOf(fields: Fields): z.ZodType {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => {
        const schema = fieldSchema(field);
        return [name, field.required ? schema : schema.optional()];
      }),
    ),
  );
}

const closure = z.custom<(...args: unknown[]) => unknown>((value) => typeof value === 'function');
const scalar = z.union([z.string(), z.number(), z.boolean()]);

function isUrl(text: string, schemes: readonly string[] | undefined): boolean {
  return URL.canParse(text) && (schemes?.includes(new URL(text).protocol.slice(0, -1)) ?? true);
}

function fieldSchema(field: Field): z.ZodType {
  switch (field.kind) {
    case 'text':
      return z.string();
    case 'path':
      return z.string().min(1);
    case 'flag':
      return z.boolean();
    case 'count':
      return bounded(z.int(), field);
    case 'number':
      return bounded(z.number(), field);
    case 'choice':
      return z.enum((field.choices ?? []) as [string, ...string[]]);
    case 'duration':
      return z.union([z.string(), z.literal(0)]).superRefine(parses(durationOf, field));
    case 'bytes':
      return z.union([z.string(), z.literal(0)]).superRefine(parses(bytesOf, field));
    case 'url':
      return z.string().refine((text) => isUrl(text, field.schemes));
    case 'expression':
      return expression;
    case 'template':
      return z.union([z.string().superRefine(parses(templateOf)), closure]);
    case 'projection':
      return z.union([z.array(listed).min(1), record(expression)]).superRefine(names(projectionOf));
    case 'key':
      return z.union([listed, z.array(listed).min(1), record(expression)]).superRefine(names(keyOf));
    case 'match': {
      const each = scalar.superRefine(parses(matchOf));
      return z.union([each, z.array(each).min(1)]);
    }
    case 'stream':
      return z.string().regex(/^[^.]+(?:\..+)?$/);
    case 'aggregates':
      return record(z.string().superRefine(parses((text) => aggregationOf({ value: text }))));
    case 'module':
      return z.union([z.string().regex(/^[^#]+(?:#[\w$]+)?$/), closure]);
    case 'codec':
      return z.union([z.string(), z.record(z.string(), z.any())]);
    case 'list': {
      const item = fieldSchema(field.of as Field);
      return z.union([z.array(item), item]);
    }
    case 'map':
      return z.record(z.string(), fieldSchema(field.of as Field));
    case 'group':
      return schemaOf(field.fields as Fields);
    case 'any':
      return z.any();
  }
}

const expression = z.union([scalar.superRefine(parses(expressionOf)), closure]);
const listed = z.union([scalar.superRefine(parses(listedOf)), closure]);

function record(value: z.ZodType): z.ZodType {
  return z.record(z.string(), value).refine((map) => Object.keys(map).length > 0);
}

function bounded(schema: z.ZodNumber, { min, max }: Field): z.ZodNumber {
  const above = min === undefined ? schema : schema.min(min);
  return max === undefined ? above : above.max(max);
}

/** Runs a parser of ours; its coded error becomes an issue with the words and the column of it. */
function parses(parser: (value: unknown) => unknown, { min, max }: { min?: number; max?: number } = {}) {
  return (value: unknown, context: z.RefinementCtx): void => {
    let made: unknown;
    try {
      made = parser(value);
    } catch (error) {
      // A unit's error says no more than what the field expects anyway.
      const detail = error instanceof WeirError && error.code === 'WEIR_UNIT' ? undefined : detailOf(error);
      context.addIssue({ code: 'custom', message: detail?.what ?? 'not parsed', params: { detail } });
      return;
    }
    if (typeof made !== 'number') return;
    if (made < (min ?? made) || made > (max ?? made)) context.addIssue({ code: 'custom', message: 'out of range' });
  };
}

/** Names that collide; faults of the expressions themselves have been told by their own checks. */
function names(parser: (value: unknown) => unknown) {
  return (value: unknown, context: z.RefinementCtx): void => {
    try {
      parser(value);
    } catch (error) {
      if (error instanceof WeirError && error.code !== 'WEIR_OPTION') return;
      const detail = detailOf(error);
      context.addIssue({ code: 'custom', message: detail.what, params: { detail } });
    }
  };
}

/** The words of a parser's error, without the column and advice that it gives those who have no file to point into. */
function detailOf(error: unknown): FaultDetail {
  if (!(error instanceof WeirError)) throw error;
  const { column, expected, didYouMean, name } = (error.data ?? {}) as {
    [K in 'expected' | 'didYouMean' | 'name']?: string;
  } & { column?: number };
  let what = error.message;
  if (what.startsWith(`${name}: `)) what = what.slice(`${name}: `.length);
  const place = what.lastIndexOf(` (column ${column} of `);
  if (place >= 0) what = what.slice(0, place);
  const advice = `; did you mean ${didYouMean}?`;
  if (what.endsWith(advice)) what = what.slice(0, -advice.length);
  // An expression's error says what to write in its message; there is nothing to add.
  return { what, column, didYouMean, expected: what.endsWith(`; ${expected}`) ? undefined : expected };
}
