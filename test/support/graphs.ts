import { DEFAULT_SETTINGS, type Graph, type GraphNode } from '../../src/topology/graph.ts';

/** The folder that stages of tests are named from: `./numbers.mjs`. */
export const STAGES = new URL('../run/stages/', import.meta.url).href;

/** A stage of a graph written by hand. */
export function node(
  id: string,
  kind: GraphNode['kind'],
  stage: string,
  options: object,
  from?: string,
  more: Partial<GraphNode> = {},
): GraphNode {
  const inputs = from === undefined ? [] : [{ node: from }];
  return { id, stream: id, kind, stage, options: { ...options }, inputs, onError: 'dead-letter', ...more };
}

export function graphOf(nodes: GraphNode[], settings: Partial<Graph['settings']> = {}): Graph {
  return { name: 'test', base: STAGES, nodes, settings: { ...DEFAULT_SETTINGS, ...settings } };
}
