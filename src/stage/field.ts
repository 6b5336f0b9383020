import type { Aggregation } from '../expr/aggregation.ts';
import type { Expression } from '../expr/expression.ts';
import type { At, Row } from './row.ts';

/** The kinds of option that a stage can take. Each has its form in YAML, its check, its JSON Schema and its help. */
export type FieldKind =
  | 'text'
  | 'flag'
  | 'count'
  | 'number'
  | 'duration'
  | 'bytes'
  | 'choice'
  | 'path'
  | 'url'
  | 'expression'
  | 'template'
  | 'projection'
  | 'key'
  | 'match'
  | 'stream'
  | 'aggregates'
  | 'module'
  | 'codec'
  | 'list'
  | 'map'
  | 'group'
  | 'any';

/** One option of a stage: data that the checker, the JSON Schema, the docs and the host all read. */
export interface Field<T = unknown, Input = unknown> {
  readonly kind: FieldKind;
  readonly doc: string;
  readonly unit?: string;
  /** As a person would write it; parsed like any other value. */
  readonly default?: Input;
  readonly required: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** What a `url` may begin with, such as `https`; anything when not given. */
  readonly schemes?: readonly string[];
  /** The field of each item of a `list` or `map`. */
  readonly of?: Field;
  /** The fields of a `group`. */
  readonly fields?: Fields;
  /** Shown only to the type checker. */
  readonly types?: { value: T; input: Input };
}

export type Fields = Record<string, Field>;

/** What a stage is created with: every field parsed. */
export type OptionsOf<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T, infer _> ? T : never };

type RequiredNames<F extends Fields> = { [K in keyof F]: F[K] extends { required: true } ? K : never }[keyof F];

/** What a person writes: text such as `5s`, in TypeScript a closure too where an expression stands. */
export type InputOf<F extends Fields> = {
  [K in RequiredNames<F>]: F[K] extends Field<infer _, infer I> ? I : never;
} & {
  [K in Exclude<keyof F, RequiredNames<F>>]?: F[K] extends Field<infer _, infer I> ? I : never;
};

/** A function of a record, as TypeScript topologies may write in place of an expression's text. */
export type Closure<T = unknown> = (row: Row, at: At) => T;

/** The fields of a key, in order, and what each is computed from. A name alone stands for the field of that name. */
export interface KeySpec {
  readonly names: readonly string[];
  readonly expressions: readonly Expression[];
}

/** What must be equal for a record of this stream and one of another to match: as many expressions of each. */
export interface Match {
  /** Of this stream's records; the names are the match's own. */
  readonly left: KeySpec;
  /** Of the other stream's. */
  readonly right: KeySpec;
}

/** A projection: output field → expression. */
export interface Projection {
  readonly names: readonly string[];
  readonly expressions: readonly Expression[];
}

/** A function of the user's own, `./pricing.js#convert`, loaded. */
export type UserFunction = (...args: any[]) => any;

/** A codec chosen inside another stage's options: its name and its own options, not yet created. */
export interface CodecChoice {
  readonly name: string;
  readonly options: Record<string, unknown>;
}

/** A stream of a topology built in TypeScript. */
export interface StreamLike {
  readonly topology: unknown;
}

interface Common<I> {
  default?: I;
  unit?: string;
}
type Opt<T, O> = O extends { default: unknown } ? T : O extends { optional: true } ? T | undefined : T;
type Req<O> = O extends { default: unknown } | { optional: true } ? false : true;
type Made<T, I, O> = Field<Opt<T, O>, I> & { readonly required: Req<O> };

function make<T, I, O extends object>(kind: FieldKind, doc: string, options: O | undefined, more: object = {}) {
  const { optional, ...rest } = (options ?? {}) as { optional?: boolean; default?: unknown };
  return {
    kind,
    doc,
    required: !optional && !('default' in rest),
    ...rest,
    ...more,
  } as unknown as Made<T, I, O>;
}

type O<I> = Common<I> & { optional?: true };
type Bounds = { min?: number; max?: number };

/** Builders of fields. `default` makes an option optional with a value; `optional: true` leaves it undefined. */
export const field = {
  text: <const P extends O<string>>(doc: string, options?: P) => make<string, string, P>('text', doc, options),
  flag: <const P extends O<boolean>>(doc: string, options?: P) => make<boolean, boolean, P>('flag', doc, options),
  /** A whole number. */
  count: <const P extends O<number> & Bounds>(doc: string, options?: P) =>
    make<number, number, P>('count', doc, options),
  number: <const P extends O<number> & Bounds>(doc: string, options?: P) =>
    make<number, number, P>('number', doc, options),
  /** `500ms`, `5s`, `1h`; milliseconds to the stage. `min` and `max` are milliseconds. */
  duration: <const P extends O<string> & Bounds>(doc: string, options?: P) =>
    make<number, string, P>('duration', doc, options),
  /** `64KiB`, `1MB`; bytes to the stage. `min` and `max` are bytes. */
  bytes: <const P extends O<string> & Bounds>(doc: string, options?: P) =>
    make<number, string, P>('bytes', doc, options),
  choice: <const C extends readonly string[], const P extends O<C[number]>>(doc: string, choices: C, options?: P) =>
    make<C[number], C[number], P>('choice', doc, options, { choices }),
  /** A file or folder, relative to the folder that `weir` was started in. */
  path: <const P extends O<string>>(doc: string, options?: P) => make<string, string, P>('path', doc, options),
  /** `schemes`: what it may begin with, such as `https`. */
  url: <const P extends O<string> & { schemes?: readonly string[] }>(doc: string, options?: P) =>
    make<string, string, P>('url', doc, options),
  /** An expression over the record. A TypeScript topology may give a closure. */
  expression: <const P extends O<string | Closure>>(doc: string, options?: P) =>
    make<Expression, string | Closure, P>('expression', doc, options),
  /** Text with `${expression}` holes. */
  template: <const P extends O<string>>(doc: string, options?: P) =>
    make<Expression<string>, string, P>('template', doc, options),
  /** Output field → expression; a list of field names keeps those fields. */
  projection: <const P extends O<Record<string, string> | string[]>>(doc: string, options?: P) =>
    make<Projection, Record<string, string> | string[], P>('projection', doc, options),
  /** A field, an expression, a list of fields, or name → expression. */
  key: <const P extends O<string | string[] | Record<string, string>>>(doc: string, options?: P) =>
    make<KeySpec, string | string[] | Record<string, string>, P>('key', doc, options),
  /** What must be equal: `id == seller` (this stream's first), or `id` where both have that field; several in a list or by `&&`. */
  match: <const P extends O<string | string[]>>(doc: string, options?: P) =>
    make<Match, string | string[], P>('match', doc, options),
  /** Another stream of the topology, which the operator reads too: `orders`, or its side output `orders.late`. */
  stream: <const P extends O<string>>(doc: string, options?: P) =>
    make<string, string | StreamLike, P>('stream', doc, options),
  /** Output field → expression over aggregate calls, `mean(value)`. */
  aggregates: <const P extends O<Record<string, string>>>(doc: string, options?: P) =>
    make<Aggregation, Record<string, string>, P>('aggregates', doc, options),
  /** A function of the user's own, `./pricing.js#convert`, relative to the topology's file. */
  module: <const P extends O<string | UserFunction>>(doc: string, options?: P) =>
    make<UserFunction, string | UserFunction, P>('module', doc, options),
  /** A codec's name, or `{name: options}`. */
  codec: <const P extends O<string | Record<string, object>>>(doc: string, options?: P) =>
    make<CodecChoice, string | Record<string, object>, P>('codec', doc, options),
  list: <T, I, const P extends O<I[]>>(doc: string, of: Field<T, I>, options?: P) =>
    make<T[], I[] | I, P>('list', doc, options, { of }),
  map: <T, I, const P extends O<Record<string, I>>>(doc: string, of: Field<T, I>, options?: P) =>
    make<Record<string, T>, Record<string, I>, P>('map', doc, options, { of }),
  group: <F extends Fields, const P extends O<InputOf<F>>>(doc: string, fields: F, options?: P) =>
    make<OptionsOf<F>, InputOf<F>, P>('group', doc, options, { fields }),
  /** Any value, taken as it is. */
  any: <const P extends O<unknown>>(doc: string, options?: P) => make<unknown, unknown, P>('any', doc, options),
};
