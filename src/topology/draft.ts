import type { StageKind } from '../stage/definition.ts';
import type { Place } from './graph.ts';
import type { OptionValues } from './option-values.ts';
import type { Path } from './places.ts';

/** A stage as a document uses it; nothing is known yet of its definition. */
export interface StageDraft {
  kind: StageKind;
  /** A name of the registry, or a module's path from the document's folder. */
  stage: string;
  /** Where its name is written. */
  place: Place;
  /** What is written behind its name, and where. */
  raw: unknown;
  path: Path;
  /** `name`, `onError`, `parallelism` and, of a sink, `buffer` beside it. */
  beside: OptionValues;
}

/** A stream that another one reads: `cpu`, or its side output, `cpu.late`. */
export interface StreamReference {
  stream: string;
  side?: string | undefined;
  place: Place;
}

/** One stream of a document, its parts in order. */
export interface StreamDraft {
  name: string;
  path: Path;
  source?: StageDraft | undefined;
  /** One stream, or several for a union; empty with a source. */
  from: StreamReference[];
  time?: OptionValues | undefined;
  steps: StageDraft[];
  sinks: StageDraft[];
  /** `doc`, `onError` and `parallelism` of all its stages. */
  beside: OptionValues;
}

/** A document taken apart. */
export interface Draft {
  name: string;
  doc?: string | undefined;
  /** Folders with stages of the user's own. */
  folders: string[];
  streams: StreamDraft[];
  /** `checkpoint`, `supervision`, `threads`. */
  settings: OptionValues;
}
