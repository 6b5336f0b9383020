import type { Draft, StageDraft } from './draft.ts';
import type { Graph } from './graph.ts';
import { materializeSync } from './options.ts';
import type { Resolved } from './plan.ts';
import type { Prepared } from './prepare.ts';
import { stageIds } from './stage-ids.ts';

/** The nodes of a graph with their definitions and options, for checks that follow the graph. */
export function resolveDraft(graph: Graph, draft: Draft, prepared: Prepared): Map<string, Resolved> {
  const stages = new Map<string, StageDraft>([...stageIds(draft)].map(([stage, id]) => [id, stage]));
  const resolved = new Map<string, Resolved>();
  for (const node of graph.nodes) {
    const stage = stages.get(node.id);
    const made = stage && prepared.get(stage);
    const options = made && materializeSync(made.definition.options, made.options.values);
    resolved.set(node.id, { node, ...(made ? { definition: made.definition } : {}), options });
  }
  return resolved;
}
