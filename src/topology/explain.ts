import { formatBytes, formatDuration } from '../base/units.ts';
import type { Graph, GraphNode } from './graph.ts';
import { optionFields } from './option-values.ts';
import { builtIn, type Registry } from './registry.ts';
import { inlineYaml } from './stage-docs.ts';

/**
 * The text of `weir check --explain`: every stage with what it reads and all its options, those that are defaults marked
 * as such, so that nothing is implied. Values that hold a secret are not shown.
 */
export async function explainGraph(graph: Graph, registry: Registry = builtIn): Promise<string> {
  const { settings } = graph;
  const head = [
    graph.name,
    `  checkpoint every ${formatDuration(settings.checkpointIntervalMs)}`,
    `  at most ${settings.maxRestarts} restarts within ${formatDuration(settings.restartPeriodMs)}`,
    `  a turn longer than ${formatDuration(settings.turnLimitMs)} counts as hanging`,
    `  threads: ${settings.threads ?? 'as many as the command line or the machine says'}`,
  ];
  const stages = await Promise.all(graph.nodes.map((node) => explainNode(node, graph, registry)));
  return `${[head, ...stages].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

async function explainNode(node: GraphNode, graph: Graph, registry: Registry): Promise<string[]> {
  const inputs = node.inputs.map(({ node: from, side }) => (side === undefined ? from : `side ${side} of ${from}`));
  const lines = [node.id, `  ${node.kind === 'union' ? 'union' : `${node.kind} ${node.stage}`}`];
  if (inputs.length > 0) lines.push(`  reads ${inputs.join(', ')}`);
  if (node.kind === 'union') return lines;
  const definition = await registry.load(node.kind, node.stage, graph.base);
  for (const [name, field] of Object.entries(optionFields(definition))) {
    const own = name === 'codec' && node.codec ? { [node.codec.name]: node.codec.options } : node.options[name];
    const value = own ?? field.default;
    if (value === undefined) continue;
    const shown = node.secrets?.includes(name) ? '(secret)' : inlineYaml(value);
    lines.push(`  ${name}: ${shown}${own === undefined ? '  (default)' : ''}`);
  }
  if (node.time) lines.push(`  ${timeText(node.time)}`);
  if (node.kind === 'sink' && definition.kind === 'sink' && typeof definition.delivery === 'string') {
    lines.push(`  delivery: ${definition.delivery}`);
  }
  if (node.buffer !== undefined) lines.push(`  buffer: ${bufferText(node.buffer)}`);
  if (node.parallelism !== undefined) lines.push(`  parallelism: ${node.parallelism}`);
  return [...lines, `  a record that it throws on: ${node.onError}`];
}

function bufferText({ maxBytes, maxAgeMs, full }: NonNullable<GraphNode['buffer']>): string {
  const age = maxAgeMs === undefined ? '' : `, for ${formatDuration(maxAgeMs)} at most`;
  const then =
    full === 'wait' ? 'then the stream waits' : `then the ${full === 'drop-oldest' ? 'oldest' : 'newest'} are dropped`;
  return `on the disk while the other side is away, up to ${formatBytes(maxBytes)} a subtask, ${then}${age}`;
}

function timeText({ at, outOfOrderMs, aheadMs, idleMs, alignMs, quietMs }: NonNullable<GraphNode['time']>): string {
  const what = at === undefined ? "the source's own" : inlineYaml(at);
  const ahead = aheadMs === undefined ? '' : ` and ${formatDuration(aheadMs)} ahead of the clock`;
  const idle = idleMs === undefined ? '' : `, idle after ${formatDuration(idleMs)}`;
  const align = alignMs === undefined ? '' : `, at most ${formatDuration(alignMs)} ahead of what it meets`;
  const quiet = quietMs === undefined ? '' : `, goes on with the clock when quiet for ${formatDuration(quietMs)}`;
  return `event time: ${what}, up to ${formatDuration(outOfOrderMs)} out of order${ahead}${idle}${align}${quiet}`;
}
