import { BroadcastChannel, type MessagePort, workerData } from 'node:worker_threads';
import { type ErrorData, toErrorData, WeirError } from '../base/errors.ts';
import type { HostExit, HostModule, HostWorld } from '../world/threads.ts';
import { realClock } from './clock.ts';
import { type HostMessage, PortControl } from './control.ts';
import { realDisk } from './disk.ts';
import { HostLinks } from './host-links.ts';
import { type LinkEnd, RingLink } from './link.ts';
import { realRandom } from './random.ts';

/** What a thread imports before it is asked to be a host. */
export interface Preload {
  /** Imported at once, while the starter still makes up its mind. */
  module: string;
  /** The name of a BroadcastChannel that tells it of further modules. */
  more?: string;
}

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

const { module, more } = (workerData ?? {}) as Partial<Preload>;
// What is wrong with a module is told by the host that needs it.
const early = (url: string) => void import(url).catch(() => {});
if (module !== undefined) early(module);
if (more !== undefined) {
  const channel = new BroadcastChannel(more);
  channel.onmessage = (message) => early((message as { data: string }).data);
  channel.unref();
}

/**
 * What a thread of the pool runs: one host, until it ends. An error is returned as data, since structured clone loses its
 * code; an uncaught one is sent ahead and ends the thread, whose timers and sockets nobody could account for any more.
 */
export default async function runHost(task: HostTask): Promise<HostExit> {
  const hostLinks = new HostLinks(task.links.map((end) => end && new RingLink(end)));
  const main = new RingLink(task.main);
  const control = new PortControl(task.control);
  const world: HostWorld = {
    index: task.index,
    links: hostLinks.links,
    main,
    get onLink() {
      return hostLinks.onLink;
    },
    set onLink(handler) {
      hostLinks.onLink = handler;
    },
    control,
    clock: realClock,
    random: realRandom,
    disk: realDisk,
    pulse: new Float64Array(task.pulse),
  };
  control.onLink = (end) => hostLinks.replace(end.peer - 1, new RingLink(end));
  hostLinks.onReplaced = (index) => control.postDropped(index + 1);
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
    hostLinks.close();
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
