import type { SinkDefinition } from '../../stage/definition.ts';
import type { Graph } from '../graph.ts';
import type { LoadedStage } from '../load-stages.ts';
import type { Exchange, Plan, PlanChain, PlanEdge, PlanNode, Target } from '../plan.ts';

/** A stage, or a half of one, as it is drawn: its id, then what the plan makes of it. */
export interface DrawnStage {
  /** Index of the planned node. */
  node: number;
  lines: string[];
}

/** A chain: stages that are fused into one actor. */
export interface DrawnChain {
  /** `2 subtasks`, or `1 subtask`. */
  title: string;
  stages: DrawnStage[];
}

/** A way of records from one stage to another. */
export interface DrawnArrow {
  from: number;
  to: number;
  /** How records are dealt out, by which input they come and which side output they are; '' for plain calls. */
  label: string;
  side: boolean;
}

/** A plan as a picture, without any place on it. */
export interface Drawing {
  name: string;
  chains: DrawnChain[];
  arrows: DrawnArrow[];
}

const EXCHANGES: Record<Exchange, string> = {
  forward: 'forward',
  rebalance: 'rebalance',
  gather: 'gather',
  broadcast: 'broadcast',
  'hash-key': 'hash by key',
  'hash-own': 'hash by its own key',
  range: 'by range',
};

/** What a picture of a plan shows. Shows no options, so no secrets. */
export function drawingOf(plan: Plan, graph: Graph, stages: ReadonlyMap<string, LoadedStage>): Drawing {
  const chains = plan.chains.map((chain) => ({
    title: `${chain.parallelism} ${chain.parallelism === 1 ? 'subtask' : 'subtasks'}`,
    stages: chain.nodes.map((index) => ({ node: index, lines: linesOf(at(plan.nodes, index), graph, stages) })),
  }));
  const arrows: DrawnArrow[] = [];
  for (const node of plan.nodes) {
    const add = (targets: readonly Target[], side?: string) => {
      for (const target of targets) arrows.push(arrowOf(plan, node, target, side));
    };
    add(node.targets);
    for (const [side, targets] of Object.entries(node.sides)) add(targets, side);
  }
  return { name: graph.name, chains, arrows };
}

function linesOf(node: PlanNode, graph: Graph, stages: ReadonlyMap<string, LoadedStage>): string[] {
  const { id, kind, stage, half, pushed = [], wanted } = node;
  const lines = [half === undefined ? id : `${id} (${half})`];
  if (kind === 'union') return [...lines, 'union'];
  lines.push(half === undefined ? `${kind} ${stage}` : `${half} half of ${stage}`);
  if (pushed.length > 0) {
    const names = pushed.map((each) => graph.nodes.find((other) => other.id === each)?.stage ?? each);
    lines.push(`runs ${names.join(', ')}`);
  }
  if (wanted !== undefined && wanted.length > 0)
    lines.push(`decodes ${fieldList(wanted.map((path) => path.join('.')))}`);
  const { definition, options } = stages.get(id) as LoadedStage;
  if (definition?.kind === 'sink') lines.push(deliveryOf(definition, options));
  if (graph.nodes.find((each) => each.id === id)?.buffer) lines.push('buffered on the disk');
  if (node.retractions) lines.push('gives retractions');
  return lines;
}

function deliveryOf({ delivery }: SinkDefinition, options: unknown): string {
  return typeof delivery === 'function' ? delivery(options as never) : delivery;
}

/** Long lists are cut: a box is no table. */
function fieldList(names: readonly string[]): string {
  return names.length > 4 ? `${names.length} fields` : names.join(', ');
}

function arrowOf(plan: Plan, from: PlanNode, target: Target, side: string | undefined): DrawnArrow {
  const isSide = side !== undefined;
  if ('node' in target) return { from: from.index, to: target.node, label: side ?? '', side: isSide };
  const edge = at(plan.edges, target.edge);
  const head = at(plan.nodes, at(at(plan.chains, edge.to).nodes, 0));
  const label = [side, portOf(head, edge), exchangeText(edge, head)].filter((part) => part !== undefined);
  return { from: from.index, to: head.index, label: label.join(': '), side: isSide };
}

/** The option that names the stream, of a stage with several inputs; the first is the stream that it stands in. */
function portOf(head: PlanNode, { port }: PlanEdge): string | undefined {
  if (head.ports === undefined) return undefined;
  return port === 0 ? 'from' : head.ports[port - 1];
}

function exchangeText({ exchange, port }: PlanEdge, head: PlanNode): string {
  const words = EXCHANGES[exchange];
  const names = exchange === 'hash-key' && port === 0 ? head.keyNames : [];
  return names.length === 0 ? words : `${words} ${names.join(', ')}`;
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}

/** The chain that each planned node is drawn in. */
export function chainsOfNodes({ chains }: { chains: readonly (DrawnChain | PlanChain)[] }): Map<number, number> {
  const of = new Map<number, number>();
  chains.forEach((chain, i) => {
    const nodes = 'stages' in chain ? chain.stages.map(({ node }) => node) : chain.nodes;
    for (const node of nodes) of.set(node, i);
  });
  return of;
}
