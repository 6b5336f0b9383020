import { readAggregate, typeOfAggregate } from '../expr/aggregate/call.ts';
import { aggregates } from '../expr/aggregate/functions.ts';
import { userAggregates } from '../expr/aggregate/user.ts';
import { parseNode } from '../expr/expression.ts';
import { type CallNode, childrenOf, type Node, type Type } from '../expr/node.ts';
import { parseTemplate } from '../expr/template.ts';
import { type Schema, typeOf } from '../expr/types.ts';
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

function aggregateNode(text: string, schema?: Schema): Node {
  const { find } = userAggregates();
  return parseNode(text, {
    names: aggregates.keys(),
    typeOf(name, args, column) {
      const call = readAggregate(text, { name, args, column } as CallNode, find);
      if (call === undefined) return undefined;
      const { fn, value } = call;
      // Of the values, where the result is one of them.
      return fn.result === 'value' && value !== undefined ? typeOf(value, schema) : typeOfAggregate(call);
    },
  });
}

/** The type of an aggregate's result, given those of the records' fields. */
export function aggregateType(text: string, schema: Schema): Type {
  return typeOf(aggregateNode(text, schema));
}
