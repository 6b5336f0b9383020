import { WeirError } from '../base/errors.ts';
import type { KeySpec } from '../stage/field.ts';
import type { At, Key, Row } from '../stage/row.ts';

function keyPart(value: unknown, name: string): Key {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  throw new WeirError(
    'WEIR_KEY_TYPE',
    `the key ${name} is ${Array.isArray(value) ? 'a list' : typeof value}: a key is text, a number, true, false or null`,
  );
}

/** Computes a record's key. Several key fields travel as the JSON text of their values. Throws `WEIR_KEY_TYPE`. */
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
