import { messageOf, toErrorData } from '../base/errors.ts';
import type { OperatorDefinition, SinkDefinition, SourceDefinition } from '../stage/definition.ts';
import type { Graph, GraphNode } from '../topology/graph.ts';
import { loadStages } from '../topology/load-stages.ts';
import { masker, secretsOf } from './secrets.ts';

/** Why a stage cannot work with its system as it is now. */
export interface Refusal {
  stage: string;
  code: string;
  message: string;
}

/** Asks the system of every stage that has one whether it is there, knows what is named, and lets the topology in. */
export async function refusalsOf(graph: Graph): Promise<Refusal[]> {
  const mask = masker(secretsOf(graph, ''));
  const stages = [...(await loadStages(graph)).values()];
  const asked = stages.flatMap(({ node, definition, options, codec }) => {
    const stage = definition as SourceDefinition | SinkDefinition | OperatorDefinition | undefined;
    const use = node.kind === 'sink' ? 'write' : 'read';
    return [
      refusalOf(node, mask, () => stage?.connect?.(options)),
      refusalOf(node, mask, () => codec?.definition.connect?.(codec.options, use)),
    ];
  });
  return (await Promise.all(asked)).filter((refusal) => refusal !== undefined);
}

async function refusalOf(
  { id }: GraphNode,
  mask: (text: string) => string,
  ask: () => Promise<void> | undefined,
): Promise<Refusal | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    const { code = 'WEIR_UNKNOWN' } = toErrorData(error);
    return { stage: id, code, message: mask(messageOf(error)) };
  }
}
