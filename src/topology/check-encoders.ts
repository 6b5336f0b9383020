import { WeirError } from '../base/errors.ts';
import { Bytes } from '../stage/bytes.ts';
import type { CodecDefinition } from '../stage/definition.ts';
import type { Draft } from './draft.ts';
import type { Graph } from './graph.ts';
import { materializeSync } from './options.ts';
import type { Resolved } from './plan.ts';
import { makePlan } from './planner.ts';
import type { Prepared } from './prepare.ts';
import type { Reading } from './read-draft.ts';
import { stageIds } from './stage-ids.ts';

/** Has the codec of each sink begin a file with the fields that the plan knows: one that cannot says why, by a coded error. */
export function checkEncoders(
  graph: Graph,
  resolved: ReadonlyMap<string, Resolved>,
  draft: Draft,
  prepared: Prepared,
  { issues }: Reading,
): void {
  const sinks = [...stageIds(draft)].flatMap(([stage, id]) => {
    const codec = prepared.get(stage)?.codecs.get('codec');
    return codec !== undefined && resolved.get(id)?.node.kind === 'sink' ? [{ stage, id, codec }] : [];
  });
  // A plan is made at each start anyway: not twice where there is nothing to ask it.
  if (sinks.length === 0) return;
  const nodes = new Map(makePlan(graph, resolved, 1).nodes.map((node) => [node.id, node]));
  for (const { stage, id, codec } of sinks) {
    const node = nodes.get(id);
    try {
      const definition = codec.definition as CodecDefinition;
      const options = materializeSync(definition.options, codec.options.values) as never;
      definition.encoder?.(options, node?.fields ? { fields: node.fields } : {}).header?.(new Bytes(1 << 10));
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      issues.error(error.code, codec.draft.place, `${stage.stage}: ${error.message}`);
    }
  }
}
