import { messageOf, toErrorData } from '../base/errors.ts';
import type { OperatorDefinition, SinkDefinition, SourceDefinition } from '../stage/definition.ts';
import type { Graph } from '../topology/graph.ts';
import { type LoadedStage, loadStages } from '../topology/load-stages.ts';
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
  const asked = [...(await loadStages(graph)).values()].map((stage) => refusalOf(stage, mask));
  return (await Promise.all(asked)).filter((refusal) => refusal !== undefined);
}

async function refusalOf(
  { node, definition, options }: LoadedStage,
  mask: (text: string) => string,
): Promise<Refusal | undefined> {
  try {
    await (definition as SourceDefinition | SinkDefinition | OperatorDefinition | undefined)?.connect?.(options);
    return undefined;
  } catch (error) {
    const { code = 'WEIR_UNKNOWN' } = toErrorData(error);
    return { stage: node.id, code, message: mask(messageOf(error)) };
  }
}
