import type { At, Expression, Key, KeySpec, Reads, Row } from '#stage';
import { WeirError } from '#stage';

function part(value: unknown, name: string): Key {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  const kind = Array.isArray(value) ? 'a list' : typeof value;
  throw new WeirError('WEIR_KEY_TYPE', `the key ${name} is ${kind}: a key is text, a number, true, false or null`);
}

/**
 * Computes the key of an operator that has its own (`partition: {by}`). It must be the very key that the engine deals the
 * records out by, since state comes back to whoever owns the key's group. Several fields: the JSON text of their values.
 * Throws `WEIR_KEY_TYPE`.
 */
export function ownKey({ names, expressions }: KeySpec): (row: Row, at: At) => Key {
  const [only] = expressions;
  if (expressions.length === 1 && only) return (row, at) => part(only.evaluate(row, at), names[0] as string);
  return (row, at) => {
    let text = '[';
    for (let i = 0; i < expressions.length; i++) {
      const value = part((expressions[i] as Expression).evaluate(row, at), names[i] as string);
      text += `${i === 0 ? '' : ','}${typeof value === 'string' ? JSON.stringify(value) : value}`;
    }
    return `${text}]`;
  };
}

/** The field paths that expressions read; 'all' as soon as one is a closure, which may read anything. */
export function readsOf(expressions: readonly (Expression | undefined)[]): Reads {
  const given = expressions.filter((expression) => expression !== undefined);
  return given.every((expression) => expression.node !== undefined)
    ? given.flatMap((expression) => [...expression.fields])
    : 'all';
}
