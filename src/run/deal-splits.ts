import type { SourceDefinition } from '../stage/definition.ts';
import type { Manifest } from '../state/store.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { Plan } from '../topology/plan.ts';
import { splittable } from './build-source.ts';
import { opened } from './created.ts';

/** The splits of every source, at a first start. */
export async function dealSplits(plan: Plan, stages: ReadonlyMap<string, LoadedStage>): Promise<Manifest['splits']> {
  const splits: Manifest['splits'] = {};
  for (const planned of plan.nodes) {
    if (planned.kind !== 'source') continue;
    const { definition, options, codec } = stages.get(planned.id) as LoadedStage;
    const source = definition as SourceDefinition;
    const parallelism = plan.chains[planned.chain]?.parallelism ?? 1;
    splits[planned.id] = source.splits
      ? await opened(planned.id, () => source.splits!(options, { parallelism, splittable: splittable(codec) }))
      : [{ id: '0' }];
  }
  return splits;
}
