import { type ErrorData, toErrorData, WeirError } from '../base/errors.ts';
import type { Cancel } from '../world/clock.ts';
import type { HostExit, HostHandle, Threads } from '../world/threads.ts';
import { DOWN } from './frames.ts';
import type { ActorNode } from './node.ts';
import { type HostData, STOP } from './remote-host.ts';
import { type RestartOptions, RestartPolicy } from './restart-policy.ts';
import { Watchdog } from './watchdog.ts';

/** How long hosts may take to end when they are told to, milliseconds. */
const STOP_MS = 2_000;

const MODULE = new URL(import.meta.url.endsWith('.ts') ? './remote-host.ts' : './remote-host.js', import.meta.url).href;

/** How hosts are looked after. */
export interface HostsOptions {
  restart: RestartOptions;
  /** A host that hangs for so long is killed; 0 never. */
  hangMs: number;
  linkBytes: number;
  /** Hosts died too often, or one cannot be started. */
  gaveUp: (error: WeirError) => void;
}

/** The hosts of an actor system, as the main thread supervises them: each alone, with a backoff of its own. */
export class Hosts {
  private readonly node: ActorNode;
  private readonly threads: Threads;
  private readonly options: HostsOptions;
  private readonly policy: RestartPolicy;
  private readonly handles: (HostHandle | undefined)[] = [];
  /** By node, how many lives it has had before. */
  private readonly lives: number[] = [];
  private readonly timers = new Set<Cancel>();
  private readonly watchdog: Watchdog<HostHandle> | undefined;
  private stopping = false;

  constructor(node: ActorNode, threads: Threads, options: HostsOptions) {
    this.node = node;
    this.threads = threads;
    this.options = options;
    this.policy = new RestartPolicy(options.restart, node.random);
    const { hangMs } = options;
    if (hangMs > 0) this.watchdog = new Watchdog(node.clock, hangMs, (handle) => handle.kill());
  }

  async start(count: number): Promise<void> {
    for (let index = 0; index < count; index++) this.lives[index + 1] = 0;
    const handles = await this.threads.start(
      MODULE,
      Array.from({ length: count }, () => this.data(0)),
    );
    for (const handle of handles) this.up(handle);
  }

  /** Ends a host without asking it, as a watchdog does. */
  kill(index: number): void {
    this.handles[index]?.kill();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.watchdog?.stop();
    for (const cancel of this.timers) cancel();
    const exits = this.handles.map((handle) => handle?.exit);
    for (const handle of this.handles) handle?.control.post(STOP);
    await new Promise<void>((resolve) => {
      const cancel = this.node.clock.after(STOP_MS, resolve);
      Promise.all(exits).then(() => {
        cancel();
        resolve();
      });
    });
    await this.threads.close();
  }

  private data(incarnation: number): HostData {
    return { incarnation, nodes: this.node.nodes, linkBytes: this.options.linkBytes };
  }

  private up(handle: HostHandle): void {
    this.handles[handle.index] = handle;
    this.watchdog?.add(handle);
    this.node.remote.connect(handle.index + 1, handle.link);
    handle.exit.then((exit) => this.lost(handle, exit));
  }

  private lost(handle: HostHandle, exit: HostExit): void {
    this.watchdog?.remove(handle);
    if (this.stopping) return;
    const { index } = handle;
    const number = index + 1;
    const life = this.lives[number]!;
    const error = describe(index, exit);
    this.handles[index] = undefined;
    this.node.remote.disconnect(number, error);
    for (const other of this.handles) if (other) this.node.remote.send(other.index + 1, [DOWN, number, life, error]);
    const delayMs = this.policy.failed(this.node.clock.monotonic(), String(index));
    if (delayMs === undefined) {
      const message = `hosts died more than ${this.policy.intensity} times within ${this.policy.periodMs} ms, the last`;
      this.options.gaveUp(new WeirError('WEIR_HOST_LOST', `${message}: ${error.message}`, { data: { index, error } }));
      return;
    }
    const cancel = this.node.clock.after(delayMs, () => {
      this.timers.delete(cancel);
      this.replace(handle, life + 1);
    });
    this.timers.add(cancel);
  }

  private async replace(ended: HostHandle, life: number): Promise<void> {
    try {
      const replaced = this.threads.replace(ended, this.data(life));
      this.lives[ended.index + 1] = life;
      this.up(await replaced);
    } catch (error) {
      if (this.stopping) return;
      const { message } = toErrorData(error);
      this.options.gaveUp(
        new WeirError('WEIR_HOST_LOST', `host ${ended.index} cannot be started again: ${message}`, { cause: error }),
      );
    }
  }
}

function describe(index: number, exit: HostExit): ErrorData {
  const base = { name: 'WeirError', code: 'WEIR_HOST_DOWN' };
  switch (exit.kind) {
    case 'error':
      return { ...base, message: `host ${index} died of an error: ${exit.error.message}`, cause: exit.error };
    case 'killed':
      return { ...base, message: `host ${index} was killed` };
    case 'exited':
      return { ...base, message: `host ${index} called process.exit(${exit.code})` };
    case 'done':
      return { ...base, message: `host ${index} ended without being told to` };
  }
}
