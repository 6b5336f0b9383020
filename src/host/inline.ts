import { assert, toErrorData, WeirError } from '../base/errors.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import type { Random } from '../world/random.ts';
import type { HostExit, HostHandle, HostModule, HostWorld, Threads } from '../world/threads.ts';
import { realClock } from './clock.ts';
import { realDisk } from './disk.ts';
import { HostLinks } from './host-links.ts';
import { MemoryControl } from './memory-control.ts';
import { type MemoryLink, memoryLinks } from './memory-link.ts';
import { realRandom } from './random.ts';

/** Options of {@link createInlineThreads}: the ports the hosts are given; the real ones by default. */
export interface InlineOptions {
  clock?: Clock;
  random?: Random;
  disk?: Disk;
  /** Bytes under way on a link, each direction. Default 1 MiB. */
  ringBytes?: number;
}

/**
 * Hosts on the calling thread, for `threads: 0` and for tests. What they share with threads: frames and control messages
 * are copied, links are bounded, everything arrives in a later turn. What they do not: an endless loop stops all, and
 * `kill` only cuts a host's links and tells its exit, since nothing can stop its promises.
 */
export function createInlineThreads(options: InlineOptions = {}): Threads {
  return new InlineThreads(options);
}

interface Group {
  module: HostModule;
  hosts: InlineHost[];
}

class InlineThreads implements Threads {
  private readonly options: Required<InlineOptions>;
  private readonly groups = new WeakMap<HostHandle, Group>();
  private readonly running = new Set<InlineHost>();
  private closed = false;

  constructor(options: InlineOptions) {
    this.options = { clock: realClock, random: realRandom, disk: realDisk, ringBytes: 2 ** 20, ...options };
  }

  async start(module: string, data: readonly unknown[]): Promise<HostHandle[]> {
    const loaded = (await import(/* @vite-ignore */ module)) as Partial<HostModule>;
    if (typeof loaded.weirHost !== 'function') {
      throw new WeirError('WEIR_HOST_MODULE', `${module} does not export the function weirHost(world, data)`);
    }
    const group: Group = { module: loaded as HostModule, hosts: [] };
    for (let index = 0; index < data.length; index++) this.add(group, index);
    for (const [index, host] of group.hosts.entries()) host.run(group.module, structuredClone(data[index]));
    return [...group.hosts];
  }

  async replace(ended: HostHandle, data: unknown): Promise<HostHandle> {
    const group = this.groups.get(ended);
    assert(
      group?.hosts[ended.index] === ended && group.hosts[ended.index]!.ended,
      'a host is replaced after it has ended',
    );
    const host = this.add(group, ended.index);
    host.run(group.module, structuredClone(data));
    return host;
  }

  async close(): Promise<void> {
    this.closed = true;
    const exits = [...this.running].map((host) => host.exit);
    for (const host of this.running) host.kill();
    await Promise.all(exits);
  }

  private add(group: Group, index: number): InlineHost {
    if (this.closed) throw new WeirError('WEIR_THREADS', 'the threads have been closed');
    const { ringBytes, clock } = this.options;
    const host = new InlineHost(index, memoryLinks(0, index + 1, ringBytes, clock), this.options);
    for (const other of group.hosts) {
      if (other.ended || other.index === index) continue;
      const [here, there] = memoryLinks(index + 1, other.index + 1, ringBytes, clock);
      host.connect(here);
      other.connect(there);
    }
    group.hosts[index] = host;
    this.groups.set(host, group);
    this.running.add(host);
    host.exit.then(() => this.running.delete(host));
    return host;
  }
}

class InlineHost implements HostHandle {
  readonly index: number;
  readonly control: MemoryControl;
  readonly link: MemoryLink;
  readonly exit: Promise<HostExit>;
  readonly pulse = new Float64Array(5);
  ended = false;
  private readonly hostLinks = new HostLinks([]);
  private readonly world: HostWorld;
  private readonly inner: MemoryControl;
  private settle!: (exit: HostExit) => void;
  private started = false;

  constructor(index: number, [ofMain, toMain]: [MemoryLink, MemoryLink], options: Required<InlineOptions>) {
    const { clock, random, disk } = options;
    this.index = index;
    this.link = ofMain;
    this.control = new MemoryControl(clock);
    this.inner = new MemoryControl(clock);
    this.control.connect(this.inner);
    const { inner: control, hostLinks, pulse } = this;
    this.world = {
      index,
      links: hostLinks.links,
      main: toMain,
      get onLink() {
        return hostLinks.onLink;
      },
      set onLink(handler) {
        hostLinks.onLink = handler;
      },
      control,
      clock,
      random,
      disk,
      pulse,
    };
    this.exit = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  connect(link: MemoryLink): void {
    if (this.started) this.hostLinks.replace(link.peer - 1, link);
    else this.hostLinks.links[link.peer - 1] = link;
  }

  run(module: HostModule, data: unknown): void {
    this.started = true;
    module.weirHost(this.world, data).then(
      () => this.end({ kind: 'done' }),
      (error) => this.end({ kind: 'error', error: toErrorData(error) }),
    );
  }

  kill(): void {
    this.end({ kind: 'killed' });
  }

  private end(exit: HostExit): void {
    if (this.ended) return;
    this.ended = true;
    this.hostLinks.close();
    this.world.main.close();
    // After what it said last has arrived.
    this.inner.flush(() => {
      this.link.close();
      this.control.close();
      this.inner.close();
      this.settle(exit);
    });
  }
}
