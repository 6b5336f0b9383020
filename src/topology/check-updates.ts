import type { Graph } from './graph.ts';
import type { Resolved } from './plan.ts';
import { updatesOf } from './plan-updates.ts';
import type { Reading } from './read-draft.ts';

/** Refuses stages that are given an updating stream and can do nothing right with it. */
export function checkUpdates(
  graph: Graph,
  resolved: ReadonlyMap<string, Resolved>,
  { issues, document }: Reading,
): void {
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
