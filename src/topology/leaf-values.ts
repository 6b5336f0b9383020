import { WeirError } from '../base/errors.ts';
import { parseBytes, parseDuration } from '../base/units.ts';
import type { UserAggregate } from '../expr/aggregate/user.ts';
import { type Aggregation, parseAggregation } from '../expr/aggregation.ts';
import { expressionOf as compiled, type Expression, parseExpression } from '../expr/expression.ts';
import type { Node } from '../expr/node.ts';
import { expressionError } from '../expr/problem.ts';
import { isReserved } from '../expr/read.ts';
import { parseTemplate } from '../expr/template.ts';
import type { Closure, KeySpec, Match, Projection } from '../stage/field.ts';
import { closureExpression } from './closure.ts';

/** An expression of its text, of a number or flag that stands for itself, or of a closure. Throws `WEIR_EXPRESSION`. */
export function expressionOf(value: unknown): Expression {
  if (typeof value === 'function') return closureExpression(value as Closure);
  return parseExpression(String(value));
}

/** The same in a list of fields, where a word that JavaScript reserves is a field too: `new`. Throws `WEIR_EXPRESSION`. */
export function listedOf(value: unknown): Expression {
  const word = typeof value === 'string' ? value.trim() : '';
  if (!isReserved(word)) return expressionOf(value);
  return compiled(word, { kind: 'field', path: [word], column: 1 });
}

export function templateOf(value: unknown): Expression<string> {
  return typeof value === 'function' ? closureExpression(value as Closure<string>) : parseTemplate(String(value));
}

/** Milliseconds of `5s`. A bare 0 needs no unit. */
export function durationOf(value: unknown): number {
  return parseDuration(String(value));
}

/** Bytes of `64KiB`. A bare 0 needs no unit. */
export function bytesOf(value: unknown): number {
  return parseBytes(String(value));
}

/** A projection of a map of expressions, or of a list of fields that are kept. Throws `WEIR_EXPRESSION`, `WEIR_OPTION`. */
export function projectionOf(value: unknown): Projection {
  return Array.isArray(value) ? named(value) : mapped(value as Record<string, unknown>);
}

/**
 * A key of one expression, of a list of them, or of a map with their names. A field is named for itself (`bid.auction`
 * is `auction`), another expression alone is named `key`. Throws `WEIR_EXPRESSION`, `WEIR_OPTION`.
 */
export function keyOf(value: unknown): KeySpec {
  if (Array.isArray(value)) return named(value);
  return typeof value === 'object' && value !== null ? mapped(value as Record<string, unknown>) : named([value]);
}

/** A match of `id == seller`, `id`, several joined by `&&`, or a list of them. Throws `WEIR_EXPRESSION`, `WEIR_OPTION`. */
export function matchOf(value: unknown): Match {
  const left: Expression[] = [];
  const right: Expression[] = [];
  const take = (text: string, node: Node): void => {
    if (node.kind === 'logical' && node.op === '&&') {
      take(text, node.left);
      take(text, node.right);
    } else if (node.kind === 'binary' && node.op === '==') {
      left.push(compiled(text, node.left));
      right.push(compiled(text, node.right));
    } else if (node.kind === 'field') {
      left.push(compiled(text, node));
      right.push(compiled(text, node));
    } else {
      const expected = 'write fields that both streams have, or this == other, joined by &&';
      throw expressionError(text, node.column, 'a match is made of equalities', { expected });
    }
  };
  for (const each of Array.isArray(value) ? value : [value]) {
    const expression = parseExpression(String(each));
    take(expression.text, expression.node);
  }
  const names = left.map((expression, i) => nameOf(expression) ?? `key${i + 1}`);
  return { left: { names, expressions: left }, right: { names, expressions: right } };
}

/** Aggregates of a map of texts. Throws `WEIR_EXPRESSION`. */
export function aggregationOf(value: unknown, modules?: ReadonlyMap<string, UserAggregate>): Aggregation {
  return parseAggregation(value as Record<string, string>, modules ? { modules } : {});
}

function mapped(value: Record<string, unknown>): KeySpec {
  return { names: Object.keys(value), expressions: Object.values(value).map(expressionOf) };
}

function named(values: readonly unknown[]): KeySpec {
  const expressions = values.map(listedOf);
  const names = expressions.map((expression) => nameOf(expression) ?? (values.length === 1 ? 'key' : ''));
  names.forEach((name, i) => {
    const text = expressions[i]?.text;
    if (name === '') throw new WeirError('WEIR_OPTION', `\`${text}\` has no name: write name: ${text} in a map`);
    if (names.indexOf(name) === i) return;
    throw new WeirError('WEIR_OPTION', `two of these are named '${name}': write a map of name: expression`);
  });
  return { names, expressions };
}

/** The name of a field, without the way to it; undefined for another expression. */
function nameOf({ node }: Expression): string | undefined {
  return node?.kind === 'field' ? node.path.at(-1) : undefined;
}
