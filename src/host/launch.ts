import { Engine } from '../run/engine.ts';
import type { Graph } from '../topology/graph.ts';
import type { EngineEvent } from '../topology/running.ts';
import { realClock } from './clock.ts';
import { realDisk } from './disk.ts';
import { realRandom } from './random.ts';
import { HOST_MODULE, type WarmThreads, warmThreads } from './warm-threads.ts';

/** How a topology runs on this machine. */
export interface LaunchOptions {
  /** Worker threads; 0 runs everything on the calling thread. */
  threads: number;
  /** Taken when they are as many as `threads`, else closed. */
  warm?: WarmThreads;
  /** A folder of this topology's own. */
  stateFolder: string;
  /** Forget the state of earlier runs. */
  fresh?: boolean;
  onEvent?: (event: EngineEvent) => void;
  /** Shows what sinks print; calls `shown` when it is out. */
  print?: (text: string, shown: () => void) => void;
}

/** An engine in the real world, and what to call when it is over. */
export interface Launched {
  engine: Engine;
  close(): Promise<void>;
}

/** Makes an engine on this machine's clock, disk and threads. It runs when its `run` is called. */
export function launch(graph: Graph, options: LaunchOptions): Launched {
  const { threads: count, warm, ...rest } = options;
  const fits = warm?.count === count;
  if (warm !== undefined && !fits) warm.threads.close().catch(() => {});
  const { threads } = fits ? warm : warmThreads(count);
  const engine = new Engine({
    ...rest,
    graph,
    hosts: Math.max(1, count),
    threads,
    clock: realClock,
    disk: realDisk,
    random: realRandom,
    hostModule: HOST_MODULE,
  });
  // Timers of the engine keep no process alive, so that a forgotten one cannot; a topology at work must.
  const alive = setInterval(() => {}, 2 ** 30);
  const close = async () => {
    clearInterval(alive);
    await threads.close();
  };
  return { engine, close };
}
