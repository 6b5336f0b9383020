import type { Draft, StageDraft } from './draft.ts';
import type { Graph } from './graph.ts';
import { materializeSync } from './options.ts';
import type { Resolved } from './plan.ts';
import { updatesOf } from './plan-updates.ts';
import type { Prepared } from './prepare.ts';
import type { Reading } from './read-draft.ts';
import { stageIds } from './stage-ids.ts';

/** Refuses stages that are given an updating stream and can do nothing right with it. */
export function checkUpdates(graph: Graph, draft: Draft, prepared: Prepared, { issues, document }: Reading): void {
  const stages = new Map<string, StageDraft>([...stageIds(draft)].map(([stage, id]) => [id, stage]));
  const resolved = new Map<string, Resolved>();
  for (const node of graph.nodes) {
    const stage = stages.get(node.id);
    const made = stage && prepared.get(stage);
    const options = made && materializeSync(made.definition.options, made.options.values);
    resolved.set(node.id, { node, ...(made ? { definition: made.definition } : {}), options });
  }
  const { refused } = updatesOf(graph, resolved);
  for (const { node, input } of refused) {
    const place = node.place ?? document.places.key([]);
    const what = `${node.stage} takes no updates, and ${input.node} gives them: later rows take the place of earlier ones`;
    issues.error('WEIR_UPDATES', place, what, { expected: adviceFor(node.kind) });
  }
}

function adviceFor(kind: string): string {
  return kind === 'sink'
    ? 'a sink that keeps one row per key, such as file with mode: upsert, or lake with a key'
    : 'windows, which give each row once, or a stage that takes updates (weir list says which)';
}
