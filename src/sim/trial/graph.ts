import type { SourceDefinition } from '../../stage/definition.ts';
import { type CheckOptions, checkTopology } from '../../topology/check.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import type { Graph, GraphNode } from '../../topology/graph.ts';
import type { Issue } from '../../topology/issue.ts';
import { loadStages } from '../../topology/load-stages.ts';
import { isMap } from '../../topology/places.ts';
import { updatesOf } from '../../topology/plan-updates.ts';
import { loadStage } from '../../topology/registry.ts';
import { DEAD_LETTERS_NAME, type TopologyTest } from '../../topology/tests.ts';

/** A topology as a test runs it: sources that give what the test says, and sinks that keep what it asks for. */
export interface TrialGraph {
  graph: Graph;
  /** Streams with a source. */
  sources: string[];
  /** Names of the expectations whose stream is updating: of each key the last row counts. */
  updating: ReadonlySet<string>;
}

/** Why a test cannot be run. */
export type NoTrial = { issues: readonly Issue[] } | { missing: string[] };

const stage = (name: string) =>
  new URL(`../stages/${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href;
const KEPT = stage('kept');

/**
 * The graph of one test. Streams that only collect are put into the document, so that what a test names is found as a
 * `from` is; then every source is replaced, and all other sinks are left out. Nothing outside is read, written or opened.
 */
export async function trialGraph(
  document: TopologyDocument,
  test: TopologyTest,
  feed: string,
  options: CheckOptions = {},
): Promise<TrialGraph | NoTrial> {
  const names = [...test.expect.keys()].filter((name) => name !== DEAD_LETTERS_NAME || isStream(document, name));
  const given = { set: test.params, env: {}, missing: 'leave' as const };
  const checked = await checkTopology(withCollectors(document, names, feed), { ...options, ...given });
  if (checked.graph === undefined) return { issues: checked.issues.filter(({ severity }) => severity === 'error') };
  const { graph } = checked;
  const missing = missingParameters(document, test, graph);
  if (missing.length > 0) return { missing };
  const sources: string[] = [];
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    if (node.kind === 'source') {
      sources.push(node.stream);
      nodes.push(await fedSource(node, graph.base, { feed, dated: test.clockMs > 0 }));
    } else if (node.kind !== 'sink' || node.stage === KEPT) nodes.push(node);
  }
  const made = { ...graph, nodes };
  const { updating } = updatesOf(made, await loadStages(made));
  const kept = made.nodes.filter(({ stage: name }) => name === KEPT);
  const ofUpdating = kept.filter(({ inputs }) =>
    inputs.some(({ node, side }) => side === undefined && updating.has(node)),
  );
  return { graph: made, sources, updating: new Set(ofUpdating.map(({ options: { table } }) => String(table))) };
}

function isStream({ value }: TopologyDocument, name: string): boolean {
  return isMap(value) && isMap(value.streams) && Object.hasOwn(value.streams, name);
}

function withCollectors(document: TopologyDocument, names: readonly string[], feed: string): TopologyDocument {
  const { tests: _, ...value } = document.value as Record<string, unknown>;
  const streams = { ...(value.streams as Record<string, unknown>) };
  names.forEach((name, i) => {
    streams[`weir-test-${i}`] = { from: name, to: { [KEPT]: { feed, table: name } } };
  });
  return { ...document, value: { ...value, streams } };
}

async function fedSource(
  node: GraphNode,
  base: string,
  { feed, dated }: { feed: string; dated: boolean },
): Promise<GraphNode> {
  const { codec, clockTime } = (await loadStage('source', node.stage, base)) as SourceDefinition;
  const { codec: _, secrets: __, parallelism: ___, time, ...rest } = node;
  const clocked = codec !== undefined || clockTime === true;
  // A test gives records in the order in which it says: nobody can read ahead.
  const { alignMs: ____, aheadMs, ...kept } = time ?? { outOfOrderMs: 0 };
  return {
    ...rest,
    // Without a clock of its own a test begins in 1970, and all records are ahead.
    time: { ...kept, ...(dated && aheadMs !== undefined ? { aheadMs } : {}) },
    stage: stage(clocked ? 'given-clocked' : 'given'),
    options: { feed, stream: node.stream },
  };
}

/** Parameters without a value that a step's options are written with. Sources and sinks need none: they are replaced. */
function missingParameters({ value }: TopologyDocument, test: TopologyTest, { nodes }: Graph): string[] {
  const params = isMap(value) && isMap(value.params) ? Object.entries(value.params) : [];
  const without = params.filter(([name, spec]) => {
    return !Object.hasOwn(test.params, name) && !(isMap(spec) && spec.default !== undefined);
  });
  const options = nodes.filter(({ kind }) => kind === 'operator').map((node) => JSON.stringify(node.options));
  const used = (name: string) => options.some((text) => new RegExp(`\\$\\{\\s*${name}\\s*\\}`).test(text));
  return without.map(([name]) => name).filter(used);
}
