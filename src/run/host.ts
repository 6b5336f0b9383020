import { toErrorData, WeirError } from '../base/errors.ts';
import type { Chain } from '../flow/chain.ts';
import { LinkMux, LocalChannel, RemoteReceiver, RemoteSender } from '../flow/channel.ts';
import { frameCodec } from '../flow/frame.ts';
import { type LoadedStage, loadStages } from '../topology/load-stages.ts';
import type { PlanChain, PlanEdge } from '../topology/plan.ts';
import type { HostWorld } from '../world/threads.ts';
import { buildChain, type HostParts } from './build-chain.ts';
import { resolveClosures } from './closures.ts';
import type { FromHost, HostData, ToHost } from './protocol.ts';
import { HostTerminal } from './terminal.ts';
import { Turns } from './turns.ts';

/** How often source chains are woken although nothing happens: idleness and watermarks of quiet sources depend on time. */
const TICK_MS = 200;

/** What a thread runs while its topology does: the chains that the plan puts on it. */
export async function weirHost(world: HostWorld, given: unknown): Promise<void> {
  const host = new Host(world, given as HostData);
  await host.run();
}

class Host {
  private readonly world: HostWorld;
  private readonly data: HostData;
  private readonly turns: Turns;
  private readonly chains: Chain[] = [];
  private readonly muxes = new Map<number, LinkMux>();
  private readonly local = new Map<number, LocalChannel>();
  private readonly terminal: HostTerminal;
  private readonly ended: Promise<void>;
  private end!: () => void;
  private stopped = false;

  constructor(world: HostWorld, data: HostData) {
    this.world = world;
    this.data = data;
    // No code of the user's runs yet.
    world.pulse[2] = -1;
    this.turns = new Turns(world.clock, world.pulse);
    this.terminal = new HostTerminal((text) => this.send({ type: 'print', text }));
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    world.links.forEach((link, index) => {
      if (link) this.muxes.set(index, new LinkMux(link));
    });
  }

  async run(): Promise<void> {
    const graph = await resolveClosures(this.data.graph);
    const stages: ReadonlyMap<string, LoadedStage> = await loadStages(graph);
    // Messages that came meanwhile have been kept by the port.
    const opened = this.build(stages);
    this.world.control.onMessage = (message) => this.receive(message as ToHost);
    opened.then(
      () => this.send({ type: 'ready' }),
      (error) => this.fail('', error),
    );
    const tick = () => {
      if (this.stopped) return;
      this.turns.wakeAll();
      this.world.clock.after(TICK_MS, tick);
    };
    tick();
    await this.ended;
    await Promise.allSettled(this.chains.map((chain) => chain.close()));
  }

  private send(message: FromHost): void {
    this.world.control.post(message);
  }

  private fail(stage: string, error: unknown): void {
    if (this.stopped) return;
    this.stopped = true;
    this.turns.stop();
    this.send({ type: 'failed', stage, error: toErrorData(error) });
  }

  private receive(message: ToHost): void {
    if (message.type === 'stop') {
      this.stopped = true;
      this.turns.stop();
      this.end();
      return;
    }
    if (message.type === 'printed') {
      this.terminal.shown(message.bytes);
      return;
    }
    for (const chain of this.chains) {
      if (message.type === 'barrier') chain.requestBarrier(message.epoch);
      else if (message.type === 'committed') chain.committed(message.epoch);
      else chain.drain();
    }
  }

  private build(stages: ReadonlyMap<string, LoadedStage>): Promise<void> {
    const parts: HostParts = {
      data: this.data,
      world: this.world,
      stages,
      senders: (edge, subtask) => this.senders(edge, subtask),
      receivers: (edge, subtask) => this.receivers(edge, subtask),
      log: (level, stage, text) => this.send({ type: 'log', level, stage, text }),
      fail: (stage, error) => this.fail(stage, error),
      terminal: this.terminal,
    };
    const opened: Promise<void>[] = [];
    for (const plan of this.data.plan.chains) {
      plan.hosts.forEach((host, subtask) => {
        if (host === this.world.index) opened.push(this.buildOne(parts, plan, subtask));
      });
    }
    return Promise.all(opened).then(() => undefined);
  }

  private buildOne(parts: HostParts, plan: PlanChain, subtask: number): Promise<void> {
    const name = this.data.plan.nodes[plan.nodes[0] ?? 0]?.id ?? '';
    const turn = this.turns.add((error) => this.fail(name, error));
    const built = buildChain(
      parts,
      plan,
      subtask,
      {
        part: (part) => this.send({ type: 'part', part }),
        ended: () => this.send({ type: 'ended', chain: plan.index, subtask }),
        drained: () => this.send({ type: 'drained', chain: plan.index, subtask }),
        failed: (error) => this.fail(name, error),
      },
      turn.wake,
    );
    this.chains.push(built.chain);
    // No step before sinks and sources are open.
    return built.opened.then(() => turn.begin(() => built.chain.step()));
  }

  private senders(edge: PlanEdge, subtask: number): (LocalChannel | RemoteSender)[] {
    const to = this.data.plan.chains[edge.to] as PlanChain;
    return to.hosts.map((host, target) => {
      const channel = edge.firstChannel + subtask * to.parallelism + target;
      if (host === this.world.index) return this.localChannel(channel);
      return new RemoteSender(channel, this.mux(host), frameCodec(edge.fields));
    });
  }

  private receivers(edge: PlanEdge, subtask: number): (LocalChannel | RemoteReceiver)[] {
    const { chains, nodes } = this.data.plan;
    const from = chains[nodes[edge.from]?.chain ?? -1] as PlanChain;
    const to = chains[edge.to] as PlanChain;
    return from.hosts.map((host, source) => {
      const channel = edge.firstChannel + source * to.parallelism + subtask;
      if (host === this.world.index) return this.localChannel(channel);
      return new RemoteReceiver(channel, this.mux(host), frameCodec(edge.fields));
    });
  }

  private localChannel(channel: number): LocalChannel {
    let made = this.local.get(channel);
    if (made === undefined) {
      made = new LocalChannel();
      this.local.set(channel, made);
    }
    return made;
  }

  private mux(host: number): LinkMux {
    const mux = this.muxes.get(host);
    if (mux === undefined) throw new WeirError('WEIR_ASSERTION', `no link to host ${host}`);
    return mux;
  }
}
