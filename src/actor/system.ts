import { assert, toErrorData, WeirError } from '../base/errors.ts';
import type { Clock } from '../world/clock.ts';
import type { Random } from '../world/random.ts';
import type { Threads } from '../world/threads.ts';
import { DeadLetters } from './dead-letters.ts';
import type { ExitReason } from './exit.ts';
import { Hosts } from './hosts.ts';
import { ActorNode } from './node.ts';
import type { ActorRef } from './ref.ts';
import type { RestartOptions } from './restart-policy.ts';
import type { ChildSpec, SuperviseOptions } from './spec.ts';
import { Supervision } from './supervision.ts';

/** The ports of a system to the world. */
export interface SystemWorld {
  clock: Clock;
  random: Random;
  /** See `HostWorld.pulse`. */
  pulse?: Float64Array;
  /** Needed for hosts; the system closes it. */
  threads?: Threads;
  /** The URL under which other threads can load a module. */
  resolveModule?: (url: string) => string;
}

/** Options of an actor system. */
export interface SystemOptions {
  /** Hosts beside the calling thread. Default 0. */
  threads?: number;
  /** How the system looks after the actors it spawns itself. */
  supervise?: SuperviseOptions;
  /** How often hosts may die. Default: more than 5 times in a minute ends the system. */
  restartHosts?: RestartOptions;
  /** A host whose thread hangs for so long is killed and started again, milliseconds; 0 never. Default 30,000. */
  hangMs?: number;
  /** What `stop` may take before it kills, milliseconds. Default 10,000. */
  shutdownMs?: number;
  /** Bytes of messages that may be under way to another thread, or wait in its mailboxes. Default 4 MiB. */
  linkBytes?: number;
  /**
   * Told of an actor whose module or export cannot be loaded (`WEIR_ACTOR_LOAD`), and of the reason for which the system gave up.
   * `ActorSystem.create` makes a warning of the process of it unless this is given.
   */
  onFault?: (error: WeirError) => void;
  /** Dead letters kept to look at. Default 100. */
  keepDeadLetters?: number;
}

/**
 * A tree of supervised actors on the calling thread, number 0, and on hosts, numbers 1 and up. What the system spawns is
 * supervised by it; when they need more restarts than `supervise` allows, the system stops.
 */
export class ActorSystem {
  /** Messages that no actor took. */
  readonly deadLetters: DeadLetters;
  /** Settles when the system has stopped: because it was told to, or because its supervision gave up. Never rejects. */
  readonly terminated: Promise<ExitReason>;
  private readonly node: ActorNode;
  private readonly supervision: Supervision;
  private readonly shutdownMs: number;
  private hosts: Hosts | undefined;
  private reason: ExitReason | undefined;
  private settle!: (reason: ExitReason) => void;

  private constructor(world: SystemWorld, options: SystemOptions) {
    const { clock, random } = world;
    this.shutdownMs = options.shutdownMs ?? 10_000;
    this.deadLetters = new DeadLetters(options.keepDeadLetters);
    this.node = new ActorNode({
      number: 0,
      nodes: 1 + (options.threads ?? 0),
      clock,
      random,
      deadLetters: this.deadLetters,
      ...(world.pulse ? { pulse: world.pulse } : {}),
      ...(world.resolveModule ? { resolveModule: world.resolveModule } : {}),
      ...(options.linkBytes === undefined ? {} : { linkBytes: options.linkBytes }),
    });
    this.node.remote.onDeadLetters = (count, letters) => {
      for (const letter of letters) this.deadLetters.add(letter);
      this.deadLetters.addUnseen(count - letters.length);
    };
    this.node.onFault = options.onFault;
    const gaveUp = (error: WeirError) => this.fail(error);
    const unstarted = (error: WeirError) => options.onFault?.(error);
    this.supervision = new Supervision({ path: '', clock, random, gaveUp, unstarted }, options.supervise ?? {});
    this.terminated = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /** A system on the calling thread alone, at once. */
  static local(world: SystemWorld, options: Omit<SystemOptions, 'threads'> = {}): ActorSystem {
    return new ActorSystem(world, { ...options, threads: 0 });
  }

  /** A system with its hosts, which come up on their own time: what is sent to them waits. */
  static async start(world: SystemWorld, options: SystemOptions = {}): Promise<ActorSystem> {
    const system = new ActorSystem(world, options);
    const count = options.threads ?? 0;
    if (count === 0) return system;
    assert(world.threads, 'a system with hosts is given threads');
    system.hosts = new Hosts(system.node, world.threads, {
      restart: options.restartHosts ?? { intensity: 5, periodMs: 60_000 },
      hangMs: options.hangMs ?? 30_000,
      linkBytes: options.linkBytes ?? 4 * 2 ** 20,
      gaveUp: (error) => system.fail(error),
    });
    await system.hosts.start(count);
    return system;
  }

  /** Actors at the top of the tree, in the order of their start. */
  get children(): readonly ActorRef[] {
    return this.supervision.refs();
  }

  /**
   * Starts an actor that the system supervises, on the calling thread or the one `on` says. The ref is good at once. When its
   * module or export cannot be loaded, those who ask or watch it are told (`WEIR_ACTOR_LOAD`), and `onFault`; it is not tried again.
   * Throws `WEIR_ACTOR_EXISTS`, `WEIR_CHILD_SPEC`, `WEIR_NO_HOST`, `WEIR_SYSTEM_STOPPED`.
   */
  spawn<M = unknown>(spec: ChildSpec, options: Pick<ChildSpec, 'on'> = {}): ActorRef<M> {
    if (this.reason) throw new WeirError('WEIR_SYSTEM_STOPPED', 'the actor system has stopped or is about to');
    const child = this.node.child(this.supervision, undefined, { ...spec, ...options });
    this.supervision.add(child);
    return child.ref as ActorRef<M>;
  }

  /** Stops an actor that the system has spawned, for good. Settles when it is gone; `absent` when there is none. */
  stopActor(ref: ActorRef): Promise<ExitReason> {
    return new Promise((resolve) => {
      if (!this.supervision.remove(ref, resolve)) resolve({ kind: 'absent' });
    });
  }

  /** Settles when the actor's running life ends, in whichever way; at once when there is no such actor. */
  watch(ref: ActorRef): Promise<ExitReason> {
    return new Promise((resolve) => {
      this.node.watch(ref, { terminated: (message) => resolve(message.reason) });
    });
  }

  /** Ends a host without asking it; it is started again as after any death. `index` is its thread's number − 1. */
  killHost(index: number): void {
    this.hosts?.kill(index);
  }

  /** Stops all actors, in reverse order of their start, then the hosts. What takes longer than `shutdownMs` is killed. */
  stop(): Promise<ExitReason> {
    this.end({ kind: 'shutdown' });
    return this.terminated;
  }

  private fail(error: WeirError): void {
    this.node.onFault?.(error);
    this.end({ kind: 'error', error: toErrorData(error) });
  }

  private async end(reason: ExitReason): Promise<void> {
    if (this.reason) return;
    this.reason = reason;
    await new Promise<void>((resolve) => {
      let cancel = () => {};
      if (this.shutdownMs !== Number.POSITIVE_INFINITY) {
        cancel = this.node.clock.after(this.shutdownMs, () => {
          this.supervision.kill();
          resolve();
        });
      }
      this.supervision.close(() => {
        cancel();
        resolve();
      });
    });
    await this.hosts?.stop();
    this.node.remote.stop();
    this.settle(reason);
  }
}
