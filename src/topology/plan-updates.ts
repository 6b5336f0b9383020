import type { OperatorDefinition, SinkDefinition } from '../stage/definition.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Resolved } from './plan.ts';
import { type Reader, readersOf } from './plan-reads.ts';
import { remembered } from './remembered.ts';

/** Where the updates of a graph go. */
export interface Updates {
  /** Nodes whose output is updating, by id. */
  readonly updating: ReadonlySet<string>;
  /** Those of them that must tell which row an update takes the place of. */
  readonly retractions: ReadonlySet<string>;
  /** Nodes whose main input is updating. */
  readonly fed: ReadonlySet<string>;
  /** Nodes another input of which is updating. */
  readonly fedByOthers: ReadonlySet<string>;
  /** Sinks that keep one row per key, where rows of one key may come from several subtasks. */
  readonly scattered: ReadonlySet<string>;
  /** Readings of an updating output by a stage that takes none. */
  readonly refused: readonly Reader[];
}

/**
 * Follows the updating streams of a graph. A sink that keeps one row per key needs only the new rows, where they come in their
 * order; a stage that computes something of the rows, or that can let go of one (a filter, another key), needs the old ones
 * too. Pure.
 */
export function updatesOf(graph: Graph, resolved: ReadonlyMap<string, Resolved>): Updates {
  const readers = readersOf(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const isUpdating = remembered((id) => updates(nodes.get(id) as GraphNode));
  const updates = (node: GraphNode): boolean => {
    const comes = (by: (port: string | undefined) => boolean) =>
      node.inputs.some(({ node: id, side, port }) => side === undefined && by(port) && isUpdating(id));
    const input = () => comes((port) => port === undefined);
    if (node.kind === 'union') return input();
    if (node.kind !== 'operator') return false;
    const { definition, options } = resolved.get(node.id) as Resolved;
    const { updates: own } = definition as OperatorDefinition;
    const others = () => comes((port) => port !== undefined);
    if (own === true || (typeof own === 'function' && own(options, { input: input(), others: others() }))) return true;
    return changesOf(definition as OperatorDefinition, options) === 'passes' && input();
  };
  /** Whether a row may have another key behind this node than where it was made, or share one with others. */
  const isRekeyed = (id: string): boolean => {
    const node = nodes.get(id) as GraphNode;
    if (node.kind === 'union') return node.inputs.some((input) => isUpdating(input.node) && isRekeyed(input.node));
    const { definition, options } = resolved.get(id) as Resolved;
    const operator = definition as OperatorDefinition;
    const [input] = node.inputs;
    if (changesOf(operator, options) !== 'passes' || input === undefined) return operator.manyPerKey === true;
    return operator.relational?.(options).kind === 'key' || (isUpdating(input.node) && isRekeyed(input.node));
  };
  const isScattered = ({ inputs, id }: GraphNode): boolean => {
    const { definition, options } = resolved.get(id) as Resolved;
    const sink = definition as SinkDefinition;
    if (changesOf(sink, options) !== 'upserts') return false;
    const asked = typeof sink.partition === 'function' ? sink.partition(options as never) : sink.partition;
    return typeof asked === 'object' || inputs.some(({ node, side }) => side === undefined && isRekeyed(node));
  };
  const needs = remembered((id) => {
    return (readers.get(id) ?? []).some((reader) => reader.input.side === undefined && asks(reader));
  });
  const asks = ({ node, input }: Reader): boolean => {
    if (node.kind === 'sink') return isScattered(node);
    if (node.kind === 'union') return needs(node.id);
    const { definition, options } = resolved.get(node.id) as Resolved;
    const operator = definition as OperatorDefinition;
    if (input.port !== undefined || changesOf(operator, options) === 'takes') return true;
    const form = operator.relational?.(options).kind;
    return form === 'filter' || form === 'key' || needs(node.id);
  };
  const takes = ({ node, input }: Reader): boolean => {
    if (node.kind === 'union') return true;
    const { definition, options } = resolved.get(node.id) as Resolved;
    if (input.port !== undefined) {
      return (definition as OperatorDefinition).others?.(options)[input.port]?.changes === true;
    }
    return changesOf(definition as OperatorDefinition | SinkDefinition, options) !== undefined;
  };
  const ids = graph.nodes.map(({ id }) => id).filter(isUpdating);
  const read = ids.flatMap((id) => (readers.get(id) ?? []).filter(({ input }) => input.side === undefined));
  return {
    updating: new Set(ids),
    retractions: new Set(ids.filter(needs)),
    fed: new Set(read.filter(({ input }) => input.port === undefined).map(({ node }) => node.id)),
    fedByOthers: new Set(read.filter(({ input }) => input.port !== undefined).map(({ node }) => node.id)),
    scattered: new Set(read.filter(({ node }) => node.kind === 'sink' && isScattered(node)).map(({ node }) => node.id)),
    refused: read.filter((reader) => !takes(reader)),
  };
}

/** What a stage does with an updating stream. */
export function changesOf(definition: OperatorDefinition | SinkDefinition, options: unknown) {
  const { changes } = definition;
  return typeof changes === 'function' ? changes(options as never) : changes;
}
