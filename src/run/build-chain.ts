import { Aligner } from '../flow/aligner.ts';
import { Chain } from '../flow/chain.ts';
import type { ChainListener } from '../flow/chain-options.ts';
import type { ChainNode } from '../flow/chain-part.ts';
import type { LocalChannel, RemoteReceiver, RemoteSender } from '../flow/channel.ts';
import { type ChainScope, type Consumer, ErrorHandler, fan } from '../flow/consumer.ts';
import { Counters, SLOT_SIZE } from '../flow/counters.ts';
import { DeadLetterWriter } from '../flow/dead-letters.ts';
import { LateJournal } from '../flow/late-journal.ts';
import type { OperatorNode } from '../flow/operator-node.ts';
import { TURN_MS } from '../flow/pace.ts';
import { type Deal, Partitioner } from '../flow/partitioner.ts';
import type { OperatorDefinition, SinkDefinition } from '../stage/definition.ts';
import type { At } from '../stage/row.ts';
import type { Terminal } from '../stage/sink.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { PlanChain, PlanEdge, PlanNode, Target } from '../topology/plan.ts';
import type { Clock } from '../world/clock.ts';
import type { HostWorld } from '../world/threads.ts';
import { buildOperator } from './build-operator.ts';
import { buildSink } from './build-sink.ts';
import { buildSource } from './build-source.ts';
import type { Owned } from './owned.ts';
import { type HostData, slotOf } from './protocol.ts';
import type { Questions } from './questions.ts';

/** What all chains of a host are built from. */
export interface HostParts {
  data: HostData;
  world: HostWorld;
  stages: ReadonlyMap<string, LoadedStage>;
  receivers(edge: PlanEdge, subtask: number): (LocalChannel | RemoteReceiver)[];
  senders(edge: PlanEdge, subtask: number): (LocalChannel | RemoteSender)[];
  /** Hides secrets in what is told. */
  mask(text: string): string;
  log(level: 'info' | 'warn' | 'error', stage: string, text: string): void;
  fail(stage: string, error: unknown): void;
  terminal: Terminal;
  questions: Questions;
}

/** What a chain's builder hands to the builders of its parts. */
export interface ChainParts extends HostParts {
  plan: PlanChain;
  subtask: number;
  at: At;
  scope: ChainScope;
  nodes: ChainNode[];
  wake: () => void;
  counters(node: PlanNode): Counters;
  errors(node: PlanNode, counters: Counters, scope?: ChainScope): ErrorHandler;
  /** Its dead letters are those of records that were taken before and refused later. */
  lateScope: ChainScope;
  /** Asks for a checkpoint. */
  checkpoint(): void;
  /** A fresh path for a pending part of a stage. */
  pendingPath(stage: string): string;
  /** Runs before the first step. */
  opening: Promise<void>[];
  /** The same for what stands in a checkpoint: work in portions, one after the other. */
  restoring: Generator<void>[];
  /** What its stages take of the world. */
  owned: Owned;
}

/** A chain and the promise of its being open; which settles only when nothing of it is being opened any more. */
export interface BuiltChain {
  chain: Chain;
  opened: Promise<void>;
}

/** Builds one subtask of a planned chain. What its stages open is `owned`'s to close, also when this throws. */
export function buildChain(
  host: HostParts,
  plan: PlanChain,
  subtask: number,
  listener: ChainListener,
  wake: () => void,
  owned: Owned,
): BuiltChain {
  const { data } = host;
  const world: HostWorld = { ...host.world, disk: owned.disk };
  const at: At = { time: Number.NaN, order: Number.NaN, key: null, retract: false };
  let pendingCount = 0;
  const pendingPath = (stage: string) =>
    `${data.pendingFolder}/${data.generation}-${stage.replace(/[^\w.-]/g, '_')}-${subtask}-${pendingCount++}.part`;
  const letters = (name: string, place: At) =>
    new DeadLetterWriter(world.disk, () => pendingPath(`${name}-${plan.index}`), place, host.mask);
  const deadLetters = letters('dead-letters', at);
  const lateLetters = letters('late-letters', { ...at });
  const journal = new LateJournal(world.disk, () => pendingPath(`late-${plan.index}`), at, subtask);
  const byNumber = data.plan.nodes.map((node) => {
    const suspects = data.quarantine[node.id] ?? [];
    return [node.index, new Map(suspects.map(([order, aside]) => [order, new Set(aside)]))] as const;
  });
  const scope: ChainScope = {
    at,
    deadLetters,
    journal,
    pulse: world.pulse,
    quarantine: new Map(byNumber.filter(([, orders]) => orders.size > 0)),
    log: (level, stage, text) => host.log(level, stage, text),
  };
  const metrics = new Float64Array(data.metrics);
  const counters = new Map<number, Counters>();
  const parts: ChainParts = {
    ...host,
    world,
    owned,
    plan,
    subtask,
    at,
    scope,
    nodes: [],
    wake,
    counters(node) {
      const slot = slotOf(data.plan, node.index, subtask) * SLOT_SIZE;
      const known = counters.get(slot) ?? new Counters(metrics.subarray(slot, slot + SLOT_SIZE));
      counters.set(slot, known);
      return known;
    },
    lateScope: { ...scope, deadLetters: lateLetters },
    errors: (node, counters, own = scope) =>
      new ErrorHandler(own, node.id, host.stages.get(node.id)?.node.onError ?? 'dead-letter', counters),
    checkpoint: () => listener.checkpoint(),
    pendingPath,
    opening: [],
    restoring: [],
  };

  const outputs = new Map<number, Partitioner>();
  for (const index of plan.outputs) {
    const edge = data.plan.edges[index] as PlanEdge;
    const senders = host.senders(edge, subtask);
    for (const sender of senders) sender.onRoom = wake;
    const from = data.plan.nodes[edge.from] as PlanNode;
    const errors = parts.errors(from, parts.counters(from));
    outputs.set(index, new Partitioner(edge.exchange, senders, at, edge.keyed, subtask, errors, ownDeal(host, edge)));
  }
  // Built from the last to the first, since each needs those behind it.
  const consumers = new Map<number, Consumer>();
  const behind = (targets: readonly Target[]) =>
    fan(targets.map((t) => ('edge' in t ? outputs.get(t.edge) : consumers.get(t.node)) as Consumer));
  for (const index of [...plan.nodes].reverse()) {
    const node = data.plan.nodes[index] as PlanNode;
    if (node.kind === 'source') continue;
    consumers.set(index, buildNode(parts, node, behind));
  }
  parts.nodes.reverse();
  const first = data.plan.nodes[plan.nodes[0] as number] as PlanNode;
  const common = {
    chain: plan.index,
    subtask,
    at,
    outputs: [...outputs.values()],
    deadLetters,
    lateLetters,
    journal,
    clock: world.clock,
  };
  const rest = { ...common, nodes: parts.nodes, listener, wake, full: data.full };
  if (first.kind === 'source') {
    const { input, reader, node } = buildSource(parts, first, behind(first.targets));
    parts.nodes.unshift(node);
    const committed = reader.committed?.bind(reader);
    const source = { stage: first.id, input, ...(committed ? { committed } : {}) };
    const chain = new Chain({ ...rest, heads: [behind(first.targets)], source });
    return { chain, opened: ready(parts) };
  }
  const channels = plan.inputs.flatMap((index) => {
    const edge = data.plan.edges[index] as PlanEdge;
    return host.receivers(edge, subtask).map((receiver) => ({ receiver, port: edge.port }));
  });
  for (const { receiver } of channels) receiver.onMessage = wake;
  const aligner = new Aligner(
    channels.map(({ receiver }) => receiver),
    channels.map(({ port }) => port),
    awaitedPorts(host, first),
  );
  const head = consumers.get(first.index) as Consumer;
  const heads = [head, ...(first.ports ?? []).map((port) => (head as OperatorNode).other(port))];
  const portEnd = (port: number) => (head as OperatorNode).otherEnd(first.ports?.[port - 1] as string);
  const chain = new Chain({ ...rest, heads, portEnd, aligner });
  return { chain, opened: ready(parts) };
}

/**
 * All is open, and state is back. Waits for all, since what is closed while it opens would stay open. Rejects with the first
 * failure.
 */
async function ready({ opening, restoring, world }: ChainParts): Promise<void> {
  opening.push(inTurns(restoring, world.clock));
  await Promise.allSettled(opening);
  await Promise.all(opening);
}

/** Does work in portions, each turn for as long as it may be. */
async function inTurns(work: readonly Generator<void>[], clock: Clock): Promise<void> {
  let begun = clock.monotonic();
  for (const one of work) {
    for (const _ of one) {
      if (clock.monotonic() - begun < TURN_MS) continue;
      await new Promise<void>((resolve) => clock.defer(resolve));
      begun = clock.monotonic();
    }
  }
}

/** The ports whose end a stage waits for. */
function awaitedPorts(host: HostParts, { id, ports = [] }: PlanNode): number[] {
  if (ports.length === 0) return [];
  const { definition, options } = host.stages.get(id) as LoadedStage;
  const others = (definition as OperatorDefinition).others?.(options) ?? {};
  return ports.flatMap((port, i) => (others[port]?.awaited === true ? i + 1 : []));
}

/** What of the next stage's own an edge deals out by. */
function ownDeal(host: HostParts, edge: PlanEdge): Deal | undefined {
  if (edge.exchange !== 'hash-own' && edge.exchange !== 'range') return undefined;
  const head = host.data.plan.nodes[host.data.plan.chains[edge.to]?.nodes[0] ?? -1] as PlanNode;
  const { definition, options } = host.stages.get(head.id) as LoadedStage;
  const { partition } = definition as OperatorDefinition | SinkDefinition;
  const port = head.ports?.[edge.port - 1];
  if (port !== undefined) return (definition as OperatorDefinition).others?.(options)[port]?.partition as Deal;
  return (typeof partition === 'function' ? partition(options) : partition) as Deal;
}

function buildNode(parts: ChainParts, node: PlanNode, behind: (targets: readonly Target[]) => Consumer): Consumer {
  if (node.kind === 'union') return behind(node.targets);
  if (node.kind === 'sink') return buildSink(parts, node);
  return buildOperator(parts, node, behind);
}
