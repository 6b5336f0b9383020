import { collectionFunctions } from './collection.ts';
import { conversionFunctions } from './convert.ts';
import { mathFunctions } from './math.ts';
import type { ExpressionFunction } from './signature.ts';
import { textFunctions } from './text.ts';
import { timeFunctions } from './time.ts';

/** The functions by chapter of the documentation. */
export const chapters: readonly (readonly [title: string, functions: readonly ExpressionFunction[]])[] = [
  ['Text', textFunctions],
  ['Numbers and places', mathFunctions],
  ['Time and the record', timeFunctions],
  ['Conversion', conversionFunctions],
  ['Lists and objects', collectionFunctions],
];

/** Every function that an expression may call, by its name. */
export const functions: ReadonlyMap<string, ExpressionFunction> = new Map(
  chapters.flatMap(([, list]) => list.map((fn) => [fn.name, fn] as const)),
);
