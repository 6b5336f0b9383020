import { WeirError } from '../base/errors.ts';

/** What else is known of a mistake in an expression: what to write there, or the name that was probably meant. */
export interface ProblemHints {
  expected?: string;
  didYouMean?: string | undefined;
}

/** A mistake in an expression, found before any record is read. `column` counts from 1 within `text`. */
export function expressionError(text: string, column: number, what: string, hints: ProblemHints = {}): WeirError {
  const { expected, didYouMean } = hints;
  const advice = didYouMean ? `; did you mean ${didYouMean}?` : expected ? `; ${expected}` : '';
  return new WeirError('WEIR_EXPRESSION', `${what}${advice} (column ${column} of \`${shorten(text)}\`)`, {
    data: { column, text, ...(expected ? { expected } : {}), ...(didYouMean ? { didYouMean } : {}) },
  });
}

/**
 * Refuses a text that holds half a character, which is U+FFFD on another thread and in state. `column` is where it begins in
 * the expression; without one it is the expression, and the column that of the half.
 */
export function refuseHalves(said: string, text: string, column?: number): void {
  if (said.isWellFormed()) return;
  throw expressionError(text, column ?? halfAt(said) + 1, 'half a character (a lone surrogate) is no text', {
    expected: 'write the whole character',
  });
}

function halfAt(text: string): number {
  return text.search(/\p{Cs}/u);
}

/**
 * A value of a record has a type that the operator or function at `column` does not take: the record becomes a dead
 * letter. The message names types, never values, so that it may be logged.
 */
export function typeError(text: string, column: number, operator: string, wants: string, values: unknown[]): WeirError {
  const types = values.map(kindOf);
  return new WeirError(
    'WEIR_TYPE',
    `${operator} takes ${wants}, not ${types.join(' and ')} (column ${column} of \`${shorten(text)}\`)`,
    { data: { operator, types, column, text } },
  );
}

/** The word of the language for what a value is. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return Number.isFinite(value) ? 'number' : Number.isNaN(value) ? 'NaN' : 'infinity';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return value instanceof Date ? 'Date' : 'object';
  return typeof value;
}

function shorten(text: string): string {
  return (text.length <= 120 ? text : `${text.slice(0, 119)}…`).toWellFormed();
}
