import type { At, Row } from '../stage/row.ts';
import { toCondition, toJavaScript } from './code.ts';
import type { Expression } from './expression.ts';
import { expressionError } from './problem.ts';
import { CodeScope } from './scope.ts';
import { sureOf } from './sure.ts';
import type { Place } from './writing.ts';

/** What an expression gives for a record. The same function as `evaluate`, which has no `this`. */
export function compile<T>(expression: Expression<T>): (row: Row, at: At) => T {
  return expression.evaluate;
}

/** Whether an expression holds for a record: the truth of its value as in JavaScript, so null, 0 and '' are false. */
export function compilePredicate(expression: Expression): (row: Row, at: At) => boolean {
  const scope = new CodeScope();
  const code = toCondition(expression, scope);
  return scope.build(
    ['row', 'at'],
    `return ${sureOf(expression.node) === 'boolean' ? code : `${code} ? true : false`};`,
  );
}

/** New records of a fixed shape, a field for each expression, made by one function. */
export function compileProjection(columns: Readonly<Record<string, Expression>>): (row: Row, at: At) => Row {
  const scope = new CodeScope();
  return scope.build(['row', 'at'], `return ${projectionCode(columns, scope)};`);
}

/** The source of the object literal that {@link compileProjection} returns, for a larger generated function. */
export function projectionCode(
  columns: Readonly<Record<string, Expression>>,
  scope: CodeScope,
  place: Place = {},
): string {
  const parts = Object.entries(columns).map(([name, expression]) => {
    refuseFieldName(name, expression.text);
    return `${JSON.stringify(name)}: ${toJavaScript(expression, scope, place)}`;
  });
  return `({ ${parts.join(', ')} })`;
}

/** `__proto__` in an object literal is not a field. */
export function refuseFieldName(name: string, text: string): void {
  if (name === '__proto__') throw expressionError(text, 1, '__proto__ cannot be the name of a field');
}
