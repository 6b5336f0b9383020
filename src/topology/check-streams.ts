import { nearest } from '../expr/nearest.ts';
import type { OperatorDefinition, SourceDefinition } from '../stage/definition.ts';
import type { Fields } from '../stage/field.ts';
import { checkSinkPaths } from './check-paths.ts';
import type { Draft, StreamDraft, StreamReference } from './draft.ts';
import type { Place } from './graph.ts';
import { takesCodec } from './option-values.ts';
import { materializeSync } from './options.ts';
import { isMap, valueAt } from './places.ts';
import type { Prepared, PreparedStage } from './prepare.ts';
import type { Reading } from './read-draft.ts';
import { stageIds } from './stage-ids.ts';
import { referencesOf } from './stream-options.ts';
import { sidesOf, streamWithSide } from './stream-sides.ts';

/** Checks how the streams of a draft hang together: names, circles, side outputs, event time, ends. */
export function checkStreams(draft: Draft, prepared: Prepared, reading: Reading): void {
  const streams = new Map(draft.streams.map((stream) => [stream.name, stream]));
  for (const stream of draft.streams) {
    for (const reference of referencesOf(stream, prepared, reading))
      checkReference(reference, streams, prepared, reading);
  }
  checkCircles(draft, streams, prepared, reading);
  checkEnds(draft, prepared, reading);
  checkEventTime(draft, streams, prepared, reading);
  checkSinkPaths(draft, prepared, reading);
  checkIds(draft, reading);
}

type Streams = ReadonlyMap<string, StreamDraft>;

function checkReference(
  { stream, side, place }: StreamReference,
  streams: Streams,
  prepared: Prepared,
  { issues }: Reading,
): void {
  const from = streams.get(stream);
  if (!from) {
    const near = nearest(stream, streams.keys());
    const hints = near ? { didYouMean: near } : { expected: [...streams.keys()].join(', ') };
    issues.error('WEIR_STREAM', place, `there is no stream '${stream}'`, hints);
    return;
  }
  if (side === undefined || streamWithSide(from, side, prepared)) return;
  const known = from.steps.map((step) => sidesOf(prepared.get(step)));
  // A step whose own faults have been told may be the one that has this side.
  if (known.includes(undefined)) return;
  const sides = [...new Set(known.flatMap((each) => each ?? []))];
  const near = nearest(side, sides);
  const expected = near ? undefined : sides.map((name) => `${stream}.${name}`).join(', ');
  const didYouMean = near && `${stream}.${near}`;
  issues.error('WEIR_STREAM', place, `no step of stream ${stream} has a side output '${side}'`, {
    didYouMean,
    expected,
  });
}

function checkCircles(draft: Draft, streams: Streams, prepared: Prepared, reading: Reading): void {
  const { issues } = reading;
  const done = new Set<string>();
  const visit = (stream: StreamDraft, way: readonly string[]): void => {
    if (done.has(stream.name)) return;
    for (const { stream: name, place } of referencesOf(stream, prepared, reading)) {
      const next = streams.get(name);
      if (!next) continue;
      const start = [...way, stream.name].indexOf(name);
      if (start < 0) visit(next, [...way, stream.name]);
      else {
        const circle = [...[...way, stream.name].slice(start), name].reverse().join(' → ');
        issues.error('WEIR_STREAM', place, `streams feed each other in a circle: ${circle}`);
      }
    }
    done.add(stream.name);
  };
  for (const stream of draft.streams) visit(stream, []);
}

function checkEnds(draft: Draft, prepared: Prepared, reading: Reading): void {
  const { issues, document } = reading;
  const references = draft.streams.flatMap((stream) => referencesOf(stream, prepared, reading));
  const read = new Set(references.map((reference) => reference.stream));
  for (const { name, sinks, path } of draft.streams) {
    // A `to` without sinks is a fault that has been told.
    const written = valueAt(document.value, path);
    if (sinks.length > 0 || read.has(name) || !isMap(written) || written.to !== undefined) continue;
    const place = document.places.key(path);
    issues.warn('WEIR_UNUSED', place, `stream ${name} goes nowhere: it has no sink, and no stream reads it`);
  }
}

/** Every source has a time of its own, but that of bytes is only when they were read: a window over it is a mistake. */
function checkEventTime(draft: Draft, streams: Streams, prepared: Prepared, reading: Reading): void {
  const { issues } = reading;
  const told = new Set<StreamDraft>();
  for (const stream of draft.streams) {
    const step = stream.steps.find((each) => worksOnEventTime(prepared.get(each)));
    if (!step) continue;
    for (const above of sourcesOf(stream, streams, (each) => referencesOf(each, prepared, reading))) {
      const source = above.source && prepared.get(above.source);
      if (!source || above.time || told.has(above) || !takesCodec(source.definition as SourceDefinition)) continue;
      told.add(above);
      const place = source.draft.place;
      const what = `${step.stage} in stream ${stream.name} works on event time, and stream ${above.name} gives none`;
      issues.error('WEIR_EVENT_TIME', place, what, {
        expected: `time: { at: FIELD, outOfOrder: 4s } beside the source of ${above.name}`,
      });
    }
  }
}

/** A step whose own faults have been told may not be able to say. */
function worksOnEventTime(stage: PreparedStage | undefined): boolean {
  const eventTime = (stage?.definition as OperatorDefinition | undefined)?.eventTime;
  if (typeof eventTime !== 'function' || stage === undefined) return eventTime === true;
  try {
    return eventTime(materializeSync(stage.definition.options, stage.options.values));
  } catch {
    // A fault of an option has been told; which kind of stage it is can be read of those that are written.
    const fields = Object.entries(stage.definition.options as Fields);
    const defaults = Object.fromEntries(fields.map(([name, each]) => [name, each.default]));
    return eventTime({ ...defaults, ...stage.options.values });
  }
}

function sourcesOf(
  stream: StreamDraft,
  streams: Streams,
  references: (stream: StreamDraft) => readonly StreamReference[],
  seen: Set<StreamDraft> = new Set(),
): StreamDraft[] {
  if (seen.has(stream)) return [];
  seen.add(stream);
  const above = references(stream).flatMap(({ stream: name }) => {
    const next = streams.get(name);
    return next ? sourcesOf(next, streams, references, seen) : [];
  });
  return stream.source ? [stream, ...above] : above;
}

function checkIds(draft: Draft, { issues }: Reading): void {
  const taken = new Map<string, Place>();
  for (const [stage, id] of stageIds(draft)) {
    const first = taken.get(id);
    if (first)
      issues.error('WEIR_FORM', stage.place, `two stages are named '${id}'; the other is in line ${first.line}`);
    else taken.set(id, stage.place);
  }
}
