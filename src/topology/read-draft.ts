import { nearest } from '../expr/nearest.ts';
import type { TopologyDocument } from './document.ts';
import type { Draft, StreamDraft, StreamReference } from './draft.ts';
import { SETTINGS_FIELDS, STREAM_FIELDS, STREAM_KEYS, TIME_FIELDS, TOPOLOGY_KEYS } from './form.ts';
import type { Issues } from './issue.ts';
import { fillForm, type OptionValues, readOptions } from './option-values.ts';
import type { Parameters } from './parameters.ts';
import { isMap, type Path } from './places.ts';
import { NULL_SINK, readStage } from './read-stage.ts';
import { splitReference } from './stream-options.ts';

/** The folder of its state has the same name. */
const TOPOLOGY_NAME = /^\w[\w. -]{0,99}$/;
const TOPOLOGY_NAME_FORM = 'a to z, digits and _, behind the first also . - and blanks, 100 characters at most';

/** What the reading of a document needs at every step. */
export interface Reading {
  readonly document: TopologyDocument;
  readonly parameters: Parameters;
  readonly issues: Issues;
}

const NAME = /^[A-Za-z_][\w-]*$/;

/** Takes a document apart into streams and stages. Faults of its form become issues (`WEIR_FORM`). */
export function readDraft(reading: Reading): Draft {
  const { document, issues } = reading;
  const top = document.value;
  const draft: Draft = { name: '', folders: [], streams: [], settings: { values: {}, path: [] } };
  if (!isMap(top)) {
    if (!issues.failed) formIssue(reading, [], 'a topology is a map', 'name, streams');
    return draft;
  }
  unknownKeys(reading, top, [], TOPOLOGY_KEYS, 'of a topology');
  if (typeof top.name === 'string' && TOPOLOGY_NAME.test(top.name)) draft.name = top.name;
  else if (!('name' in top)) formIssue(reading, [], 'a topology has a name', 'name: my-topology');
  else formIssue(reading, ['name'], 'this cannot name a topology, nor the folder of its state', TOPOLOGY_NAME_FORM);
  if (typeof top.doc === 'string') draft.doc = top.doc;
  else if (top.doc !== undefined) formIssue(reading, ['doc'], 'doc is text');
  draft.folders = readFolders(reading, top.stages);
  for (const key of Object.keys(SETTINGS_FIELDS)) {
    if (top[key] !== undefined && top[key] !== null) draft.settings.values[key] = top[key];
  }
  fillForm(SETTINGS_FIELDS, draft.settings, reading.parameters);
  readParameterForms(reading, top.params);
  if (isMap(top.streams) && Object.keys(top.streams).length > 0) {
    for (const [name, value] of Object.entries(top.streams)) draft.streams.push(readStream(reading, name, value));
  } else {
    formIssue(reading, 'streams' in top ? ['streams'] : [], 'a topology has streams', 'a map of name: stream');
  }
  return draft;
}

function readStream(reading: Reading, name: string, value: unknown): StreamDraft {
  const path = ['streams', name];
  const stream: StreamDraft = { name, path, from: [], steps: [], sinks: [], beside: { values: {}, path } };
  if (!NAME.test(name)) {
    formIssue(reading, path, `'${name}' cannot name a stream`, 'letters, digits, - and _, a letter first', true);
  }
  if (!isMap(value)) {
    formIssue(reading, path, `stream ${name} is not a map`, 'source or from, then do and to');
    return stream;
  }
  unknownKeys(reading, value, path, STREAM_KEYS, `of stream ${name}`);
  if (value.source !== undefined && value.from !== undefined) {
    formIssue(
      reading,
      [...path, 'from'],
      `stream ${name} has a source and a from: it takes one of them`,
      undefined,
      true,
    );
  } else if (value.source === undefined && value.from === undefined) {
    formIssue(reading, path, `stream ${name} has nothing to read`, 'source or from', true);
  }
  if (value.source !== undefined) stream.source = readStage(reading, 'source', value.source, [...path, 'source']);
  else if (value.from !== undefined) stream.from = readReferences(reading, value.from, [...path, 'from']);
  if (value.time !== undefined) stream.time = readTime(reading, stream, value.time);
  stream.steps = readList(reading, value.do, [...path, 'do'], 'operator');
  if (value.to === null) {
    formIssue(reading, [...path, 'to'], `stream ${name} has an empty to`, NULL_SINK);
  }
  stream.sinks =
    isMap(value.to) || typeof value.to === 'string'
      ? [readStage(reading, 'sink', value.to, [...path, 'to'])].filter((sink) => sink !== undefined)
      : readList(reading, value.to, [...path, 'to'], 'sink');
  for (const key of Object.keys(STREAM_FIELDS)) if (value[key] !== undefined) stream.beside.values[key] = value[key];
  fillForm(STREAM_FIELDS, stream.beside, reading.parameters);
  return stream;
}

function readList(reading: Reading, value: unknown, path: Path, kind: 'operator' | 'sink') {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    formIssue(
      reading,
      path,
      `${path.at(-1)} is a list`,
      kind === 'sink' ? 'a sink, or a list of sinks' : 'a list of steps, each begun with -',
    );
    return [];
  }
  const stages = value.map((item, i) => readStage(reading, kind, item, [...path, i]));
  return stages.filter((stage) => stage !== undefined);
}

function readReferences(reading: Reading, value: unknown, path: Path): StreamReference[] {
  const items: [unknown, Path][] = Array.isArray(value)
    ? value.map((item, i) => [item, [...path, i]])
    : [[value, path]];
  if (items.length === 0) formIssue(reading, path, 'from names no stream', 'a stream, or a list of streams');
  const references: StreamReference[] = [];
  for (const [item, at] of items) {
    const text = reading.parameters.fill(item, at, 'text');
    const named = splitReference(text);
    if (named) references.push({ ...named, place: reading.document.places.value(at) });
    else formIssue(reading, at, 'this does not name a stream', 'a name such as cpu, or cpu.late for a side output');
  }
  return references;
}

function readTime(reading: Reading, stream: StreamDraft, value: unknown): OptionValues | undefined {
  const path = [...stream.path, 'time'];
  if (!stream.source) {
    const what = `time belongs beside a source; stream ${stream.name} takes the event time of what it reads`;
    formIssue(reading, path, what, undefined, true);
    return undefined;
  }
  const time = readOptions(TIME_FIELDS, 'at', value, path);
  if (time) fillForm(TIME_FIELDS, time, reading.parameters);
  return time;
}

function readFolders(reading: Reading, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? value : [value];
  const folders: string[] = [];
  items.forEach((item, i) => {
    const path = Array.isArray(value) ? ['stages', i] : ['stages'];
    const text = reading.parameters.fill(item, path, 'path');
    if (typeof text === 'string') folders.push(text);
    else formIssue(reading, path, 'this is not a folder of stages', 'a path such as ./stages');
  });
  return folders;
}

function readParameterForms(reading: Reading, params: unknown): void {
  if (params === undefined || params === null) return;
  if (!isMap(params)) formIssue(reading, ['params'], 'params is a map', 'name: {}');
  for (const [name, spec] of Object.entries(isMap(params) ? params : {})) {
    const path = ['params', name];
    if (!NAME.test(name) || name === 'env')
      formIssue(reading, path, `'${name}' cannot name a parameter`, undefined, true);
    if (spec !== null && !isMap(spec)) {
      formIssue(reading, path, `parameter '${name}' is not a map`, '{}, or { doc: …, default: … }');
    }
  }
}

/** An issue for every key that the form does not know. */
export function unknownKeys(
  { document, issues }: Reading,
  map: Record<string, unknown>,
  path: Path,
  known: readonly string[],
  of: string,
): void {
  for (const key of Object.keys(map)) {
    if (known.includes(key)) continue;
    const didYouMean = nearest(key, known);
    const hints = didYouMean ? { didYouMean } : { expected: known.join(', ') };
    issues.error('WEIR_FORM', document.places.key([...path, key]), `unknown key '${key}' ${of}`, hints);
  }
}

/** An issue about the value at `path`, or with `atKey` about its key. */
export function formIssue(reading: Reading, path: Path, message: string, expected?: string, atKey = false): void {
  const { places } = reading.document;
  reading.issues.error('WEIR_FORM', atKey ? places.key(path) : places.value(path), message, { expected });
}
