import { assert, toErrorData, WeirError } from '../base/errors.ts';
import type { Disk } from '../world/disk.ts';
import type { HostExit, HostHandle, HostModule, HostWorld, Threads } from '../world/threads.ts';
import { simClock } from './clock.ts';
import { SimControl } from './control.ts';
import { type SimMachine, simDisk } from './disk.ts';
import { Draw } from './draw.ts';
import { type LinkSettings, type SimLink, simLinks } from './link.ts';
import { Actor } from './schedule.ts';

/** What hosts of a simulated process run on. */
export interface ThreadsSettings {
  machine: SimMachine;
  links: LinkSettings;
  /** The actor that starts hosts. */
  main: Actor;
  /** What every host runs; no module is loaded, since loading would be a step that no seed decides on. */
  module: HostModule;
  /** How long a control message takes on average, ms. */
  controlMs: number;
  /** What a host is given in place of its disk and its data, and what becomes of its messages; for planted defects. */
  alterDisk: (disk: Disk) => Disk;
  alterData: (data: unknown) => unknown;
  alterMessage: (message: unknown) => unknown;
}

/** Hosts as actors of the simulated world: all on this thread, each with its own ports. */
export class SimThreads implements Threads {
  readonly #settings: ThreadsSettings;
  readonly #groups = new WeakMap<HostHandle, SimHost[]>();
  #started = 0;
  #closed = false;
  /** Hosts that have not ended. */
  readonly running = new Set<SimHost>();

  constructor(settings: ThreadsSettings) {
    this.#settings = settings;
  }

  async start(_module: string, data: readonly unknown[]): Promise<HostHandle[]> {
    const group: SimHost[] = [];
    for (const index of data.keys()) this.#add(group, index);
    for (const [index, host] of group.entries()) host.start(data[index]);
    return [...group];
  }

  async replace(ended: HostHandle, data: unknown): Promise<HostHandle> {
    const group = this.#groups.get(ended);
    assert(group !== undefined && !this.running.has(ended as SimHost), 'a host is replaced after it has ended');
    const host = this.#add(group, ended.index);
    host.start(data);
    return host;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const exits = [...this.running].map((host) => host.exit);
    for (const host of this.running) host.kill();
    await Promise.all(exits);
  }

  #add(group: SimHost[], index: number): SimHost {
    if (this.#closed) throw new WeirError('WEIR_THREADS', 'the threads have been closed');
    const host = new SimHost(this.#settings, index, `host${index}#${this.#started++}`, () => this.running.delete(host));
    for (const other of group) {
      if (other !== host && other !== undefined && this.running.has(other)) host.connect(other);
    }
    group[index] = host;
    this.#groups.set(host, group);
    this.running.add(host);
    return host;
  }
}

/** One host. */
export class SimHost implements HostHandle {
  readonly index: number;
  readonly actor: Actor;
  readonly control: SimControl;
  readonly link: SimLink;
  readonly exit: Promise<HostExit>;
  readonly pulse = new Float64Array(5);
  readonly #settings: ThreadsSettings;
  readonly #inner: SimControl;
  readonly #links: (SimLink | undefined)[] = [];
  readonly #world: HostWorld;
  readonly #gone: () => void;
  #started = false;
  #settle!: (exit: HostExit) => void;

  constructor(settings: ThreadsSettings, index: number, name: string, gone: () => void) {
    const { machine, links, main, controlMs } = settings;
    const { schedule, draw } = machine;
    this.#settings = settings;
    this.#gone = gone;
    this.index = index;
    this.actor = new Actor(name);
    // A process that has been killed starts no threads, although its promises may still go on for a while.
    this.actor.dead = main.dead;
    this.control = new SimControl(schedule, draw, main, controlMs);
    this.#inner = new SimControl(schedule, draw, this.actor, controlMs);
    this.#inner.alter = settings.alterMessage;
    this.control.connect(this.#inner);
    const [ofMain, toMain] = simLinks(links, [0, main], [index + 1, this.actor]);
    this.link = ofMain;
    this.#world = {
      index,
      links: this.#links,
      main: toMain,
      onLink: undefined,
      control: this.#inner,
      clock: simClock(schedule, this.actor),
      random: new Draw(`${name} ${draw.next()}`),
      disk: settings.alterDisk(simDisk(machine, this.actor)),
      pulse: this.pulse,
    };
    this.exit = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Links it with another host. */
  connect(other: SimHost): void {
    const ends = simLinks(this.#settings.links, [this.index + 1, this.actor], [other.index + 1, other.actor]);
    this.#take(ends[0]);
    other.#take(ends[1]);
  }

  #take(link: SimLink): void {
    const index = link.peer - 1;
    this.#links[index]?.close();
    this.#links[index] = link;
    if (this.#started) this.#world.onLink?.(index, link);
  }

  start(data: unknown): void {
    const { machine, module, alterData, controlMs } = this.#settings;
    const copy = structuredClone(alterData(data));
    machine.schedule.add(this.actor, machine.draw.next() * 2 * controlMs, 'start', () => {
      this.#started = true;
      module.weirHost(this.#world, copy).then(
        () => this.#over({ kind: 'done' }),
        (error) => this.#over({ kind: 'error', error: toErrorData(error) }),
      );
    });
  }

  kill(): void {
    this.end({ kind: 'killed' });
  }

  /** Ends it and its thread: from now on none of its code runs. */
  end(exit: HostExit): void {
    this.#settings.machine.holds.free(this.actor);
    this.#settings.machine.stores.unlock(this.actor);
    this.#over(exit);
  }

  /** Its exit is told later, mostly after what it said last. */
  #over(exit: HostExit): void {
    if (this.actor.dead) return;
    const { schedule, draw } = this.#settings.machine;
    schedule.kill([this.actor]);
    for (const link of this.#links) link?.close();
    (this.#world.main as SimLink).close();
    const lastIn = exit.kind === 'done' ? this.control.lastIn() : this.control.cutShort() * draw.pick([0.5, 1]);
    schedule.add(this.#settings.main, lastIn + draw.next(), 'exit', () => {
      this.#gone();
      this.link.close();
      this.#settle(exit);
    });
  }
}
