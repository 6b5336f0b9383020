import { WeirError } from '../base/errors.ts';
import type { OperatorDefinition } from '../stage/definition.ts';
import { checkBuffer } from './check-buffer.ts';
import { checkClaims } from './check-claims.ts';
import { checkEncoders } from './check-encoders.ts';
import { checkOptions } from './check-options.ts';
import { checkParallelism } from './check-parallelism.ts';
import { checkStreams } from './check-streams.ts';
import { checkTests } from './check-tests.ts';
import { checkAlignment, checkTime } from './check-time.ts';
import { checkFieldTypes } from './check-types.ts';
import { checkUpdates } from './check-updates.ts';
import { type DocumentSource, parseTopology, type TopologyDocument } from './document.ts';
import type { Draft, StageDraft } from './draft.ts';
import { fieldsBeside, PARAMETER_FIELDS, SETTINGS_FIELDS, STREAM_FIELDS, TIME_FIELDS } from './form.ts';
import type { Graph } from './graph.ts';
import { graphOf } from './graph-of.ts';
import { type Issue, Issues, topologyError } from './issue.ts';
import { importAggregate, importFunction } from './modules.ts';
import { optionFields, optionPath } from './option-values.ts';
import { materializeSync, moduleTexts } from './options.ts';
import { type Given, Parameters } from './parameters.ts';
import { isMap } from './places.ts';
import { type PreparedStage, prepareStages } from './prepare.ts';
import { type Reading, readDraft } from './read-draft.ts';
import { builtIn, type Registry } from './registry.ts';
import { resolveDraft } from './resolve-draft.ts';
import { soundPart } from './sound-part.ts';

/** What a topology is checked with, beside its parameters. */
export interface CheckOptions extends Given {
  registry?: Registry;
}

/** What a check found: every fault and warning, and the graph when there is no fault. */
export interface Checked {
  graph?: Graph;
  issues: Issue[];
}

/** Checks a topology's text, YAML or JSON. See {@link checkTopology}. */
export function checkText(text: string, source: DocumentSource, options: CheckOptions = {}): Promise<Checked> {
  const issues = new Issues();
  return check(parseTopology(text, source, issues), options, issues);
}

/**
 * Checks a topology and tells every fault of it at once: the form, the stages' names and options, expressions, the user's
 * modules (which it loads), how the streams hang together, and fields and types as far as what they depend on is sound.
 * `issues` are those that were found before.
 */
export function checkTopology(
  document: TopologyDocument,
  options: CheckOptions = {},
  issues: Issues = new Issues(),
): Promise<Checked> {
  return check(document, options, issues);
}

/**
 * The graph of a topology that has been checked before, as a host builds it again: without a schema library, and without
 * a look into the options. Throws `WEIR_TOPOLOGY` for faults of its form.
 */
export async function buildGraph(document: TopologyDocument, options: CheckOptions = {}): Promise<Graph> {
  const issues = new Issues();
  const { draft, prepared, reading } = await read(document, options, issues);
  if (issues.failed) throw topologyError(issues.sorted());
  return graphOf(draft, prepared, document, reading.parameters);
}

async function read(document: TopologyDocument, options: CheckOptions, issues: Issues) {
  const reading: Reading = { document, issues, parameters: new Parameters(document, options, issues) };
  const draft = readDraft(reading);
  const prepared = await prepareStages(draft, reading, options.registry ?? builtIn);
  return { draft, prepared, reading };
}

async function check(document: TopologyDocument, options: CheckOptions, issues: Issues): Promise<Checked> {
  if (document.value === undefined && issues.failed) return { issues: issues.sorted() };
  const { draft, prepared, reading } = await read(document, options, issues);
  await checkForm(draft, reading);
  const faulty = new Set<StageDraft>();
  for (const stage of prepared.values()) {
    const before = issues.count;
    await checkStage(stage, reading);
    if (issues.count > before) faulty.add(stage.draft);
  }
  checkStreams(draft, prepared, reading);
  if (reading.parameters.complete) checkClaims(draft, prepared, faulty, reading);
  checkTime(draft, prepared, reading);
  checkParallelism(draft, prepared, reading);
  await checkTests(draft, prepared, reading);
  if (!issues.failed) reading.parameters.warnUnused();
  const { complete } = reading.parameters;
  if (issues.failed && !complete) return { issues: issues.sorted() };
  const part = issues.failed ? soundPart(draft, prepared, faulty, reading) : draft;
  const graph = graphOf(part, prepared, document, reading.parameters);
  if (complete) {
    const resolved = resolveDraft(graph, part, prepared);
    if (!issues.failed) checkAlignment(resolved, draft, reading);
    checkUpdates(graph, resolved, reading);
    checkFieldTypes(graph, part, prepared, reading);
    if (!issues.failed) checkEncoders(graph, resolved, draft, prepared, reading);
  }
  return issues.failed ? { issues: issues.sorted() } : { issues: issues.sorted(), graph };
}

/** The values of the form itself, by the same fields and checks as a stage's options. */
async function checkForm(draft: Draft, reading: Reading): Promise<void> {
  const { places, value } = reading.document;
  const top = { name: 'the topology', place: places.key([]) };
  await checkOptions(reading, top, SETTINGS_FIELDS, draft.settings);
  const params = isMap(value) && isMap(value.params) ? value.params : {};
  for (const [name, spec] of Object.entries(params)) {
    const path = ['params', name];
    if (!isMap(spec)) continue;
    const owner = { name: `parameter '${name}'`, place: places.key(path) };
    await checkOptions(reading, owner, PARAMETER_FIELDS, { values: spec, path });
  }
  for (const stream of draft.streams) {
    const owner = { name: `stream ${stream.name}`, place: places.key(stream.path) };
    await checkOptions(reading, owner, STREAM_FIELDS, stream.beside);
    if (stream.time) await checkOptions(reading, { ...owner, name: `time of ${owner.name}` }, TIME_FIELDS, stream.time);
    for (const stage of [stream.source, ...stream.steps, ...stream.sinks]) {
      if (!stage) continue;
      const owner = { name: stage.stage, place: stage.place };
      await checkOptions(reading, owner, fieldsBeside(stage.kind), stage.beside);
    }
  }
}

async function checkStage(stage: PreparedStage, reading: Reading): Promise<void> {
  const { draft, definition, options, codecs } = stage;
  const { issues, document, parameters } = reading;
  const fields = optionFields(definition);
  const before = issues.count;
  await checkOptions(reading, { name: draft.stage, place: draft.place }, fields, options);
  for (const { path, text, column } of moduleTexts(fields, options.values)) {
    const written = optionPath(options, path);
    if (parameters.blocked(written)) continue;
    try {
      await (column === undefined ? importFunction : importAggregate)(text, document.base);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      issues.error(error.code, parameters.place(written, column && column - 1), error.message);
    }
  }
  for (const codec of codecs.values()) await checkStage(codec, reading);
  if (issues.count === before && parameters.complete) tryOut(stage, reading);
}

/** Lets a stage look at its options as a whole: some fit only together, and it says so by a coded error. */
function tryOut({ draft, definition, options }: PreparedStage, reading: Reading): void {
  const { issues } = reading;
  try {
    const made = materializeSync(definition.options, options.values);
    definition.refuse?.(made as never);
    if (definition.kind === 'sink') checkBuffer(draft, definition, made, reading);
    const { partition, sides, fields, reads, relational, others, types, sees, sideRecords } =
      definition as OperatorDefinition;
    if (typeof partition === 'function') partition(made);
    sides?.call(definition, made);
    fields?.call(definition, made, []);
    reads?.call(definition, made);
    relational?.call(definition, made);
    others?.call(definition, made);
    if (typeof types === 'function') types(made);
    sees?.call(definition, made, []);
    if (typeof sideRecords === 'function') sideRecords(made);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    issues.error(error.code, draft.place, `${draft.stage}: ${error.message}`);
  }
}
