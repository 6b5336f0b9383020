import type { StreamDraft, StreamReference } from './draft.ts';
import { optionPath } from './option-values.ts';
import type { Prepared, PreparedStage } from './prepare.ts';
import type { Reading } from './read-draft.ts';

/** Another stream that a step reads, with the option that names it. */
export interface OtherReference extends StreamReference {
  port: string;
}

/** The stream and side output that a reference's text names; undefined when it names none. */
export function splitReference(text: unknown): Pick<StreamReference, 'stream' | 'side'> | undefined {
  const match = typeof text === 'string' ? /^([^.]+)(?:\.(.+))?$/.exec(text) : null;
  return match ? { stream: match[1] as string, side: match[2] } : undefined;
}

/** The other streams that a step reads. */
export function otherStreams(
  stage: PreparedStage | undefined,
  { document }: Pick<Reading, 'document'>,
): OtherReference[] {
  if (stage === undefined) return [];
  return Object.entries(stage.definition.options).flatMap(([port, field]) => {
    if ((field as { kind: string }).kind !== 'stream') return [];
    const named = splitReference(stage.options.values[port]);
    return named ? [{ ...named, port, place: document.places.value(optionPath(stage.options, [port])) }] : [];
  });
}

/** All streams that a stream reads: behind its `from`, and in its steps. */
export function referencesOf(
  stream: StreamDraft,
  prepared: Prepared,
  reading: Pick<Reading, 'document'>,
): StreamReference[] {
  return [...stream.from, ...stream.steps.flatMap((step) => otherStreams(prepared.get(step), reading))];
}
