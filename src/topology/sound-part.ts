import type { Draft, StageDraft, StreamDraft, StreamReference } from './draft.ts';
import { TIME_FIELDS } from './form.ts';
import { optionFields } from './option-values.ts';
import { materializeSync } from './options.ts';
import { isMap, valueAt } from './places.ts';
import type { Prepared, PreparedStage } from './prepare.ts';
import type { Reading } from './read-draft.ts';
import { stageIds } from './stage-ids.ts';
import { otherStreams } from './stream-options.ts';
import { streamWithSide } from './stream-sides.ts';

interface Part {
  stream: StreamDraft;
  /** With all its steps. */
  whole: boolean;
}

/**
 * What of a draft with faults a graph can be made of, so that types can be checked there: each stream up to its first faulty
 * step, and the streams that read no more than that. What is known behind a faulty step would be a guess.
 */
export function soundPart(draft: Draft, prepared: Prepared, faulty: ReadonlySet<StageDraft>, reading: Reading): Draft {
  const streams = new Map(draft.streams.map((stream) => [stream.name, stream]));
  const isSound = soundStages(draft, prepared, faulty);
  const made = new Map<string, Part | undefined>();

  const partOf = (name: string): Part | undefined => {
    if (made.has(name)) return made.get(name);
    // A stream that reads itself, however far around, has no sound part.
    made.set(name, undefined);
    const stream = streams.get(name);
    const part = stream && cut(stream);
    made.set(name, part);
    return part;
  };
  const gives = ({ stream, side }: Pick<StreamReference, 'stream' | 'side'>): boolean => {
    const part = partOf(stream);
    if (part === undefined) return false;
    return side === undefined ? part.whole : streamWithSide(part.stream, side, prepared) !== undefined;
  };
  const cut = (stream: StreamDraft): Part | undefined => {
    if (!beginsSoundly(stream, reading)) return undefined;
    if (stream.source ? !isSound(stream.source) : !stream.from.every(gives)) return undefined;
    const end = stream.steps.findIndex((step, i) => {
      // A step that could not be read at all is left out of the draft.
      const isNext = step.path[stream.path.length + 1] === i;
      return !isNext || !isSound(step) || !otherStreams(prepared.get(step), reading).every(gives);
    });
    const written = valueAt(reading.document.value, [...stream.path, 'do']);
    const count = Array.isArray(written) ? written.length : 0;
    const whole = end < 0 && (Array.isArray(written) || (written ?? null) === null) && count === stream.steps.length;
    const steps = end < 0 ? stream.steps : stream.steps.slice(0, end);
    const sinks = whole ? stream.sinks.filter(isSound) : [];
    const time =
      stream.time && isReadable(() => materializeSync(TIME_FIELDS, stream.time?.values ?? {}))
        ? stream.time
        : undefined;
    return { whole, stream: { ...stream, steps, sinks, time } };
  };

  const parts = draft.streams.flatMap(({ name }) => partOf(name)?.stream ?? []);
  return { ...draft, settings: { values: {}, path: [] }, streams: parts };
}

/** Whether a stream has its source, or all that it reads. */
function beginsSoundly(stream: StreamDraft, { document }: Reading): boolean {
  const written = valueAt(document.value, stream.path);
  if (!isMap(written)) return false;
  if (written.source !== undefined) return stream.source !== undefined && written.from === undefined;
  const { from } = written;
  return stream.from.length > 0 && stream.from.length === (Array.isArray(from) ? from.length : 1);
}

/** Tells the stages whose options can be used, and whose names are no other one's. */
function soundStages(draft: Draft, prepared: Prepared, faulty: ReadonlySet<StageDraft>) {
  const taken = new Set<string>();
  const sound = new Set<StageDraft>();
  for (const [stage, id] of stageIds(draft)) {
    const made = prepared.get(stage);
    const isTaken = taken.has(id);
    taken.add(id);
    if (made === undefined || isTaken || faulty.has(stage)) continue;
    if (isUsable(made)) sound.add(stage);
  }
  return (stage: StageDraft) => sound.has(stage);
}

/** Whether its options, and those of the codecs that they name, make what a stage is created with. */
function isUsable({ definition, options, codecs }: PreparedStage): boolean {
  const named = Object.entries(optionFields(definition)).filter(
    ([name, { kind }]) => kind === 'codec' && (options.values[name] ?? null) !== null,
  );
  if (!named.every(([name]) => codecs.has(name)) || ![...codecs.values()].every(isUsable)) return false;
  return isReadable(() => materializeSync(definition.options, options.values));
}

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    // Its fault has been told.
    return false;
  }
}
