import type { HostWorld } from '../world/threads.ts';
import { relayDeadLetters } from './dead-letter-relay.ts';
import { ActorNode } from './node.ts';

/** What the main thread tells a host of its actors' system. */
export interface HostData {
  incarnation: number;
  nodes: number;
  linkBytes: number;
}

/** The control message that ends a host; others it sends back, which shows that its loop turns. */
export const STOP = 'stop';

/** A host that actors are spawned on from other threads. Lives until the main thread says stop. */
export async function weirHost(world: HostWorld, data: unknown): Promise<void> {
  const { incarnation, nodes, linkBytes } = data as HostData;
  const { clock, random, pulse } = world;
  const node = new ActorNode({ number: world.index + 1, incarnation, nodes, clock, random, pulse, linkBytes });
  relayDeadLetters(node);
  for (const [index, link] of world.links.entries()) if (link) node.remote.connect(index + 1, link);
  world.onLink = (index, link) => node.remote.connect(index + 1, link);
  node.remote.connect(0, world.main);
  await new Promise<void>((resolve) => {
    world.control.onMessage = (message) => {
      if (message === STOP) resolve();
      else world.control.post(message);
    };
    world.control.post('up');
  });
}
