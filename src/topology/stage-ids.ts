import type { Draft, StageDraft } from './draft.ts';

/**
 * The id of every stage: its own `name`, else made of its stream and its stage. A second stage of the same name in a
 * stream is numbered; positions do not count, so that a step put in between takes no other one's state.
 */
export function stageIds(draft: Draft): Map<StageDraft, string> {
  const ids = new Map<StageDraft, string>();
  for (const stream of draft.streams) {
    const counts = new Map<string, number>();
    for (const stage of [stream.source, ...stream.steps, ...stream.sinks]) {
      if (!stage) continue;
      const { name } = stage.beside.values;
      if (typeof name === 'string') {
        ids.set(stage, name);
        continue;
      }
      const base = `${stream.name}.${stage.kind === 'sink' ? 'to.' : ''}${stem(stage.stage)}`;
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      ids.set(stage, count === 1 ? base : `${base}-${count}`);
    }
  }
  return ids;
}

/** The name of a stage without the way to its module: `./stages/dedupe.js` is `dedupe`. */
export function stem(stage: string): string {
  return (stage.split('/').at(-1) as string).replace(/\.\w+$/, '');
}
