import type { SourceDefinition } from '../stage/definition.ts';
import { alignedWith, sourcesMet } from './aligned-sources.ts';
import type { Draft, StreamDraft } from './draft.ts';
import { optionPath, takesCodec } from './option-values.ts';
import type { Resolved } from './plan.ts';
import type { Prepared } from './prepare.ts';
import type { Reading } from './read-draft.ts';

/** `align` and `quiet` go by the event time of records: a source that stamps them by the clock has none. */
export function checkTime(draft: Draft, prepared: Prepared, { issues, document }: Reading): void {
  for (const { name, source, time } of draft.streams) {
    const stage = source && prepared.get(source);
    if (!stage || !time || isGiven(time.values.at)) continue;
    const definition = stage.definition as SourceDefinition;
    if (definition.clockTime !== true && !takesCodec(definition)) continue;
    for (const [option, why] of Object.entries(CLOCKED)) {
      if (!isGiven(time.values[option])) continue;
      const what = `${option} of stream ${name} needs event time: the records of ${stage.draft.stage} are stamped by the clock, so ${why}`;
      const place = document.places.key(optionPath(time, [option]));
      issues.error('WEIR_EVENT_TIME', place, what, { expected: `at: FIELD beside ${option}` });
    }
  }
}

const CLOCKED = {
  align: 'none of its splits is ever ahead',
  quiet: 'its event time goes on with the clock anyway',
};

/** Warns of an `align` that holds nothing, leaves out what it is for, or may hold for ever. */
export function checkAlignment(resolved: ReadonlyMap<string, Resolved>, draft: Draft, reading: Reading): void {
  const { issues, document } = reading;
  const streams = new Map(draft.streams.map((stream) => [stream.name, stream]));
  for (const { node, definition, options } of resolved.values()) {
    if (node.kind !== 'source' || node.time?.alignMs === undefined) continue;
    const { time } = streams.get(node.stream) as StreamDraft;
    const place = document.places.key(time ? optionPath(time, ['align']) : []);
    const warn = (what: string, expected?: string) => {
      issues.warn('WEIR_ALIGN', place, `align of stream ${node.stream} ${what}`, { expected });
    };
    const { splits, bounded = false } = definition as SourceDefinition;
    const others = alignedWith(node.id, resolved).size - 1;
    const without = sourcesMet(node.id, resolved).filter((source) => source.time?.alignMs === undefined);
    for (const { stream } of without) {
      const what = `does not hold for stream ${stream}, which its records meet: that is neither held back nor waited for`;
      warn(what, `align in the time of ${stream} too`);
    }
    if (without.length === 0 && others === 0 && splits === undefined) {
      warn(`has no effect: ${node.stage} has one split, and its records meet those of no other source`);
    }
    const ends = typeof bounded === 'function' ? bounded(options) : bounded;
    if (others > 0 && !ends && !isGiven(node.time.idleMs)) {
      warn(`lets the others wait as long as ${node.stage} is quiet`, `idle: 30s, after which they go on`);
    }
  }
}

const isGiven = (value: unknown) => value !== undefined && value !== null;
