import type { AnyDefinition, CodecDefinition, SinkDefinition, SourceDefinition } from '../stage/definition.ts';
import type { CodecChoice } from '../stage/field.ts';
import type { Graph, GraphNode } from './graph.ts';
import { materialize } from './options.ts';
import { isStagePath, loadStage } from './registry.ts';

/** A stage of a graph with its definition, its options as it is created with, and its codec. */
export interface LoadedStage {
  node: GraphNode;
  definition?: AnyDefinition;
  options: any;
  codec?: { definition: CodecDefinition; options: any };
  /** The definition or the codec is a module of the user's own, which can give anything out. */
  own?: boolean;
}

/** Loads what every stage of a graph needs to be created: definitions, parsed options, modules of the user's. */
export async function loadStages(graph: Graph): Promise<Map<string, LoadedStage>> {
  const loaded = await Promise.all(graph.nodes.map((node) => loadOne(graph, node)));
  return new Map(loaded.map((stage) => [stage.node.id, stage]));
}

async function loadOne(graph: Graph, node: GraphNode): Promise<LoadedStage> {
  if (node.kind === 'union') return { node, options: {} };
  const definition = await loadStage(node.kind, node.stage, graph.base);
  const options = await materialize(definition.options, node.options, { base: graph.base });
  const choice = codecOf(node, definition as SourceDefinition | SinkDefinition, options);
  const own = isStagePath(node.stage) || (choice !== undefined && isStagePath(choice.name));
  if (choice === undefined) return { node, definition, options, own };
  const codec = await loadStage('codec', choice.name, graph.base);
  const codecOptions = await materialize(codec.options, choice.options, { base: graph.base });
  return { node, definition, options, own, codec: { definition: codec, options: codecOptions } };
}

/** The codec that the options name, else the definition's default. */
function codecOf(node: GraphNode, { codec }: { codec?: string }, options: any): CodecChoice | undefined {
  if (node.codec !== undefined) return node.codec;
  if (options.codec !== undefined && typeof options.codec === 'object') return options.codec as CodecChoice;
  return codec === undefined || codec === 'required' ? undefined : { name: codec, options: {} };
}
