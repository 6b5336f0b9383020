import { WeirError } from '../base/errors.ts';
import { nearest } from '../expr/nearest.ts';
import type { AnyDefinition, StageKind } from '../stage/definition.ts';
import type { Draft, StageDraft } from './draft.ts';
import { fillOptions, type OptionValues, optionFields, optionPath, readOptions } from './option-values.ts';
import type { Reading } from './read-draft.ts';
import { readStage } from './read-stage.ts';
import { isStagePath, listModules, type Registry, stageUrl } from './registry.ts';

/** A stage of a document with its definition, its options by name and the codecs chosen in them. */
export interface PreparedStage {
  draft: StageDraft;
  definition: AnyDefinition;
  options: OptionValues;
  /** By the option that they are chosen in. */
  codecs: Map<string, PreparedStage>;
}

/** Every stage of a draft that could be prepared; a fault of the others has been told. */
export type Prepared = ReadonlyMap<StageDraft, PreparedStage>;

/** Loads the definitions that a draft names and reads the options of its stages by them. */
export async function prepareStages(draft: Draft, reading: Reading, registry: Registry): Promise<Prepared> {
  const own = ownStages(draft.folders, reading.document.base);
  const prepared = new Map<StageDraft, PreparedStage>();
  for (const stream of draft.streams) {
    for (const stage of [stream.source, ...stream.steps, ...stream.sinks]) {
      const made = stage && (await prepareStage(stage, reading, registry, own));
      if (made) prepared.set(stage, made);
    }
  }
  return prepared;
}

async function prepareStage(
  draft: StageDraft,
  reading: Reading,
  registry: Registry,
  own: ReadonlyMap<string, string>,
): Promise<PreparedStage | undefined> {
  const { issues, parameters, document } = reading;
  // A stage of the user's folders goes before a built-in one of the same name, so that a newer Weir never takes its place.
  draft.stage = own.get(draft.stage) ?? draft.stage;
  const definition = await load(draft, reading, registry, own);
  if (!definition) return undefined;
  const fields = optionFields(definition);
  const options = readOptions(fields, definition.main, draft.raw, draft.path);
  if (!options) {
    const place = document.places.value(draft.path);
    issues.error('WEIR_OPTION', place, `${draft.stage} takes its options by name`, {
      expected: `{ ${nameSome(fields)} }`,
    });
    return undefined;
  }
  fillOptions(fields, options, parameters);
  const codecs = new Map<string, PreparedStage>();
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind !== 'codec' || options.values[name] === undefined) continue;
    const codec = readStage(reading, 'codec', options.values[name], optionPath(options, [name]));
    const made = codec && (await prepareStage(codec, reading, registry, own));
    if (made) codecs.set(name, made);
  }
  return { draft, definition, options, codecs };
}

async function load(
  { kind, stage, place }: StageDraft,
  { document, issues }: Reading,
  registry: Registry,
  own: ReadonlyMap<string, string>,
): Promise<AnyDefinition | undefined> {
  try {
    return await registry.load(kind, stage, document.base);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const unknown = error.code === 'WEIR_UNKNOWN_STAGE';
    const known = unknown ? [...registry.list(kind).map((entry) => entry.name), ...own.keys()] : [];
    const didYouMean = nearest(stage, known);
    const expected = unknown && !didYouMean ? someOf(kind, known) : undefined;
    issues.error(error.code, place, error.message, { didYouMean, expected });
    return undefined;
  }
}

/** Stages in the user's own folders: name → path from the document's folder, or URL when outside of it. */
function ownStages(folders: readonly string[], base: string): Map<string, string> {
  const own = new Map<string, string>();
  for (const folder of folders) {
    const url = stageUrl(isStagePath(folder) ? folder : `./${folder}`, base).replace(/\/*$/, '/');
    for (const { name, url: module } of listModules(url)) {
      own.set(name, module.startsWith(base) ? `./${module.slice(base.length)}` : module);
    }
  }
  return own;
}

function someOf(kind: StageKind, known: readonly string[]): string {
  const list = known.length > 8 ? `weir list shows the ${kind}s` : known.join(', ');
  return known.length === 0
    ? `a module of your own: ./my-${kind}.js`
    : known.length > 8
      ? `a name of those that ${list}`
      : list;
}

function nameSome(fields: Record<string, { required: boolean }>): string {
  const required = Object.keys(fields).filter((name) => fields[name]?.required);
  const shown = required.length > 0 ? required : Object.keys(fields).slice(0, 1);
  return shown.map((name) => `${name}: …`).join(', ');
}
