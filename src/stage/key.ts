import { WeirError } from '../base/errors.ts';
import type { KeySpec } from './field.ts';
import type { At, Key, Row } from './row.ts';

function keyPart(value: unknown, name: string): Key {
  // Halves of characters would be one key in state and on other threads, and several in memory.
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value === null || value === undefined) return null;
  const kind = typeof value === 'number' ? value : Array.isArray(value) ? 'a list' : typeof value;
  throw new WeirError(
    'WEIR_KEY_TYPE',
    `the key ${name} is ${kind}: a key is text, a finite number, true, false or null`,
  );
}

/**
 * Computes a record's key. Several key fields travel as the JSON text of their values. A stage with a key of its own
 * (`partition: {by}`) must use this very function, since state comes back to whoever owns the key's group. Throws
 * `WEIR_KEY_TYPE`.
 */
export function keyFunction(spec: KeySpec): (row: Row, at: At) => Key {
  const { names, expressions } = spec;
  const [first] = expressions;
  if (expressions.length === 1 && first) return (row, at) => keyPart(first.evaluate(row, at), names[0] as string);
  return (row, at) => {
    let text = '[';
    for (let i = 0; i < expressions.length; i++) {
      const value = keyPart(expressions[i]?.evaluate(row, at), names[i] as string);
      text += `${i === 0 ? '' : ','}${typeof value === 'string' ? JSON.stringify(value) : value}`;
    }
    return `${text}]`;
  };
}

/** The values of a key's fields, from the key itself. */
export function keyValues(key: Key, names: readonly string[]): readonly unknown[] {
  if (names.length === 0) return [];
  return names.length === 1 ? [key] : (JSON.parse(key as string) as unknown[]);
}
