import type { FieldKind } from '../stage/field.ts';
import { quoteAt } from './placeholders.ts';

/** What a placeholder stands for. */
export interface Resolved {
  value: unknown;
  secret: boolean;
  /** Text from outside, which may stand for a number or a flag. */
  loose: boolean;
}

const NUMERIC: readonly FieldKind[] = ['count', 'number'];
const TREES: readonly FieldKind[] = ['list', 'map', 'group', 'projection', 'aggregates', 'any', 'flag', ...NUMERIC];

/** The value of a text that is one placeholder and nothing else. */
export function convert({ value, loose }: Resolved, kind: FieldKind): unknown {
  if (kind === 'template') return String(value).replaceAll('${', '\\${');
  if (!TREES.includes(kind)) return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (!loose || typeof value !== 'string') return value;
  if (kind !== 'flag' && value.trim() !== '' && (NUMERIC.includes(kind) || String(Number(value)) === value)) {
    const number = Number(value);
    if (!Number.isNaN(number)) return number;
  }
  if ((kind === 'flag' || kind === 'any') && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

/** A value as part of a longer text. Inside a quoted text of an expression it must not end that text. */
export function inserted(value: unknown, kind: FieldKind, text: string, position: number): string {
  const plain = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  if (kind === 'template') return plain.replaceAll('${', '\\${');
  if (kind !== 'expression') return plain;
  const quote = quoteAt(text, position);
  if (quote === undefined) return plain;
  const escaped = plain.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(quote, `\\${quote}`);
  return quote === '`' ? escaped.replaceAll('${', '\\${') : escaped;
}
