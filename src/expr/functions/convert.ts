import { hashKey } from '../../base/hash.ts';
import { jsonOf, parseJson, textOf } from '../../base/json.ts';
import { declare } from './signature.ts';

/** Conversions and questions about type. What cannot be converted becomes null. */
export const conversionFunctions = [
  declare(
    'number(of: any): number?',
    'The number that a text says in decimal; true is 1, false 0. Null if it says none.',
    ['number(" 12.5 ")', 12.5],
    toNumber,
  ),
  declare(
    'text(of: any): text?',
    'As text; a list or object as JSON, a date as ISO 8601, bytes as Base64.',
    ['text(12.5)', '12.5'],
    textOf,
  ),
  declare(
    'bool(of: any): bool?',
    'The texts "true" and "false" and the numbers 1 and 0 as bool; null for anything else.',
    ['bool("true")', true],
    (of: unknown) =>
      of === true || of === 'true' || of === 1 ? true : of === false || of === 'false' || of === 0 ? false : null,
  ),
  declare('toJson(of: any): text?', 'As JSON; null stays null.', ['toJson([1, "a"])', '[1,"a"]'], (of: unknown) =>
    of === null || of === undefined ? null : (jsonOf(of) ?? null),
  ),
  declare(
    'fromJson(text: text): unknown',
    'What a JSON text says, or null if it is not JSON.',
    ['fromJson("{\\"a\\": [1, 2]}").a[1]', 2],
    fromJson,
  ),
  declare(
    'hash(of: scalar): number',
    'A 32-bit hash, the same on every machine and in every version. Not for secrets.',
    ['hash("a") == hash("b")', false],
    hashKey,
  ),
  declare(
    'isNull(of: any): bool',
    'Whether a value is missing or null.',
    ['isNull(nothing)', true],
    (of: unknown) => of === null || of === undefined,
  ),
  declare(
    'isNumber(of: any): bool',
    'Whether a value is a number, and not NaN.',
    ['isNumber("12")', false],
    (of: unknown) => typeof of === 'number' && !Number.isNaN(of),
  ),
  declare(
    'isText(of: any): bool',
    'Whether a value is a text.',
    ['isText("12")', true],
    (of: unknown) => typeof of === 'string',
  ),
  declare(
    'coalesce(...values: any): unknown',
    'The first of the values that is not null, as with `??`. Those after it are not evaluated.',
    ['coalesce(nickname, name, "nobody")', 'nobody'],
    () => null,
    {
      rewrite: (args, column) =>
        args.length < 2
          ? 'coalesce() takes two or more values'
          : args.reduce((left, right) => ({ kind: 'logical', op: '??', left, right, column })),
    },
  ),
];

function toNumber(of: unknown): number | null {
  if (typeof of === 'number') return of;
  if (typeof of === 'boolean') return of ? 1 : 0;
  if (typeof of === 'bigint') return Number(of);
  if (of instanceof Date) return of.getTime();
  if (typeof of !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(of)) return null;
  return Number(of);
}

function fromJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
