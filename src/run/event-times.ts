import { eventTimeOf } from '../topology/clocked.ts';
import type { LoadedStage } from '../topology/load-stages.ts';

/**
 * Whether the times of the records that reach a sink come of the records, not of the clock, and so are the same in every run:
 * all sources above it name an event time. Also where a stage above works on event time, which tells its results apart by it.
 */
export function hasEventTimes(sink: string, stages: ReadonlyMap<string, LoadedStage>): boolean {
  const seen = new Set<string>();
  let named = true;
  let works = false;
  const visit = (id: string) => {
    if (seen.has(id)) return;
    seen.add(id);
    const stage = stages.get(id) as LoadedStage;
    const { node } = stage;
    if (node.kind === 'source') named &&= node.time?.at !== undefined;
    works ||= eventTimeOf(stage) === true;
    for (const input of node.inputs) visit(input.node);
  };
  visit(sink);
  return named || works;
}
