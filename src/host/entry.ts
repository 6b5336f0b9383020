import type { MessagePort } from 'node:worker_threads';
import { type ErrorData, toErrorData, WeirError } from '../base/errors.ts';
import type { Link } from '../world/link.ts';
import type { HostExit, HostModule, HostWorld } from '../world/threads.ts';
import { realClock } from './clock.ts';
import { type HostMessage, PortControl } from './control.ts';
import { realDisk } from './disk.ts';
import { type LinkEnd, RingLink } from './link.ts';
import { realRandom } from './random.ts';

/** The pool's task that is one host. */
export interface HostTask {
  index: number;
  module: string;
  data: unknown;
  control: MessagePort;
  /** To the other hosts, by their index; the own place is empty. */
  links: (LinkEnd | undefined)[];
  main: LinkEnd;
  pulse: SharedArrayBuffer;
}

/**
 * What a thread of the pool runs: one host, until it ends. An error is returned as data, since structured clone loses its
 * code; an uncaught one is sent ahead and ends the thread, whose timers and sockets nobody could account for any more.
 */
export default async function runHost(task: HostTask): Promise<HostExit> {
  const links: (Link | undefined)[] = task.links.map((end) => end && new RingLink(end));
  const main = new RingLink(task.main);
  const control = new PortControl(task.control);
  const world: HostWorld = {
    index: task.index,
    links,
    main,
    onLink: undefined,
    control,
    clock: realClock,
    random: realRandom,
    disk: realDisk,
    pulse: new Float64Array(task.pulse),
  };
  control.onLink = (end) => {
    const index = end.peer - 1;
    links[index]?.close();
    const link = new RingLink(end);
    links[index] = link;
    control.postDropped(end.peer);
    world.onLink?.(index, link);
  };
  const onUncaught = (error: unknown) => {
    task.control.postMessage({ kind: 'fatal', error: sendable(error) } satisfies HostMessage);
    process.exit(1);
  };
  process.on('uncaughtException', onUncaught);
  try {
    const module = (await import(task.module)) as Partial<HostModule>;
    if (typeof module.weirHost !== 'function') {
      throw new WeirError('WEIR_HOST_MODULE', `${task.module} does not export the function weirHost(world, data)`);
    }
    await module.weirHost(world, task.data);
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'error', error: sendable(error) };
  } finally {
    process.off('uncaughtException', onUncaught);
    for (const link of links) link?.close();
    main.close();
    task.control.close();
  }
}

/** As data; without fields and cause when those cannot be cloned: the message and the code matter more. */
function sendable(thrown: unknown): ErrorData {
  const error = toErrorData(thrown);
  try {
    return structuredClone(error);
  } catch {
    const { name, message, code, stack } = error;
    return { name, message, ...(code === undefined ? {} : { code }), ...(stack === undefined ? {} : { stack }) };
  }
}
