import type { StageKind } from '../stage/definition.ts';
import type { StageDraft } from './draft.ts';
import { fieldsBeside } from './form.ts';
import { fillForm } from './option-values.ts';
import { isMap, type Path } from './places.ts';
import type { Reading } from './read-draft.ts';

const EXAMPLE: Record<StageKind, string> = {
  source: '{ file: { path: in.ndjson, codec: ndjson } }',
  operator: '- where: price > 10',
  sink: '{ file: { path: out.ndjson } }',
  codec: 'ndjson, or { csv: { delimiter: ";" } }',
};

/** For `to: null`, which YAML reads as nothing. */
export const NULL_SINK = 'a sink; the one named null stands in quotes: "null"';

/**
 * Reads the use of one stage: `{stage: options}`, a bare name for one without options, and beside it `name`, `onError`,
 * `parallelism` and, of a sink, `buffer`. Undefined, with an issue, when it names no stage or several.
 */
export function readStage(reading: Reading, kind: StageKind, value: unknown, path: Path): StageDraft | undefined {
  const { document, parameters } = reading;
  // YAML reads the key null as an empty one.
  const isNull = value === null || (isMap(value) && Object.keys(value).includes(''));
  if (kind === 'sink' && isNull) {
    reading.issues.error('WEIR_FORM', document.places.value(path), 'this names no sink', { expected: NULL_SINK });
    return undefined;
  }
  if (typeof value === 'string') {
    const stage = String(parameters.fill(value, path, 'text'));
    const place = document.places.value(path);
    return { kind, stage, place, raw: undefined, path, beside: { values: {}, path } };
  }
  if (!isMap(value)) return fault(reading, path, `this names no ${kind}`, kind);
  const fields = fieldsBeside(kind);
  const names = Object.keys(value).filter((key) => !Object.hasOwn(fields, key));
  const [stage, second] = names;
  if (stage === undefined) return fault(reading, path, `this names no ${kind}`, kind);
  if (second !== undefined) {
    const place = document.places.key([...path, second]);
    const what = misplaced(kind, stage, second);
    reading.issues.error('WEIR_FORM', place, what);
    return undefined;
  }
  const draft: StageDraft = {
    kind,
    stage,
    place: document.places.key([...path, stage]),
    raw: value[stage],
    path: [...path, stage],
    beside: { values: {}, path },
  };
  for (const key of Object.keys(fields)) if (value[key] !== undefined) draft.beside.values[key] = value[key];
  fillForm(fields, draft.beside, parameters);
  return draft;
}

function misplaced(kind: StageKind, stage: string, second: string): string {
  if (second === 'codec') return `the codec belongs inside the options of ${stage}: { ${stage}: { codec: … } }`;
  if (second === 'buffer') return 'buffer belongs to a sink: records wait where they leave the topology';
  if (second === 'time') return 'time belongs to the stream, beside its source';
  if (kind === 'operator') return `'${stage}' and '${second}' stand in one step: begin each step with its own -`;
  return `'${stage}' and '${second}' stand in one place: only one ${kind} fits here`;
}

function fault(reading: Reading, path: Path, message: string, kind: StageKind): undefined {
  reading.issues.error('WEIR_FORM', reading.document.places.value(path), message, { expected: EXAMPLE[kind] });
}
