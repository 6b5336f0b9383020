import type { At, Row } from '../stage/row.ts';
import { toJavaScript } from './code.ts';
import type { ExtraCalls } from './conversion.ts';
import { convert } from './convert.ts';
import { fieldsOf, type Node } from './node.ts';
import { readJavaScript, refuseRest } from './read.ts';
import { CodeScope } from './scope.ts';
import { checkTypes } from './types.ts';

/** An expression as its author wrote it, checked and compiled. */
export interface Expression<T = unknown> {
  readonly text: string;
  readonly node: Node;
  /** Every path of fields that it reads, once each: `bid.price > 1` reads `['bid', 'price']`. */
  readonly fields: readonly (readonly string[])[];
  /** Its value for a record. Throws `WEIR_TYPE` where a value has a type that an operator does not take. */
  evaluate(row: Row, at: At): T;
}

/** Parses and compiles an expression. Throws `WEIR_EXPRESSION` with the column and, where there is one, the right way. */
export function parseExpression<T = unknown>(text: string): Expression<T> {
  return expressionOf<T>(text, parseNode(text));
}

/** The checked node of a text; `extra` takes calls that are not of the function table besides. */
export function parseNode(text: string, extra?: ExtraCalls): Node {
  const { tree, end } = readJavaScript(text);
  refuseRest(text, end);
  const node = convert(tree, text, extra);
  checkTypes(text, node);
  return node;
}

/** The expression of a checked node. */
export function expressionOf<T>(text: string, node: Node): Expression<T> {
  const scope = new CodeScope();
  const body = `return ${toJavaScript({ text, node }, scope)};`;
  const evaluate = scope.build<Expression<T>['evaluate']>(['row', 'at'], body);
  return { text, node, fields: fieldsOf(node), evaluate };
}
