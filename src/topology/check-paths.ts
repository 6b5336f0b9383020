import { resolve } from 'node:path';
import type { Draft, StageDraft } from './draft.ts';
import type { Place } from './graph.ts';
import type { Path } from './places.ts';
import type { Prepared } from './prepare.ts';
import type { Reading } from './read-draft.ts';

interface WrittenPath {
  /** As it is written. */
  text: string;
  /** The file that it names, however it is written. */
  file: string;
  place: Path;
}

/**
 * Two sinks whose main option is one path would take turns to destroy it, and a sink that writes what a source reads
 * destroys it before it is read. A store of many tables is shared; devices hold nothing.
 */
export function checkSinkPaths(draft: Draft, prepared: Prepared, { issues, document }: Reading): void {
  const read = new Map<string, string>();
  for (const { name, source } of draft.streams) {
    for (const { file } of source ? mainPaths(source, prepared) : []) read.set(file, name);
  }
  const taken = new Map<string, Place>();
  for (const sink of draft.streams.flatMap((stream) => stream.sinks)) {
    for (const { text, file, place } of mainPaths(sink, prepared)) {
      const first = taken.get(file);
      const reader = read.get(file);
      const at = document.places.value(place);
      if (reader !== undefined) {
        const what = `this sink writes '${text}', which stream ${reader} reads: it would be lost before it is read`;
        issues.error('WEIR_SINK', at, what);
      } else if (first !== undefined) {
        issues.error('WEIR_SINK', at, `two sinks write to '${text}'; the other is in line ${first.line}`);
      } else taken.set(file, sink.place);
    }
  }
}

function* mainPaths(stage: StageDraft, prepared: Prepared): Generator<WrittenPath> {
  const { definition, options } = prepared.get(stage) ?? {};
  if (!definition || !options) return;
  for (const [name, field] of Object.entries(definition.options)) {
    const text = options.values[name];
    if (name !== definition.main || (field as { kind: string }).kind !== 'path') continue;
    if (typeof text !== 'string' || text.includes('${')) continue;
    const file = resolve(text);
    if (file.startsWith('/dev/')) continue;
    yield { text, file, place: [...options.path, ...(options.main === name ? [] : [name])] };
  }
}
