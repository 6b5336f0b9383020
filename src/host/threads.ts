import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { assert, WeirError } from '../base/errors.ts';
import type { HostExit, HostHandle, Threads } from '../world/threads.ts';
import { builtTwin } from './built.ts';
import type { LinkEnd } from './link.ts';
import { PoolHost, type RunTask } from './pool-host.ts';
import { Wiring } from './wiring.ts';

/** Options of {@link createThreads}. */
export interface ThreadsOptions {
  /** How many threads; as many hosts can run at once. */
  threads: number;
  /** Bytes of each ring, a power of two; there are two between every pair of nodes. Default 1 MiB. */
  ringBytes?: number;
  /** Limits of V8's heap in each thread. They do not cover Buffers. */
  resourceLimits?: { maxOldGenerationSizeMb?: number; maxYoungGenerationSizeMb?: number; stackSizeMb?: number };
}

const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './entry.ts' : './entry.js', import.meta.url).href;

/**
 * Hosts on the worker threads of one piscina pool. The threads start at once and stay warm from one start of hosts to the
 * next. Errors: `WEIR_THREADS` when more hosts are asked for than threads are free, `WEIR_NOT_BUILT`, `WEIR_RING_SIZE`.
 */
export function createThreads(options: ThreadsOptions): Threads {
  return new PoolThreads(options);
}

/** Hosts that were started together, and so are linked. */
interface Group {
  module: string;
  hosts: PoolHost[];
}

class PoolThreads implements Threads {
  private readonly pool: Piscina;
  private readonly size: number;
  private readonly wiring: Wiring;
  private readonly groups = new WeakMap<HostHandle, Group>();
  private readonly running = new Set<PoolHost>();
  private closing = false;

  constructor(options: ThreadsOptions) {
    this.size = options.threads;
    this.wiring = new Wiring(options.ringBytes ?? 2 ** 20);
    this.pool = new Piscina({
      filename: fileURLToPath(builtTwin(ENTRY)),
      minThreads: this.size,
      maxThreads: this.size,
      concurrentTasksPerWorker: 1,
      // In the other modes a thread without a task blocks, and its timers and sockets with it.
      atomics: 'disabled',
      recordTiming: false,
      ...(options.resourceLimits ? { resourceLimits: options.resourceLimits } : {}),
    });
    // A thread that dies between hosts is replaced by the pool; unheard, this event would end the process.
    this.pool.on('error', () => {});
  }

  async start(module: string, data: readonly unknown[]): Promise<HostHandle[]> {
    this.claim(data.length);
    const group: Group = { module: builtTwin(module), hosts: [] };
    const ends = this.wiring.all(data.length + 1);
    for (const [index, each] of data.entries()) this.run(group, index, each, ends[index + 1]!, ends[0]![index + 1]!);
    return [...group.hosts];
  }

  async replace(ended: HostHandle, data: unknown): Promise<HostHandle> {
    const group = this.groups.get(ended);
    const { index } = ended;
    assert(group?.hosts[index] === ended && group.hosts[index].ended, 'a host is replaced once, after it has ended');
    this.claim(1);
    const node = index + 1;
    const [toMain, ofMain] = this.wiring.pair(node, 0);
    const own: LinkEnd[] = [toMain];
    for (const other of group.hosts) {
      // To one that has ended as well the link is made when that one is replaced.
      if (other.ended) continue;
      const [here, there] = this.wiring.pair(node, other.index + 1);
      own[other.index + 1] = here;
      other.adopt(there);
    }
    return this.run(group, index, data, own, ofMain);
  }

  async close(): Promise<void> {
    this.closing = true;
    const exits = [...this.running].map((host) => host.exit);
    for (const host of this.running) host.expectKill();
    await this.pool.destroy();
    await Promise.all(exits);
  }

  private claim(count: number): void {
    if (this.closing) throw new WeirError('WEIR_THREADS', 'the threads are being closed');
    if (this.running.size + count <= this.size) return;
    const busy = `${this.running.size} of ${this.size} threads are busy`;
    throw new WeirError('WEIR_THREADS', `${count} hosts were asked for, but ${busy}: give the pool more threads`);
  }

  private run(group: Group, index: number, data: unknown, own: LinkEnd[], ofMain: LinkEnd): PoolHost {
    const run: RunTask = (task, options) => this.pool.run(task, options) as Promise<HostExit>;
    const place = { index, module: group.module, data };
    const host = new PoolHost(place, own, ofMain, run, (end) => this.wiring.free(end));
    group.hosts[index] = host;
    this.groups.set(host, group);
    this.running.add(host);
    host.exit.then(() => this.running.delete(host));
    return host;
  }
}
