import { WeirError } from '../base/errors.ts';
import { childrenOf, type Node, type Type } from '../expr/node.ts';
import { checkTypes, typeOf } from '../expr/types.ts';
import type { OperatorDefinition, SinkDefinition } from '../stage/definition.ts';
import type { Draft, StageDraft } from './draft.ts';
import { aggregateType, type ExpressionSite, expressionSites } from './expression-sites.ts';
import type { Graph, GraphNode } from './graph.ts';
import { matchOf } from './leaf-values.ts';
import { optionFields, optionPath } from './option-values.ts';
import { materializeSync } from './options.ts';
import { isMap, type Path, valueAt } from './places.ts';
import type { Prepared, PreparedStage } from './prepare.ts';
import { formIssue, type Reading } from './read-draft.ts';
import { nearestField, type RecordSchema, readSchema, typeAt } from './record-schema.ts';
import { stageIds } from './stage-ids.ts';

/** What is known of the records behind a node. */
interface Known {
  keyNames: readonly string[];
  keyTypes: ReadonlyMap<string, Type>;
  /** Undefined where the fields are not known exactly: there nothing is said. */
  schema: RecordSchema | undefined;
}

const NOTHING: Known = { keyNames: [], keyTypes: new Map(), schema: undefined };

/**
 * Looks for fields that a stream does not have (`WEIR_FIELD`) and for types that can never be right (`WEIR_TYPE`), where the
 * fields are known exactly: behind a projection, aggregates, or what else names its output, and from a `schema` on.
 */
export function checkFieldTypes(graph: Graph, draft: Draft, prepared: Prepared, reading: Reading): void {
  const stages = new Map<string, StageDraft>([...stageIds(draft)].map(([stage, id]) => [id, stage]));
  const known = new Map<string, Known>();
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const behind = (id: string): Known => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const node = nodes.get(id) as GraphNode;
    const inputs = node.inputs.map(({ node: from, side }) => {
      const input = behind(from);
      // A side output may give anything: no definition says what.
      return side === undefined ? input : { ...input, schema: undefined };
    });
    const stage = stages.get(id);
    const made = checkNode(node, inputs, stage && prepared.get(stage), reading);
    known.set(id, made);
    return made;
  };
  for (const { id } of graph.nodes) behind(id);
  for (const { name, path, source } of draft.streams) {
    const written = valueAt(reading.document.value, path);
    if (source !== undefined || !isMap(written) || written.schema === undefined) continue;
    const what = `schema belongs beside a source; what stream ${name} has follows from what it reads`;
    formIssue(reading, [...path, 'schema'], what, undefined, true);
  }
}

function checkNode(
  node: GraphNode,
  inputs: readonly Known[],
  stage: PreparedStage | undefined,
  reading: Reading,
): Known {
  if (node.kind === 'union') return unionOf(inputs);
  if (stage === undefined) return NOTHING;
  const [input = NOTHING] = inputs;
  if (node.kind === 'source') return sourceOf(node, stage, reading);
  const definition = stage.definition as OperatorDefinition | SinkDefinition;
  const options = materializeSync(definition.options, stage.options.values);
  if (input.schema !== undefined) {
    const sites = expressionSites(optionFields(definition), stage.options.values);
    const read = readBy(definition, options);
    // Where a stage reads other streams too, nobody can say which of them an expression is about.
    const own = inputs.length > 1 ? [] : sites.filter((site) => read === 'all' || pathsOf(site.node).every(read));
    for (const site of own) checkSite(site, input.schema, node, stage, reading);
  }
  if (inputs.length === 2) checkMatches(node, inputs, stage, reading);
  return definition.kind === 'operator' ? after(definition, options, input, stage) : NOTHING;
}

/** What must be equal of a record and one of the other stream: each side is about its own. */
function checkMatches(node: GraphNode, inputs: readonly Known[], stage: PreparedStage, reading: Reading): void {
  for (const [name, field] of Object.entries(stage.definition.options)) {
    const written = stage.options.values[name];
    if ((field as { kind: string }).kind !== 'match' || written === undefined) continue;
    const texts: [unknown, Path][] = Array.isArray(written)
      ? written.map((text, i) => [text, [name, i]])
      : [[written, [name]]];
    for (const [text, path] of texts) {
      const { left, right } = matchOf(text);
      [left, right].forEach(({ expressions }, side) => {
        const { schema } = inputs[side] as Known;
        const port = node.inputs[side]?.port;
        const of = port === undefined ? node : { ...node, stream: String(stage.options.values[port]) };
        for (const each of schema ? expressions : []) {
          checkSite({ text: each.text, node: each.node, path }, schema as RecordSchema, of, stage, reading);
        }
      });
    }
  }
}

/** Which field paths a stage reads of the records that come to it, as far as it says so. */
function readBy(definition: OperatorDefinition | SinkDefinition, options: unknown) {
  if (definition.kind === 'sink') return 'all';
  if (definition.relational?.(options as never) !== undefined) return 'all';
  const reads = definition.reads?.(options as never) ?? 'all';
  const paths = new Set(reads === 'all' ? [] : reads.map((path) => path.join('\n')));
  return (path: readonly string[]) => paths.has(path.join('\n'));
}

function sourceOf(node: GraphNode, stage: PreparedStage, reading: Reading): Known {
  const written = valueAt(reading.document.value, ['streams', node.stream]);
  if (!isMap(written) || written.schema === undefined) return NOTHING;
  const schema = readSchema(reading, written.schema, ['streams', node.stream, 'schema']);
  if (schema === undefined) return NOTHING;
  const at = node.time?.at;
  if (typeof at === 'string') {
    const path = ['streams', node.stream, 'time', ...(isMap(written.time) ? ['at'] : [])];
    const options = { values: { at }, path: path.slice(0, isMap(written.time) ? -1 : undefined) };
    const timed = { ...stage, options: isMap(written.time) ? options : { ...options, main: 'at' } };
    const [site] = expressionSites({ at: { kind: 'expression', doc: '', required: true } }, { at });
    if (site) checkSite(site, schema, node, timed, reading);
  }
  return { ...NOTHING, schema };
}

/** What is known of the records behind an operator, as the planner knows it, with types. */
function after(definition: OperatorDefinition, options: any, input: Known, { options: written }: PreparedStage): Known {
  const form = definition.relational?.(options);
  const typed = (node: Node | undefined): Type => {
    const { schema } = input;
    return node === undefined ? 'unknown' : typeOf(node, schema && ((path) => typeAt(schema, path)));
  };
  if (form?.kind === 'filter') return input;
  if (form?.kind === 'key') {
    const { names, expressions } = form.key;
    const keyTypes = new Map(names.map((name, i) => [name, typed(expressions[i]?.node)] as const));
    return { ...input, keyNames: names, keyTypes };
  }
  const keyNames = definition.outputKey?.(options, input.keyNames) ?? input.keyNames;
  if (form?.kind === 'project') {
    const { names, expressions } = form.select;
    return { ...input, schema: new Map(names.map((name, i) => [name, typed(expressions[i]?.node)])) };
  }
  const fields = definition.passes ? undefined : definition.fields?.(options, input.keyNames);
  if (fields === undefined) return { ...input, keyNames, schema: undefined };
  const computed = aggregated(definition, written.values, input);
  const typeOfField = (name: string): Type => {
    if (computed === undefined) return 'unknown';
    return computed.get(name) ?? input.keyTypes.get(name) ?? 'unknown';
  };
  return { ...input, keyNames, schema: new Map(fields.map((name) => [name, typeOfField(name)])) };
}

/** The types of what an operator aggregates; undefined for one that does not. */
function aggregated(definition: OperatorDefinition, values: Readonly<Record<string, unknown>>, { schema }: Known) {
  const option = Object.entries(definition.options).find(
    ([, field]) => (field as { kind: string }).kind === 'aggregates',
  );
  const written = option && values[option[0]];
  if (!isMap(written)) return undefined;
  const types = new Map<string, Type>();
  for (const [name, text] of Object.entries(written)) {
    types.set(
      name,
      aggregateType(String(text), (path) => (schema ? typeAt(schema, path) : undefined)),
    );
  }
  return types;
}

/** Records of several streams: known where all have the same fields. */
function unionOf(inputs: readonly Known[]): Known {
  const [first = NOTHING, ...others] = inputs;
  const sameKeys = others.every(({ keyNames }) => keyNames.join('\n') === first.keyNames.join('\n'));
  const { keyNames, keyTypes } =
    sameKeys && others.length === 0 ? first : { ...NOTHING, keyNames: sameKeys ? first.keyNames : [] };
  const merged = new Map<string, Type | RecordSchema>(first.schema ?? []);
  for (const { schema } of others) {
    if (schema === undefined || first.schema === undefined || schema.size !== merged.size)
      return { keyNames, keyTypes, schema: undefined };
    for (const [name, type] of schema) {
      if (!merged.has(name)) return { keyNames, keyTypes, schema: undefined };
      if (merged.get(name) !== type) merged.set(name, 'unknown');
    }
  }
  return { keyNames, keyTypes, schema: first.schema && merged };
}

function checkSite(
  { text, node, path }: ExpressionSite,
  schema: RecordSchema,
  { stream }: GraphNode,
  { options, draft }: Pick<PreparedStage, 'options' | 'draft'>,
  { issues, parameters }: Reading,
): void {
  const written = optionPath(options, path);
  if (parameters.blocked(written)) return;
  let missing = false;
  const visit = (each: Node): void => {
    if (each.kind === 'field' && typeAt(schema, each.path) === undefined) {
      missing = true;
      const has = [...schema.keys()].join(', ');
      const near = nearestField(schema, each.path);
      const message = `${draft.stage} reads ${each.path.join('.')}, which records of stream ${stream} do not have here`;
      const place = parameters.place(written, each.column - 1);
      issues.error('WEIR_FIELD', place, message, near ? { didYouMean: near } : { expected: has });
    }
    childrenOf(each).forEach(visit);
  };
  visit(node);
  if (missing) return;
  try {
    checkTypes(text, node, (each) => typeAt(schema, each));
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const { column, expected } = error.data as { column: number; expected?: string };
    const what = error.message.split('; ')[0]?.replace(/ \(column \d+ of .*$/s, '');
    issues.error('WEIR_TYPE', parameters.place(written, column - 1), `${draft.stage}: ${what}`, { expected });
  }
}

/** Every field that an expression reads. */
function pathsOf(node: Node): (readonly string[])[] {
  return node.kind === 'field' ? [node.path] : childrenOf(node).flatMap(pathsOf);
}
