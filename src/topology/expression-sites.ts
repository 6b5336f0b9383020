import { WeirError } from '../base/errors.ts';
import { readAggregate, typeOfAggregate } from '../expr/aggregate/call.ts';
import { aggregates } from '../expr/aggregate/functions.ts';
import { userAggregates } from '../expr/aggregate/user.ts';
import { parseNode } from '../expr/expression.ts';
import { type CallNode, childrenOf, type Node, type Type } from '../expr/node.ts';
import { parseTemplate } from '../expr/template.ts';
import { checkTypes, type Schema, typeOf } from '../expr/types.ts';
import type { Field, Fields } from '../stage/field.ts';
import { isMap, type Path } from './places.ts';

/** An expression over a stage's records, where it stands in the stage's options. */
export interface ExpressionSite {
  text: string;
  node: Node;
  /** Begins with the option's name. */
  path: Path;
}

/**
 * The expressions in options that are written as text, in the order of the options. Of aggregates those inside: what stands
 * around them does not see the records.
 */
export function expressionSites(fields: Fields, values: Readonly<Record<string, unknown>>): ExpressionSite[] {
  return Object.entries(values).flatMap(([name, value]) => sitesOf(fields[name], value, [name]));
}

function sitesOf(field: Field | undefined, value: unknown, path: Path): ExpressionSite[] {
  if (field === undefined || value === undefined || value === null || typeof value === 'function') return [];
  const each = (of: Field | undefined) => {
    if (Array.isArray(value)) return value.flatMap((item, i) => sitesOf(of, item, [...path, i]));
    if (!isMap(value)) return sitesOf(of, value, path);
    return Object.entries(value).flatMap(([key, item]) => sitesOf(of, item, [...path, key]));
  };
  switch (field.kind) {
    case 'expression':
      return [{ text: String(value), node: parseNode(String(value)), path }];
    case 'template':
      return [{ text: String(value), node: parseTemplate(String(value)).node, path }];
    case 'projection':
    case 'key':
      return each({ ...field, kind: 'expression' });
    case 'aggregates':
      return isMap(value) ? Object.entries(value).flatMap(([key, text]) => insides(String(text), [...path, key])) : [];
    case 'list':
    case 'map':
      return each(field.of);
    case 'group':
      return Object.entries(isMap(value) ? value : {}).flatMap(([key, item]) =>
        sitesOf(field.fields?.[key], item, [...path, key]),
      );
    default:
      return [];
  }
}

function insides(text: string, path: Path): ExpressionSite[] {
  const found: ExpressionSite[] = [];
  const visit = (node: Node): void => {
    if (node.kind === 'call' && node.extra) for (const arg of node.args) found.push({ text, node: arg, path });
    else childrenOf(node).forEach(visit);
  };
  visit(aggregateNode(text));
  return found;
}

/** The texts of aggregates, each as a whole. */
export function aggregateSites(
  fields: Fields,
  values: Readonly<Record<string, unknown>>,
): Omit<ExpressionSite, 'node'>[] {
  return Object.entries(values).flatMap(([option, value]) => {
    if (fields[option]?.kind !== 'aggregates' || !isMap(value)) return [];
    return Object.entries(value).map(([name, text]) => ({ text: String(text), path: [option, name] }));
  });
}

/** The types of fields: of the records inside of aggregates, and of what stands outside of them. */
export interface AggregateTypes {
  inside: Schema;
  outside: Schema;
}

function aggregateNode(text: string, inside?: Schema): Node {
  const { find } = userAggregates();
  return parseNode(text, {
    names: aggregates.keys(),
    typeOf(name, args, column) {
      const call = readAggregate(text, { name, args, column } as CallNode, find);
      return call && typeOfAggregate(call, inside);
    },
  });
}

/** The type of an expression over aggregates; `unknown` too where the types cannot be right. */
export function aggregateType(text: string, { inside, outside }: AggregateTypes): Type {
  try {
    return typeOf(aggregateNode(text, inside), outside);
  } catch (error) {
    // It has been told.
    if (error instanceof WeirError) return 'unknown';
    throw error;
  }
}

/** Finds aggregates of what they do not take, and types outside of them that can never be right. Throws `WEIR_EXPRESSION`. */
export function checkAggregateTypes(text: string, { inside, outside }: AggregateTypes): void {
  checkTypes(text, aggregateNode(text, inside), outside, true);
}
