import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { assert, messageOf, WeirError } from '../base/errors.ts';
import type { HostExit, HostHandle, Threads } from '../world/threads.ts';
import { builtTwin } from './built.ts';
import type { Preload } from './entry.ts';
import type { LinkEnd } from './link.ts';
import { PoolHost, type RunTask } from './pool-host.ts';
import { Wiring } from './wiring.ts';

/**
 * Most records die young, a few batches after they were read. With V8's default many are copied to the old generation first:
 * about a tenth of all time where state grows. It takes this much only where much survives.
 */
const YOUNG_MB = 128;

/** Options of {@link createThreads}. */
export interface ThreadsOptions {
  /** How many threads; as many hosts can run at once. */
  threads: number;
  /** Bytes of each ring, a power of two; there are two between every pair of nodes. Default 1 MiB. */
  ringBytes?: number;
  /** What each thread imports as it comes up, before it is asked to be a host. */
  preload?: Preload;
  /** Limits of V8's heap in each thread. They do not cover Buffers. Default: {@link YOUNG_MB} for the young generation. */
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
  /** Threads that have come up, also those that died since. */
  private threads: { readonly destroyed: boolean }[] = [];
  /** Hosts that were asked for and have not begun, and those of them whose threads are ready. */
  private claimed = 0;
  private granted = 0;
  private waiting: { resolve: () => void; reject: (error: WeirError) => void }[] = [];
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
      // A topology's module that is imported for its functions must find the arguments that it was started with.
      argv: process.argv.slice(2),
      ...(options.preload
        ? { workerData: { ...options.preload, module: builtTwin(options.preload.module) } satisfies Preload }
        : {}),
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, ...options.resourceLimits },
    });
    this.pool.on('workerCreate', (thread: { readonly destroyed: boolean }) => {
      this.threads.push(thread);
      this.retry();
    });
    // A thread that dies between hosts is replaced by the pool; unheard, this event would end the process. Only when one
    // cannot come up at all the pool tries no more.
    this.pool.on('error', (error: unknown) => {
      if (this.pool.threads.length >= this.size || this.closing) return;
      const dead = new WeirError('WEIR_THREADS', `a thread cannot be started: ${messageOf(error)}`, { cause: error });
      for (const { reject } of this.waiting.splice(0)) reject(dead);
    });
  }

  async start(module: string, data: readonly unknown[]): Promise<HostHandle[]> {
    const group: Group = { module: builtTwin(module), hosts: [] };
    await this.claim(data.length);
    const ends = this.wiring.all(data.length + 1);
    for (const [index, each] of data.entries()) this.run(group, index, each, ends[index + 1]!, ends[0]![index + 1]!);
    return [...group.hosts];
  }

  async replace(ended: HostHandle, data: unknown): Promise<HostHandle> {
    const group = this.groups.get(ended);
    const { index } = ended;
    assert(group?.hosts[index] === ended && group.hosts[index].ended, 'a host is replaced once, after it has ended');
    await this.claim(1);
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
    for (const { reject } of this.waiting.splice(0)) reject(closed());
    const exits = [...this.running].map((host) => host.exit);
    for (const host of this.running) host.expectKill();
    await this.pool.destroy();
    await Promise.all(exits);
  }

  /**
   * Waits until so many threads can begin at once. A task must not wait in the pool's queue: if a host that it is linked
   * with died meanwhile, the ports it carries would be closed, and a closed port cannot be sent.
   */
  private async claim(count: number): Promise<void> {
    const taken = this.running.size + this.claimed;
    if (!this.closing && taken + count > this.size) {
      const busy = `${taken} of ${this.size} threads are busy`;
      throw new WeirError('WEIR_THREADS', `${count} hosts were asked for, but ${busy}: give the pool more threads`);
    }
    this.claimed += count;
    try {
      for (;;) {
        if (this.closing) throw closed();
        this.threads = this.threads.filter((thread) => !thread.destroyed);
        if (this.threads.length - this.running.size - this.granted >= count) break;
        await new Promise<void>((resolve, reject) => this.waiting.push({ resolve, reject }));
      }
      this.granted += count;
    } catch (error) {
      this.claimed -= count;
      throw error;
    }
  }

  private retry(): void {
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  private run(group: Group, index: number, data: unknown, own: LinkEnd[], ofMain: LinkEnd): PoolHost {
    const run: RunTask = (task, options) => this.pool.run(task, options) as Promise<HostExit>;
    const place = { index, module: group.module, data };
    const host = new PoolHost(place, own, ofMain, run, (end) => this.wiring.free(end));
    group.hosts[index] = host;
    this.groups.set(host, group);
    this.claimed--;
    this.granted--;
    this.running.add(host);
    host.exit.then(() => {
      this.running.delete(host);
      this.retry();
    });
    return host;
  }
}

function closed(): WeirError {
  return new WeirError('WEIR_THREADS', 'the threads are being closed');
}
