import type { OperatorDefinition, SinkDefinition, SourceDefinition } from '../stage/definition.ts';
import { checkExpression, checkExpressions } from './check-expressions.ts';
import type { Draft, StageDraft } from './draft.ts';
import { expressionSites } from './expression-sites.ts';
import type { Graph, GraphNode } from './graph.ts';
import {
  type Known,
  knownAside,
  knownBehind,
  knownOfSource,
  knownOfUnion,
  NOTHING,
  OWN,
  type Stand,
} from './known-fields.ts';
import { materializeSync } from './options.ts';
import { isMap, valueAt } from './places.ts';
import type { Prepared, PreparedStage } from './prepare.ts';
import { formIssue, type Reading } from './read-draft.ts';
import { readSchema } from './record-schema.ts';
import { stageIds } from './stage-ids.ts';

/** What is known of the records that a node gives, and of those of its side outputs. */
interface Outputs {
  main: Known;
  aside(side: string): Known;
}

/**
 * Looks for fields that a stream does not have (`WEIR_FIELD`) and for types that can never be right (`WEIR_TYPE`), as far as
 * fields are known: from a `schema` on, behind a projection, aggregates, and what else says what it makes or adds.
 */
export function checkFieldTypes(graph: Graph, draft: Draft, prepared: Prepared, reading: Reading): void {
  const stages = new Map<string, StageDraft>([...stageIds(draft)].map(([stage, id]) => [id, stage]));
  const known = new Map<string, Outputs>();
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const behind = (id: string): Outputs => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const node = nodes.get(id) as GraphNode;
    const inputs = node.inputs.map(({ node: from, side, port = OWN }) => {
      const outputs = behind(from);
      return [port, side === undefined ? outputs.main : outputs.aside(side)] as const;
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
  inputs: readonly (readonly [string, Known])[],
  stage: PreparedStage | undefined,
  reading: Reading,
): Outputs {
  const only = (main: Known): Outputs => ({ main, aside: () => NOTHING });
  if (node.kind === 'union') return only(knownOfUnion(inputs.map(([, known]) => known)));
  if (stage === undefined) return only(NOTHING);
  if (node.kind === 'source') return only(sourceOf(node, stage, reading));
  const definition = stage.definition as OperatorDefinition | SinkDefinition;
  const options = materializeSync(definition.options, stage.options.values);
  const stand: Stand = { definition, options, values: stage.options.values, inputs: new Map(inputs) };
  checkExpressions(stand, { stream: node.stream, stage }, reading);
  return { main: knownBehind(stand), aside: (side) => knownAside(side, stand) };
}

/** The records of a source, by the `schema` beside it or else by its definition. */
function sourceOf(node: GraphNode, stage: PreparedStage, reading: Reading): Known {
  const definition = stage.definition as SourceDefinition;
  const written = valueAt(reading.document.value, ['streams', node.stream]);
  const asWritten = isMap(written) ? written : {};
  const schema =
    asWritten.schema === undefined
      ? knownOfSource(definition, materializeSync(definition.options, stage.options.values))
      : readSchema(reading, asWritten.schema, ['streams', node.stream, 'schema']);
  if (schema === undefined) return NOTHING;
  const at = node.time?.at;
  if (typeof at === 'string') {
    const path = ['streams', node.stream, 'time'];
    const options = { values: { at }, path, ...(isMap(asWritten.time) ? {} : { main: 'at' }) };
    const [site] = expressionSites({ at: { kind: 'expression', doc: '', required: true } }, { at });
    if (site) checkExpression(site, schema, { stream: node.stream, stage: { ...stage, options } }, reading);
  }
  return { ...NOTHING, schema };
}
