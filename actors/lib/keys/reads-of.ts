import type { Expression, Reads } from '#stage';

/** The field paths that expressions read; 'all' as soon as one is a closure, which may read anything. */
export function readsOf(expressions: readonly (Expression | undefined)[]): Reads {
  const given = expressions.filter((expression) => expression !== undefined);
  return given.every((expression) => expression.node !== undefined)
    ? given.flatMap((expression) => [...expression.fields])
    : 'all';
}
