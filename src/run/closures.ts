import { WeirError } from '../base/errors.ts';
import { findTopology } from '../topology/built-topologies.ts';
import type { Graph, GraphNode } from '../topology/graph.ts';
import { refuseRuns } from '../topology/runner.ts';
import type { ClosureMark } from './protocol.ts';

/** The graph with every function in its options replaced by a mark, so that it can cross to a host. */
export function markClosures(graph: Graph): Graph {
  let marked = false;
  const mark = (value: unknown, node: string, path: (string | number)[]): unknown => {
    if (typeof value === 'function') {
      marked = true;
      return { $closure: { node, path } } satisfies ClosureMark;
    }
    return walk(value, (item, key) => mark(item, node, [...path, key]));
  };
  const nodes = graph.nodes.map((node) => ({
    ...node,
    options: mark(node.options, node.id, ['options']) as Record<string, unknown>,
    ...(node.time ? { time: mark(node.time, node.id, ['time']) as NonNullable<GraphNode['time']> } : {}),
  }));
  if (marked && graph.module === undefined) {
    throw new WeirError(
      'WEIR_CLOSURE',
      `topology ${graph.name} has functions in its options, but no module that a thread could import them from: ` +
        'build it at the top level of a module and pass { module: import.meta.url }',
    );
  }
  return { ...graph, nodes };
}

/** The graph as its module builds it in this thread. */
async function ownGraph({ module, name }: Graph): Promise<Graph | undefined> {
  const url = module as string;
  if (findTopology(url, name) === undefined) {
    refuseRuns();
    try {
      await import(url);
    } catch (error) {
      // A module that runs its topology ends here, after it has built it.
      if ((error as { code?: string }).code !== 'WEIR_IN_HOST') throw error;
    }
  }
  // Values of parameters are in the graph that came from the starter; here only the functions count.
  return await findTopology(url, name)?.graph({ missing: 'leave' });
}

/** Puts the functions back: the module is imported in this thread, and its own build of the graph holds them. */
export async function resolveClosures(graph: Graph): Promise<Graph> {
  if (graph.module === undefined) return graph;
  let own: Graph | undefined;
  const find = async (mark: ClosureMark['$closure']): Promise<unknown> => {
    own ??= await ownGraph(graph);
    let value: unknown = own?.nodes.find(({ id }) => id === mark.node);
    for (const key of mark.path) value = (value as Record<string | number, unknown> | undefined)?.[key];
    if (typeof value === 'function') return value;
    const where = `${mark.node}, ${mark.path.join('.')}`;
    throw new WeirError(
      'WEIR_CLOSURE',
      `importing ${graph.module} in a thread did not build topology ${graph.name} the same way: no function at ${where}`,
    );
  };
  const resolve = async (value: unknown): Promise<unknown> => {
    if (isMark(value)) return await find(value.$closure);
    if (Array.isArray(value)) return await Promise.all(value.map(resolve));
    if (!isPlain(value)) return value;
    const entries = Object.entries(value).map(async ([key, item]) => [key, await resolve(item)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  const nodes = graph.nodes.map(async (node) => ({
    ...node,
    options: (await resolve(node.options)) as Record<string, unknown>,
    ...(node.time ? { time: (await resolve(node.time)) as NonNullable<GraphNode['time']> } : {}),
  }));
  return { ...graph, nodes: await Promise.all(nodes) };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

function isMark(value: unknown): value is ClosureMark {
  return isPlain(value) && '$closure' in value;
}

function walk(value: unknown, change: (item: unknown, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item, key)]));
}
