import type { NoChanges, OperatorDefinition } from '../stage/definition.ts';
import type { Graph, GraphNode } from './graph.ts';
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
    const { why, instead } =
      reasonOf(node, input.port, resolved) ?? REASONS[node.kind === 'sink' ? 'sink' : 'operator'];
    const what = `${node.stage} takes no updates, and ${input.node} gives them: ${why}`;
    issues.error('WEIR_UPDATES', place, what, { expected: instead });
  }
}

const why = 'later rows take the place of earlier ones';
const REASONS = {
  sink: { why, instead: 'a sink that keeps one row per key, such as file with mode: upsert' },
  operator: {
    why,
    instead: 'windows, which give each row once, or a stage that takes updates (weir list STAGE says whether it does)',
  },
};

/** What the stage itself says. */
function reasonOf(
  node: GraphNode,
  port: string | undefined,
  resolved: ReadonlyMap<string, Resolved>,
): NoChanges | undefined {
  if (node.kind !== 'operator') return undefined;
  const { definition, options } = resolved.get(node.id) as Resolved;
  const operator = definition as OperatorDefinition;
  return port === undefined ? operator.noChanges?.(options) : operator.others?.(options)[port]?.noChanges;
}
