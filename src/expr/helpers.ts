import { textOf } from '../base/json.ts';
import type { ExpressionFunction } from './functions/signature.ts';
import { typeError } from './problem.ts';
import { parameterAt } from './types.ts';

/*
 * What the code of an expression does out of line: all that the fast paths, written inline, leave over. Each takes the
 * expression's text and a column last, for its WEIR_TYPE.
 */

/** A field that the value itself has, whatever its prototypes have. */
function own(of: unknown, name: string): unknown {
  if (of === null || typeof of !== 'object' || !Object.hasOwn(of, name)) return null;
  const value = (of as Record<string, unknown>)[name];
  return typeof value === 'function' ? null : value;
}

/** An item of a list or a character of a text; U+FFFD for one that the place cuts in two. */
function item(of: unknown, at: unknown, text: string, column: number): unknown {
  if (isNull(of) || isNull(at)) return null;
  if (typeof at === 'number' && (typeof of === 'string' || Array.isArray(of) || ArrayBuffer.isView(of))) {
    if (typeof of === 'string') return of[at]?.toWellFormed() ?? null;
    return Object.hasOwn(of as object, at) ? (of as unknown[])[at] : null;
  }
  throw typeError(text, column, '[ ]', 'a list or text and a number (a name in an object: get)', [of, at]);
}

/** Arithmetic on anything but numbers: null if an operand is, else an error. */
function none(operator: string, a: unknown, b: unknown, text: string, column: number): null {
  if (isNull(a) || isNull(b)) return null;
  throw typeError(text, column, operator, 'numbers', [a, b]);
}

function noneOfOne(operator: string, a: unknown, text: string, column: number): null {
  if (isNull(a)) return null;
  throw typeError(text, column, operator, 'a number', [a]);
}

/** `+` where not both are numbers: joins texts with scalars. */
function plus(a: unknown, b: unknown, text: string, column: number): string | null {
  if (isNull(a) || isNull(b)) return null;
  if ((typeof a === 'string' && isScalar(b)) || (typeof b === 'string' && isScalar(a))) return `${a}${b}`;
  throw typeError(text, column, '+', 'two numbers, or a text and a scalar', [a, b]);
}

type Comparison = '<' | '<=' | '>' | '>=';

/** A comparison where not both are numbers: of texts by their UTF-16 code units; false with a null. */
function compare(operator: Comparison, a: unknown, b: unknown, text: string, column: number): boolean {
  if (isNull(a) || isNull(b)) return false;
  if (typeof a !== 'string' || typeof b !== 'string') {
    throw typeError(text, column, operator, 'two numbers or two texts', [a, b]);
  }
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function isIn(value: unknown, list: unknown, text: string, column: number): boolean {
  if (isNull(list)) return false;
  if (!Array.isArray(list)) throw typeError(text, column, 'in', 'a list on its right', [list]);
  return isNull(value) ? list.some(isNull) : list.includes(value);
}

/** A call whose arguments are not all of the declared types: null if one is null, else an error. */
function refuse(fn: ExpressionFunction, args: unknown[], text: string, column: number): null {
  const anyNull = args.some((arg, i) => isNull(arg) && !parameterAt(fn.parameters, i).types.includes('any'));
  if (anyNull) return null;
  throw typeError(text, column, `${fn.name}()`, `(${fn.parameters.map(wanted).join(', ')})`, args.filter(isData));
}

function wanted({ name, types }: ExpressionFunction['parameters'][number]): string {
  return `${name}: ${types.join(' or ')}`;
}

/** Literal arguments come prepared, as functions and regular expressions, and cannot be at fault. */
function isData(arg: unknown): boolean {
  return typeof arg !== 'function' && !(arg instanceof RegExp);
}

/** What a template writes for a value. */
function show(value: unknown): string {
  return textOf(value) ?? '';
}

function isNull(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The object that generated code knows as `$`. */
export const helpers = Object.freeze({ own, item, none, noneOfOne, plus, compare, isIn, refuse, show });
