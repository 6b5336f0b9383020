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

interface Telling {
  /** The stages whose systems are asked. */
  asking(stages: string[]): void;
  /** As soon as it is known. */
  refused(refusal: Refusal): void;
}

/** Asks the system of every stage that has one whether it is there, knows what is named, and lets the topology in. */
export async function refusalsOf(graph: Graph, tell: Telling): Promise<Refusal[]> {
  const mask = masker(secretsOf(graph, ''));
  const stages = [...(await loadStages(graph)).values()];
  const questions = stages.flatMap(({ node, definition, options, codec }) => {
    const stage = definition as SourceDefinition | SinkDefinition | OperatorDefinition | undefined;
    const use = node.kind === 'sink' ? 'write' : 'read';
    const own = stage?.connect && (() => stage.connect?.(options));
    const ofCodec = codec?.definition.connect && (() => codec.definition.connect?.(codec.options, use));
    return [own, ofCodec].filter((ask) => ask !== undefined).map((ask) => ({ node, ask }));
  });
  tell.asking([...new Set(questions.map(({ node }) => node.id))]);
  const answers = questions.map(async ({ node, ask }) => {
    const refusal = await refusalOf(node, mask, ask);
    if (refusal !== undefined) tell.refused(refusal);
    return refusal;
  });
  return (await Promise.all(answers)).filter((refusal) => refusal !== undefined);
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
