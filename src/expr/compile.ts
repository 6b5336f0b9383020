import type { At, Row } from '../stage/row.ts';
import { toCondition, toJavaScript } from './code.ts';
import type { Expression } from './expression.ts';
import type { Node } from './node.ts';
import { expressionError, refuseHalves } from './problem.ts';
import { CodeScope } from './scope.ts';
import { sureOf } from './sure.ts';
import type { Place } from './writing.ts';

/** Whether an expression holds for a record: the truth of its value as in JavaScript, so null, 0 and '' are false. */
export function compilePredicate(expression: Expression): (row: Row, at: At) => boolean {
  const scope = new CodeScope();
  const code = toCondition(expression, scope);
  return scope.build(['row', 'at'], `return ${isBool(expression) ? code : `${code} ? true : false`};`);
}

function isBool({ node }: Expression): boolean {
  return (node as Node | undefined) !== undefined && sureOf(node) === 'boolean';
}

/** Fields and the expression of each. */
export interface Columns {
  readonly names: readonly string[];
  readonly expressions: readonly Expression[];
}

/** New records of a fixed shape, a field for each expression, made by one function. */
export function compileProjection(columns: Columns): (row: Row, at: At) => Row {
  const scope = new CodeScope();
  return scope.build(['row', 'at'], `return ${projectionCode(columns, scope)};`);
}

/**
 * New records of pairs: fields of the first record as they are, those of the second under `name`. A closure gets both as one
 * record.
 */
export function compilePair(
  { names, expressions }: Columns,
  name: string,
): (row: Row, other: Row | null, at: At) => Row {
  const scope = new CodeScope();
  const field = (path: readonly string[]) => (path.length === 1 && path[0] === name ? 'other' : undefined);
  const parts = expressions.map((expression, i) => {
    refuseFieldName(names[i]!, expression.text);
    const isClosure = (expression.node as Node | undefined) === undefined;
    const closure = () => `${scope.constant(expression)}.evaluate({ ...row, [${JSON.stringify(name)}]: other }, at)`;
    return `${JSON.stringify(names[i])}: ${isClosure ? closure() : toJavaScript(expression, scope, { field })}`;
  });
  return scope.build(['row', 'other', 'at'], `return ({ ${parts.join(', ')} });`);
}

/** Whether an expression holds for a pair of records, see {@link compilePair}. */
export function compilePairPredicate(
  expression: Expression,
  name: string,
): (row: Row, other: Row | null, at: At) => boolean {
  const made = compilePair({ names: ['holds'], expressions: [expression] }, name);
  return (row, other, at) => Boolean(made(row, other, at).holds);
}

/** The source of the object literal that {@link compileProjection} returns, for a larger generated function. */
export function projectionCode({ names, expressions }: Columns, scope: CodeScope, place: Place = {}): string {
  const parts = expressions.map((expression, i) => {
    refuseFieldName(names[i]!, expression.text);
    return `${JSON.stringify(names[i])}: ${toJavaScript(expression, scope, place)}`;
  });
  return `({ ${parts.join(', ')} })`;
}

/** `__proto__` in an object literal is not a field, and half a character is none of a name. */
export function refuseFieldName(name: string, text: string): void {
  refuseHalves(name, name);
  if (name === '__proto__') throw expressionError(text, 1, '__proto__ cannot be the name of a field');
}
