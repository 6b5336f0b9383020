import type { OperatorDefinition, SourceDefinition } from '../stage/definition.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Resolved } from './plan.ts';
import { remembered } from './remembered.ts';

/**
 * Ids of the operators that go by event time if there is any, and have none: all that comes to them was stamped by the clock
 * when it was read. Behind a stage that works on event time, such as a window, records have one. Pure.
 */
export function clockedNodes(graph: Graph, resolved: ReadonlyMap<string, Resolved>): ReadonlySet<string> {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const gives = remembered((id) => {
    const node = nodes.get(id) as GraphNode;
    return node.kind === 'source' ? stamps(node, resolved) : eventTimeOf(resolved.get(id)) !== true && gets(node);
  });
  const gets = ({ inputs }: GraphNode): boolean => {
    const main = inputs.filter(({ port }) => port === undefined);
    return main.length > 0 && main.every(({ node }) => gives(node));
  };
  const found = graph.nodes.filter((node) => eventTimeOf(resolved.get(node.id)) === 'if-any' && gets(node));
  return new Set(found.map(({ id }) => id));
}

/** Whether a source stamps its records by the clock. */
function stamps(node: GraphNode, resolved: ReadonlyMap<string, Resolved>): boolean {
  const { codec, clockTime } = (resolved.get(node.id) as Resolved).definition as SourceDefinition;
  return node.time?.at === undefined && (codec !== undefined || clockTime === true);
}

/** Whether a stage works on event time. Only operators do. */
export function eventTimeOf(stage: Resolved | undefined): boolean | 'if-any' {
  if (stage?.node.kind !== 'operator') return false;
  const { eventTime = false } = stage.definition as OperatorDefinition;
  return typeof eventTime === 'function' ? eventTime(stage.options) : eventTime;
}
