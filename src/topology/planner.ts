import type { Expression } from '../expr/expression.ts';
import type { AnyDefinition, OperatorDefinition, Partition, SinkDefinition } from '../stage/definition.ts';
import { clockedNodes } from './clocked.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Exchange, Plan, PlanChain, PlanEdge, PlanNode, Resolved, Target } from './plan.ts';
import { FieldReads, type Reader, readersOf } from './plan-reads.ts';
import { type Updates, updatesOf } from './plan-updates.ts';

/** What the planner tracks of a stream while it walks the graph. */
interface Stream {
  keyNames: readonly string[];
  fields?: readonly string[];
  /** What its records are dealt out by: the graph node of the key, an operator's own key, or nothing in particular. */
  dealtBy: string | undefined;
}

/** Makes the plan of a graph for a number of hosts. Pure. */
export function makePlan(graph: Graph, resolved: ReadonlyMap<string, Resolved>, hosts: number): Plan {
  return new Planner(graph, resolved, hosts).plan();
}

class Planner {
  private readonly graph: Graph;
  private readonly resolved: ReadonlyMap<string, Resolved>;
  private readonly hosts: number;
  private readonly nodes: PlanNode[] = [];
  private readonly edges: PlanEdge[] = [];
  private readonly chains: PlanChain[] = [];
  /** Graph node → the planned node that its output comes from, and what is known of it. */
  private readonly made = new Map<string, { node: PlanNode; stream: Stream }>();
  private readonly readers: ReadonlyMap<string, readonly Reader[]>;
  private readonly reads: FieldReads;
  private readonly updates: Updates;
  private readonly clocked: ReadonlySet<string>;
  private channels = 1;

  constructor(graph: Graph, resolved: ReadonlyMap<string, Resolved>, hosts: number) {
    this.graph = graph;
    this.resolved = resolved;
    this.hosts = hosts;
    this.readers = readersOf(graph);
    this.reads = new FieldReads(resolved, this.readers);
    this.updates = updatesOf(graph, resolved);
    this.clocked = clockedNodes(graph, resolved);
  }

  plan(): Plan {
    const done = new Set<string>();
    const visit = (node: GraphNode) => {
      if (done.has(node.id)) return;
      done.add(node.id);
      for (const input of node.inputs) visit(this.graph.nodes.find((other) => other.id === input.node) as GraphNode);
      if (!this.made.has(node.id)) this.place(node);
    };
    for (const node of this.graph.nodes) visit(node);
    for (const edge of this.edges) {
      edge.firstChannel = this.channels;
      const [from, to] = [this.chainOf(edge.from), this.chains[edge.to] as PlanChain];
      this.channels += from.parallelism * to.parallelism;
    }
    const { name, settings } = this.graph;
    return { name, hosts: this.hosts, nodes: this.nodes, edges: this.edges, chains: this.chains, settings };
  }

  private chainOf(node: number): PlanChain {
    return this.chains[(this.nodes[node] as PlanNode).chain] as PlanChain;
  }

  private place(node: GraphNode): void {
    const { definition, options } = this.resolved.get(node.id) as Resolved;
    if (node.kind === 'source') this.placeSource(node, definition);
    else if (node.kind === 'union') this.placeUnion(node);
    else if (node.inputs.length > 1) this.placeJoining(node, definition as OperatorDefinition, options);
    else this.placeStage(node, definition as OperatorDefinition | SinkDefinition, options);
  }

  private placeStage(node: GraphNode, stage: OperatorDefinition | SinkDefinition, options: any): void {
    const [input] = node.inputs as [GraphNode['inputs'][number]];
    const from = this.made.get(input.node) as { node: PlanNode; stream: Stream };
    const side = input.side;
    const stream = side === undefined ? from.stream : sideStream(from.stream);
    const asked = typeof stage.partition === 'function' ? stage.partition(options) : (stage.partition ?? 'any');
    const exchange = this.exchangeFor(node, asked, stream, this.chainOf(from.node.index).parallelism);

    let source = from.node;
    let half: PlanNode['half'];
    if (exchange === 'gather' && stage.kind === 'operator' && stage.partial !== undefined) {
      source = this.add(node, stream, source.chain, 'partial');
      connect(from.node, side, { node: source.index });
      half = 'final';
    }
    const parallelism = this.parallelismOf(node, exchange, this.chainOf(source.index).parallelism);
    const chain = exchange === undefined ? source.chain : this.newChain(parallelism).index;
    const made = this.add(node, stream, chain, half);
    const target = half === 'final' ? undefined : side;
    if (exchange === undefined) connect(source, target, { node: made.index });
    else connect(source, target, { edge: this.edge(source, made, exchange, half ? undefined : stream).index });
    this.made.set(node.id, { node: made, stream: after(stage, options, stream, exchange) });
  }

  private placeSource(node: GraphNode, definition: AnyDefinition | undefined): void {
    const splits = definition?.kind === 'source' && definition.splits !== undefined;
    const parallelism = splits ? (node.parallelism ?? this.hosts) : 1;
    let stream: Stream = { keyNames: [], dealtBy: undefined };
    const made = this.add(node, stream, this.newChain(parallelism).index);
    made.pushed = [];
    let last = node;
    for (;;) {
      const [reader, ...others] = this.readers.get(last.id) ?? [];
      const next = reader?.node;
      const pushable = next !== undefined && others.length === 0 && this.pushable(next, node);
      if (!pushable) break;
      const { definition: d, options: o } = this.resolved.get(next.id) as Resolved;
      stream = after(d as OperatorDefinition, o, stream, undefined);
      made.pushed.push(next.id);
      this.made.set(next.id, { node: made, stream });
      last = next;
      if (next.stage === 'select') break;
    }
    const wanted = this.reads.wantedBy(last);
    if (wanted !== 'all') made.wanted = wanted;
    this.made.set(node.id, { node: made, stream });
  }

  /** Filters, and one projection, of text (closures would have to be found again on the host) can run in the decoder. */
  private pushable(node: GraphNode, source: GraphNode): boolean {
    const { definition, options } = this.resolved.get(node.id) as Resolved;
    if (definition?.kind !== 'operator' || definition.relational === undefined) return false;
    if (node.parallelism !== undefined || node.inputs.some((input) => input.side !== undefined)) return false;
    // In the source its errors would follow the source's policy.
    if (node.onError !== source.onError) return false;
    const form = definition.relational(options);
    if (form.kind === 'key') return false;
    const expressions = form.kind === 'filter' ? [form.filter] : form.select.expressions;
    // A filter runs before event time is read.
    const early = form.kind === 'filter' && source.time?.at !== undefined;
    return expressions.every((e) => e.node !== undefined && !(early && asksEventTime(e)));
  }

  /** A stage with several inputs begins a chain of its own, in which each record comes by the edge of its input. */
  private placeJoining(node: GraphNode, stage: OperatorDefinition, options: any): void {
    const others = stage.others?.(options) ?? {};
    const main = typeof stage.partition === 'function' ? stage.partition(options) : stage.partition;
    const inputs = node.inputs.map((input) => {
      const from = this.made.get(input.node) as { node: PlanNode; stream: Stream };
      const stream = input.side === undefined ? from.stream : sideStream(from.stream);
      const asked = input.port === undefined ? main : (others[input.port]?.partition ?? 'broadcast');
      return { ...input, from: from.node, stream, asked };
    });
    const single = inputs.some(
      ({ asked, stream }) => asked === 'all' || (asked === 'key' && stream.keyNames.length === 0),
    );
    const [{ stream, from: first }] = inputs as [(typeof inputs)[number]];
    const dealt = inputs.some(({ asked }) => asked === 'key' || (typeof asked === 'object' && 'by' in asked));
    const before = this.chainOf(first.index).parallelism;
    const parallelism = single ? 1 : (node.parallelism ?? (dealt ? this.hosts : before));
    const made = this.add(node, stream, this.newChain(parallelism).index);
    made.ports = inputs.flatMap(({ port }) => port ?? []);
    inputs.forEach(({ from, side, stream: input, asked }, port) => {
      const wide = this.chainOf(from.index).parallelism;
      const exchange = parallelism === 1 && wide > 1 ? 'gather' : exchangeTo(asked, parallelism, wide, input);
      connect(from, side, { edge: this.edge(from, made, exchange, input, port).index });
    });
    const next = after(stage, options, stream, undefined);
    // Records that were dealt out by what is their key from here on lie where a keyed stage needs them.
    const byKey = typeof main === 'object' && 'by' in main && String(main.by.names) === String(next.keyNames);
    this.made.set(node.id, { node: made, stream: { ...next, dealtBy: byKey ? 'key' : undefined } });
  }

  private placeUnion(node: GraphNode): void {
    const inputs = node.inputs.map((input) => {
      const made = this.made.get(input.node) as { node: PlanNode; stream: Stream };
      return { ...made, side: input.side };
    });
    const parallelism = Math.max(...inputs.map(({ node: n }) => this.chainOf(n.index).parallelism));
    const names = inputs.map(({ stream }) => stream.keyNames.join('\n'));
    const sameKeys = names.every((name) => name === names[0]);
    const fields = inputs.map(({ stream }) => stream.fields?.join('\n'));
    const stream: Stream = {
      keyNames: sameKeys ? (inputs[0]?.stream.keyNames ?? []) : [],
      dealtBy: undefined,
      ...(fields.every((f) => f !== undefined && f === fields[0]) ? { fields: inputs[0]?.stream.fields } : {}),
    };
    const made = this.add(node, stream, this.newChain(parallelism).index);
    for (const { node: from, side, stream: input } of inputs) {
      const exchange = this.chainOf(from.index).parallelism === parallelism ? 'forward' : 'rebalance';
      connect(from, side, { edge: this.edge(from, made, exchange, input).index });
    }
    this.made.set(node.id, { node: made, stream });
  }

  /** How records must be dealt out anew before this stage; undefined when they may stay where they are. */
  private exchangeFor(node: GraphNode, asked: Partition, stream: Stream, before: number): Exchange | undefined {
    const wide = Math.max(before, node.parallelism ?? this.hosts);
    if (asked === 'any') return node.parallelism !== undefined && node.parallelism !== before ? 'rebalance' : undefined;
    if (asked === 'all' || (asked === 'key' && stream.keyNames.length === 0))
      return before === 1 ? undefined : 'gather';
    if (wide === 1) return undefined;
    if (asked === 'rebalance' || asked === 'broadcast') return asked;
    if (typeof asked === 'object' && 'range' in asked) return 'range';
    if (asked === 'key') return stream.dealtBy === 'key' ? undefined : 'hash-key';
    return 'hash-own';
  }

  private parallelismOf(node: GraphNode, exchange: Exchange | undefined, before: number): number {
    if (exchange === undefined) return before;
    if (exchange === 'gather') return 1;
    return node.parallelism ?? this.hosts;
  }

  private add(node: GraphNode, stream: Stream, chain: number, half?: PlanNode['half']): PlanNode {
    const made: PlanNode = {
      index: this.nodes.length,
      id: node.id,
      kind: node.kind,
      stage: node.stage,
      chain,
      keyNames: stream.keyNames,
      targets: [],
      sides: {},
      ...(half ? { half } : {}),
      ...(this.updates.retractions.has(node.id) ? { retractions: true } : {}),
      ...(this.updates.fed.has(node.id) ? { updating: true } : {}),
      ...(this.updates.fedByOthers.has(node.id) ? { othersUpdating: true } : {}),
      ...(this.updates.scattered.has(node.id) ? { scattered: true } : {}),
      ...(this.clocked.has(node.id) ? { clocked: true } : {}),
      ...(stream.fields && half !== 'final' ? { fields: stream.fields } : {}),
    };
    this.nodes.push(made);
    (this.chains[chain] as PlanChain).nodes.push(made.index);
    return made;
  }

  private newChain(parallelism: number): PlanChain {
    const index = this.chains.length;
    // Single subtasks are dealt out over the hosts too, beginning away from the first, which has most of them.
    const hosts = Array.from({ length: parallelism }, (_, i) => (parallelism === 1 ? index : i) % this.hosts);
    const chain: PlanChain = { index, nodes: [], parallelism, hosts, inputs: [], outputs: [] };
    this.chains.push(chain);
    return chain;
  }

  private edge(from: PlanNode, to: PlanNode, exchange: Exchange, stream: Stream | undefined, port = 0): PlanEdge {
    const edge: PlanEdge = {
      index: this.edges.length,
      from: from.index,
      to: to.chain,
      port,
      exchange,
      keyed: (stream?.keyNames.length ?? 0) > 0,
      firstChannel: 0,
      ...(stream?.fields ? { fields: stream.fields } : {}),
    };
    this.edges.push(edge);
    (this.chains[from.chain] as PlanChain).outputs.push(edge.index);
    (this.chains[to.chain] as PlanChain).inputs.push(edge.index);
    return edge;
  }
}

function connect(from: PlanNode, side: string | undefined, target: Target): void {
  if (side === undefined) from.targets.push(target);
  else (from.sides[side] ??= []).push(target);
}

/** How one input of a stage with several is dealt out to its subtasks. */
function exchangeTo(asked: Partition, parallelism: number, before: number, stream: Stream): Exchange {
  const same = before === parallelism ? 'forward' : 'rebalance';
  if (parallelism === 1 || asked === 'any' || asked === 'all') return same;
  if (asked === 'rebalance' || asked === 'broadcast') return asked;
  if (asked === 'key') return stream.dealtBy === 'key' && before === parallelism ? 'forward' : 'hash-key';
  return 'range' in asked ? 'range' : 'hash-own';
}

/** What is known of the records behind a stage. */
function after(
  stage: OperatorDefinition | SinkDefinition,
  options: any,
  stream: Stream,
  exchange: Exchange | undefined,
): Stream {
  if (stage.kind !== 'operator') return stream;
  const form = stage.relational?.(options);
  const dealtBy = exchange === 'hash-key' ? 'key' : exchange === undefined ? stream.dealtBy : undefined;
  if (form?.kind === 'filter') return { ...stream, dealtBy };
  if (form?.kind === 'key') return { ...stream, keyNames: form.key.names, dealtBy: undefined };
  const fields =
    form?.kind === 'project' ? form.select.names : stage.passes ? undefined : stage.fields?.(options, stream.keyNames);
  const keyNames = stage.outputKey?.(options, stream.keyNames);
  if (keyNames !== undefined) return { keyNames, dealtBy: undefined, ...(fields ? { fields } : {}) };
  return { keyNames: stream.keyNames, dealtBy, ...(fields ? { fields } : {}) };
}

/** A side output gives the records that came in, of which no fields are promised. */
function sideStream(stream: Stream): Stream {
  return { keyNames: stream.keyNames, dealtBy: stream.dealtBy };
}

function asksEventTime({ node }: Expression): boolean {
  return JSON.stringify(node).includes('"name":"eventTime"');
}
