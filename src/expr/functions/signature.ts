import type { Node, Type } from '../node.ts';

/**
 * What a parameter takes. `any` takes null too; a null for every other type makes the whole call null. `literal` is a
 * text written out in the expression, so that it can be checked and prepared before the first record.
 */
export type ParameterType = Exclude<Type, 'null' | 'unknown'> | 'any' | 'regex' | 'literal';

export interface Parameter {
  readonly name: string;
  readonly types: readonly ParameterType[];
  readonly optional: boolean;
  /** Stands for this argument and all after it. */
  readonly rest: boolean;
}

/** A function of the language, as data: the documentation page, the checks and the code all come from this. */
export interface ExpressionFunction {
  readonly name: string;
  /** As its author reads it: `slice(of: text | list, from: number, to?: number): text | list`. */
  readonly signature: string;
  readonly parameters: readonly Parameter[];
  readonly result: Type;
  /** Whether the result can be null though no argument is. */
  readonly mayBeNull: boolean;
  readonly doc: string;
  /** An expression and what it gives; run as a test. */
  readonly example: readonly [text: string, value: unknown];
  /** Called with arguments that have the declared types already, none of them null unless declared `any`. */
  readonly call: (...args: never[]) => unknown;
  /** Turns the `literal` argument into what `call` gets in its place, once; throws if it is not a right one. */
  readonly prepare?: (literal: string) => unknown;
  /** What of {@link At} the call is a mere reading of. */
  readonly reads?: 'time' | 'order' | 'key';
  /** Says the call in other nodes; a text is a complaint. */
  readonly rewrite?: (args: readonly Node[], column: number) => Node | string;
}

type Further = Partial<Pick<ExpressionFunction, 'prepare' | 'reads' | 'rewrite'>>;

/**
 * Declares a function. In the signature `?` after a parameter makes it optional, `?` after the result says that it may be
 * null without a null among the arguments, `scalar` is short for `number | text | bool`.
 */
export function declare(
  signature: string,
  doc: string,
  example: ExpressionFunction['example'],
  call: ExpressionFunction['call'],
  further: Further = {},
): ExpressionFunction {
  const [, name, inner, result] = /^(\w+)\((.*)\): (.+)$/.exec(signature) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const results = typesOf<Type>(result.replace('?', ''));
  return {
    name,
    signature,
    parameters: inner === '' ? [] : inner.split(', ').map(parameterOf),
    result: results.length === 1 ? results[0]! : 'unknown',
    mayBeNull: result.endsWith('?') || results.length > 1 || results[0] === 'unknown',
    doc,
    example,
    call,
    ...further,
  };
}

function parameterOf(text: string): Parameter {
  const [, dots, name, optional, types] = /^(\.\.\.)?(\w+)(\?)?: (.+)$/.exec(text) as unknown as string[];
  return { name: name!, types: typesOf(types!), optional: optional === '?' || dots === '...', rest: dots === '...' };
}

function typesOf<T>(text: string): T[] {
  return text.split(' | ').flatMap((type) => (type === 'scalar' ? ['number', 'text', 'bool'] : [type])) as T[];
}
