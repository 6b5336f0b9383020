import type { HostHandle } from '../../src/world/threads.ts';

/** The fixture module of hosts. */
export const HOSTS = new URL('./fixtures/hosts.mjs', import.meta.url).href;

/** A host's messages, one at a time and in order. */
export function inbox(host: HostHandle): { next(): Promise<Record<string, unknown>> } {
  const messages: Record<string, unknown>[] = [];
  const waiting: ((message: Record<string, unknown>) => void)[] = [];
  host.control.onMessage = (message) => {
    const taker = waiting.shift();
    if (taker) taker(message as Record<string, unknown>);
    else messages.push(message as Record<string, unknown>);
  };
  return {
    next: () => {
      const message = messages.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** Asks all to stop and waits until they have. */
export async function stopped(hosts: readonly HostHandle[]): Promise<string[]> {
  for (const host of hosts) host.control.post('stop');
  return (await Promise.all(hosts.map((host) => host.exit))).map((exit) => exit.kind);
}
