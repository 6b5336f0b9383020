import { plainOf } from '../base/plain.ts';
import type { Expression } from '../expr/expression.ts';
import type { Closure } from '../stage/field.ts';

/**
 * A function of a TypeScript topology where a stage expects an expression. That it has no `node` says two things: the
 * planner can neither move nor push it, and it may read anything, whatever its empty `fields` say. Throws `WEIR_NOT_PLAIN` where
 * the function gives what is no value of a record.
 */
export function closureExpression<T = unknown>(closure: Closure<T>): Expression<T> {
  const text = closure.name === '' ? 'a function' : `the function ${closure.name}`;
  const evaluate = (row: Parameters<Closure>[0], at: Parameters<Closure>[1]) =>
    plainOf(closure(row, at) ?? (null as T));
  return { text, node: undefined, fields: [], evaluate } as unknown as Expression<T>;
}

/** True for an expression that {@link closureExpression} made. */
export function isClosure(expression: Expression): boolean {
  return (expression.node as unknown) === undefined;
}
