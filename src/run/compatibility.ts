import { WeirError } from '../base/errors.ts';
import { hashText } from '../base/hash.ts';
import type { OperatorDefinition, SinkDefinition, SourceDefinition } from '../stage/definition.ts';
import type { Manifest } from '../state/store.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { Plan } from '../topology/plan.ts';
import { DEAD_LETTERS, type Head, LATE_JOURNAL } from './checkpointer.ts';

/** What is committed beside the sinks of the topology. */
const INTERNAL: readonly string[] = [DEAD_LETTERS, LATE_JOURNAL];

/** What this topology's checkpoints will say of its stages. */
export function stagesOf(plan: Plan, stages: ReadonlyMap<string, LoadedStage>): Manifest['stages'] {
  const entries = plan.nodes
    .filter(({ half }) => half !== 'partial')
    .map(({ id, stage, chain }) => {
      const loaded = stages.get(id) as LoadedStage;
      const stateVersion = (loaded.definition as OperatorDefinition | undefined)?.stateVersion ?? 0;
      const parallelism = plan.chains[chain]?.parallelism ?? 1;
      if (!keepsState(loaded)) return [id, { stage, stateVersion, parallelism, options: '' }] as const;
      const key = isDealt(loaded) ? { key: hashOf(keysAbove(stages, id)) } : {};
      return [id, { stage, stateVersion, parallelism, options: print(loaded), ...key }] as const;
    });
  return Object.fromEntries(entries);
}

/** Whether what is kept of a stage means something only under the options that it was kept under. */
function keepsState({ definition, options }: LoadedStage): boolean {
  if (definition?.kind === 'operator')
    return definition.partition !== 'any' && definition.relational?.(options) === undefined;
  return definition?.kind === 'sink' && (definition as SinkDefinition).committer !== undefined;
}

/** Whether it keeps what it keeps by a key of its stream. */
function isDealt({ definition, options }: LoadedStage): boolean {
  const { partition } = definition as OperatorDefinition | SinkDefinition;
  const dealt = typeof partition === 'function' ? partition(options) : partition;
  return dealt !== undefined && dealt !== 'any';
}

/** The nearest `key` steps above a stage, on every way to it. */
function keysAbove(stages: ReadonlyMap<string, LoadedStage>, id: string): string[] {
  const keys = new Set<string>();
  const seen = new Set<string>();
  const look = (below: string) => {
    for (const { node } of stages.get(below)?.node.inputs ?? []) {
      if (seen.has(node)) continue;
      seen.add(node);
      const { definition, options, node: above } = stages.get(node) as LoadedStage;
      const isKey = (definition as OperatorDefinition | undefined)?.relational?.(options)?.kind === 'key';
      if (isKey) keys.add(JSON.stringify(above.options));
      else look(node);
    }
  };
  look(id);
  return [...keys].sort();
}

/** A short text that differs when a stage's options do. Options may hold secrets, so only their hash is kept. */
function print({ node }: LoadedStage): string {
  return hashOf([node.stage, node.options, node.codec ?? null]);
}

function hashOf(what: unknown): string {
  const text = JSON.stringify(what);
  return `${hashText(text).toString(16)}${hashText(`${text}.`).toString(16)}`;
}

/** The options of the sources whose positions are kept. */
export function sourcesOf(stages: ReadonlyMap<string, LoadedStage>): Record<string, string> {
  const sources = [...stages.values()].filter(({ node }) => node.kind === 'source');
  // What cannot be read again has no position that other options could make wrong.
  const replayable = ({ definition }: LoadedStage) => (definition as SourceDefinition).replayable;
  return Object.fromEntries(sources.map((source) => [source.node.id, replayable(source) ? print(source) : '']));
}

/** The sources that cannot be read again. */
export function unreplayable(stages: ReadonlyMap<string, LoadedStage>): string[] {
  const sources = [...stages.values()].filter(({ node }) => node.kind === 'source');
  return sources.filter(({ definition }) => !(definition as SourceDefinition).replayable).map(({ node }) => node.id);
}

/** Where event time comes from in each source. */
export function timesOf(stages: ReadonlyMap<string, LoadedStage>): Record<string, string> {
  const sources = [...stages.values()].filter(({ node }) => node.kind === 'source');
  return Object.fromEntries(sources.map(({ node }) => [node.id, hashOf(node.time?.at ?? null)]));
}

/** What of the kept state belongs to no stage any more, in words; it goes with the next checkpoint. */
export function leftBehind(manifest: Manifest, { stages }: Pick<Head, 'stages'>): string | undefined {
  const gone = Object.entries(manifest.stages).filter(
    ([id, { options }]) => options !== '' && stages[id] === undefined,
  );
  if (gone.length === 0) return undefined;
  const what = gone.map(([id]) => id).join(', ');
  return `the kept state of ${what} is dropped: there is no such stage any more, and one of another kind or name begins anew`;
}

/** Refuses state that does not fit, before anything is touched. Throws `WEIR_STATE_MISMATCH`. */
export function checkFits(manifest: Manifest, { stages, sources, times = {} }: Head): void {
  const faults: string[] = [];
  for (const [id, print] of Object.entries(sources)) {
    if (manifest.sources[id] === undefined) faults.push(`source ${id} is new`);
    else if (manifest.sources[id] !== print)
      faults.push(`source ${id} has other options than when its positions were kept`);
  }
  for (const id of Object.keys(manifest.sources)) if (sources[id] === undefined) faults.push(`source ${id} is gone`);
  for (const [id, time] of Object.entries(times)) {
    const then = manifest.times?.[id];
    if (then !== undefined && then !== time) faults.push(`source ${id} takes event time from elsewhere than before`);
  }
  for (const id of Object.keys(manifest.commits)) {
    // What it prepared last may not be visible yet, and under another id its output would begin anew.
    if (!INTERNAL.includes(id) && stages[id] === undefined) faults.push(`sink ${id} is gone, or has another name`);
  }
  for (const [id, now] of Object.entries(stages)) {
    const then = manifest.stages[id];
    if (then === undefined) continue;
    if (then.stage !== now.stage) {
      if (then.options !== '') faults.push(`${id} was a stage ${then.stage}, not ${now.stage}`);
      continue;
    }
    if (then.key !== undefined && now.key !== undefined && then.key !== now.key)
      faults.push(`${id} has another key than when its state was kept`);
    if (then.options !== now.options) faults.push(`${id} has other options than when its state was kept`);
    if (then.stateVersion > now.stateVersion)
      faults.push(`${id}: its state was written by a newer version of ${now.stage}`);
  }
  if (faults.length === 0) return;
  throw new WeirError(
    'WEIR_STATE_MISMATCH',
    `the kept state is that of another topology: ${faults.join('; ')}. Use --fresh to begin anew, or --state DIR for a state of its own`,
    { data: { faults } },
  );
}

/** Whether some stage comes back with other parallelism, so that its state is dealt out anew. */
export function isRescaled(manifest: Manifest | undefined, stages: Manifest['stages']): boolean {
  if (manifest === undefined) return false;
  return Object.entries(stages).some(([id, { parallelism }]) => {
    const then = manifest.stages[id];
    return then !== undefined && then.parallelism !== parallelism;
  });
}
