import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import type { Threads } from '../world/threads.ts';
import { builtTwin } from './built.ts';
import { createInlineThreads } from './inline.ts';
import { createThreads } from './threads.ts';

/** What every thread of a topology runs. Beside this file, as TypeScript or as built JavaScript. */
export const HOST_MODULE = new URL(
  import.meta.url.endsWith('.ts') ? '../run/host.ts' : '../run/host.js',
  import.meta.url,
).href;

/** Threads that come up and import what every topology needs while the topology is still being read. */
export interface WarmThreads {
  readonly count: number;
  readonly threads: Threads;
  /** Lets them import what this topology needs as well, as soon as that is known. Late or in vain does no harm. */
  preload(module: string): void;
}

/** Starts `count` threads; 0 stands for the calling thread. Who does not `launch` with them closes them. */
export function warmThreads(count: number): WarmThreads {
  if (count === 0) return { count, threads: createInlineThreads(), preload: () => {} };
  const more = `weir-modules-${randomUUID()}`;
  const threads = createThreads({ threads: count, preload: { module: HOST_MODULE, more } });
  const channel = new BroadcastChannel(more);
  channel.unref();
  return { count, threads, preload: (module) => channel.postMessage(builtTwin(module)) };
}
