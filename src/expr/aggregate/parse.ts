import { parseNode } from '../expression.ts';
import { functions } from '../functions/table.ts';
import { nearest } from '../nearest.ts';
import { childrenOf, fieldsOf, type Node } from '../node.ts';
import { expressionError } from '../problem.ts';
import { hasAggregate, readAggregate, typeOfAggregate } from './call.ts';
import type { FindAggregate } from './function.ts';
import { aggregates } from './functions.ts';

/** The checked node of an expression over aggregates, outside of which only the `known` names can be read. */
export function parseAggregate(text: string, known: readonly string[], find: FindAggregate): Node {
  const node = parseNode(text, {
    names: aggregates.keys(),
    typeOf: (name, args, column) => {
      const call = readAggregate(text, { name, args, column }, find);
      return call && typeOfAggregate(call);
    },
  });
  refuseOutside(node, text, known);
  if (!hasAggregate(node) && fieldsOf(node).length === 0) {
    throw expressionError(text, 1, 'nothing is aggregated here', { expected: 'write count(), sum(x), …' });
  }
  return node;
}

/** Outside of the aggregates there is no record: neither its fields nor its time. */
function refuseOutside(node: Node, text: string, known: readonly string[]): void {
  if (node.kind === 'call' && node.extra) return;
  const reads = node.kind === 'call' && functions.get(node.name)!.reads !== undefined && `${node.name}()`;
  const field =
    node.kind === 'field' && !prefixesOf(node.path).some((path) => known.includes(path)) && node.path.join('.');
  if (reads || field) {
    const what = `${reads || field} stands outside of an aggregate, where there are many records`;
    const expected = `write last(${reads || field}), max(${reads || field}) or another aggregate`;
    const didYouMean = field ? nearest(field, known) : undefined;
    throw expressionError(text, node.column, what, { expected, didYouMean });
  }
  for (const child of childrenOf(node)) refuseOutside(child, text, known);
}

function prefixesOf(path: readonly string[]): string[] {
  return path.map((_, i) => path.slice(0, i + 1).join('.'));
}
