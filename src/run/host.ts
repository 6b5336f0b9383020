import type { ActorRef } from '../actor/ref.ts';
import { ActorSystem } from '../actor/system.ts';
import { type ErrorData, located, toErrorData, WeirError } from '../base/errors.ts';
import { masker } from '../base/mask.ts';
import type { ChainListener } from '../flow/chain-options.ts';
import { LinkMux, LocalChannel, RemoteReceiver, RemoteSender } from '../flow/channel.ts';
import { frameCodec } from '../flow/frame.ts';
import { type LoadedStage, loadStages } from '../topology/load-stages.ts';
import type { PlanChain, PlanEdge } from '../topology/plan.ts';
import type { HostWorld } from '../world/threads.ts';
import { buildChain, type HostParts } from './build-chain.ts';
import { ChainActor, type ToChain } from './chain-actor.ts';
import { resolveClosures } from './closures.ts';
import { Owned } from './owned.ts';
import type { FromHost, HostData, ToHost } from './protocol.ts';
import { Questions } from './questions.ts';
import { HostTerminal } from './terminal.ts';

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
  private readonly system: ActorSystem;
  private readonly chains: ActorRef<ToChain>[] = [];
  private readonly muxes = new Map<number, LinkMux>();
  private readonly local = new Map<number, LocalChannel>();
  private readonly terminal: HostTerminal;
  private readonly questions: Questions;
  private readonly ended: Promise<void>;
  private end!: () => void;
  private stopped = false;
  /** The last checkpoint that is durable. */
  private committed = 0;

  constructor(world: HostWorld, data: HostData) {
    this.world = world;
    this.data = data;
    const { clock, random, pulse } = world;
    // No code of the user's runs yet.
    pulse[2] = -1;
    // However long closing takes: a host that does not get over it is killed with its thread, and so all is given back.
    this.system = ActorSystem.local({ clock, random, pulse }, { shutdownMs: Number.POSITIVE_INFINITY });
    this.terminal = new HostTerminal((text) => this.send({ type: 'print', text }));
    this.questions = new Questions((asked) => this.send({ type: 'ask', asked }));
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
    this.build(stages);
    // Messages that came meanwhile have been kept by the port.
    this.world.control.onMessage = (message) => this.receive(message as ToHost);
    this.tick();
    await this.ended;
    await this.system.stop();
  }

  private tick(): void {
    if (this.stopped) return;
    for (const chain of this.chains) chain.tell({ type: 'tick' });
    this.world.clock.after(TICK_MS, () => this.tick());
  }

  private send(message: FromHost): void {
    this.world.control.post(message);
  }

  private fail(stage: string, error: ErrorData): void {
    if (this.stopped) return;
    this.stopped = true;
    this.send({ type: 'failed', stage, error });
  }

  private receive(message: ToHost): void {
    if (message.type === 'stop') {
      this.stopped = true;
      this.end();
    } else if (message.type === 'printed') this.terminal.shown(message.bytes);
    else if (message.type === 'answers') this.questions.answered(message.answered);
    else {
      if (message.type === 'committed') this.committed = message.epoch;
      for (const chain of this.chains) chain.tell(message);
    }
  }

  private build(stages: ReadonlyMap<string, LoadedStage>): void {
    const parts: HostParts = {
      data: this.data,
      world: this.world,
      stages,
      senders: (edge, subtask) => this.senders(edge, subtask),
      receivers: (edge, subtask) => this.receivers(edge, subtask),
      mask: masker(this.data.graph.masks ?? []),
      log: (level, stage, text) => this.send({ type: 'log', level, stage, text }),
      fail: (stage, error) => this.fail(stage, toErrorData(located(stage, error))),
      terminal: this.terminal,
      questions: this.questions,
    };
    let opening = 0;
    const opened = () => {
      if (--opening === 0) this.send({ type: 'ready' });
    };
    for (const plan of this.data.plan.chains) {
      plan.hosts.forEach((host, subtask) => {
        if (host !== this.world.index) return;
        opening++;
        this.spawn(parts, plan, subtask, opened);
      });
    }
    if (opening === 0) this.send({ type: 'ready' });
  }

  /** A chain's actor is not started again alone: when it fails, the whole topology goes back to its last checkpoint. */
  private spawn(parts: HostParts, plan: PlanChain, subtask: number, opened: () => void): void {
    const name = this.data.plan.nodes[plan.nodes[0] ?? 0]?.id ?? '';
    const listener: ChainListener = {
      part: (part) => this.send({ type: 'part', part }),
      ended: () => this.send({ type: 'ended', chain: plan.index, subtask }),
      drained: () => this.send({ type: 'drained', chain: plan.index, subtask }),
      checkpoint: () => this.send({ type: 'checkpoint' }),
      failed: (error) => this.fail(name, toErrorData(error)),
    };
    const owned = new Owned(this.world.disk, this.world.clock);
    const build = (wake: () => void) => {
      const built = buildChain(parts, plan, subtask, listener, wake, owned);
      return { ...built, opened: built.opened.then(opened) };
    };
    const close = () => owned.close((text) => parts.log('warn', name, text));
    const ref = this.system.spawn<ToChain>({
      id: `${name.replaceAll('/', '_')}.${subtask}`,
      start: ChainActor,
      args: [build, close, () => this.committed],
      restart: 'temporary',
      shutdownMs: Number.POSITIVE_INFINITY,
    });
    this.chains.push(ref);
    this.system.watch(ref).then((reason) => {
      if (reason.kind === 'error') this.fail(name, reason.error);
    });
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
