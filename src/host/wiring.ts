import { MessageChannel } from 'node:worker_threads';
import { assert } from '../base/errors.ts';
import type { LinkEnd } from './link.ts';
import { allocateRing, resetRing } from './ring.ts';

/** Two rings, one for each direction, and how many of its two ends are in use. */
interface Cable {
  rings: [SharedArrayBuffer, SharedArrayBuffer];
  inUse: number;
}

/**
 * Makes the links between nodes, and keeps the rings of links that both ends have left for the next ones: shared buffers
 * are given back to the machine late, so many short-lived ones would eat gigabytes.
 */
export class Wiring {
  private readonly ringBytes: number;
  private readonly spare: Cable[] = [];
  private readonly cables = new Map<SharedArrayBuffer, Cable>();

  constructor(ringBytes: number) {
    this.ringBytes = ringBytes;
  }

  /** The two ends of a new link between nodes `a` and `b`, in this order. */
  pair(a: number, b: number): [LinkEnd, LinkEnd] {
    const cable = this.spare.pop() ?? { rings: [allocateRing(this.ringBytes), allocateRing(this.ringBytes)], inUse: 0 };
    cable.inUse = 2;
    const [there, back] = cable.rings;
    this.cables.set(there, cable);
    const { port1, port2 } = new MessageChannel();
    return [
      { peer: b, port: port1, outgoing: there, incoming: back },
      { peer: a, port: port2, outgoing: back, incoming: there },
    ];
  }

  /** Links between all of `nodes` nodes: row `a`, column `b` is the end at `a` of the link to `b`. */
  all(nodes: number): LinkEnd[][] {
    const ends: LinkEnd[][] = Array.from({ length: nodes }, () => []);
    for (let a = 0; a < nodes; a++) {
      for (let b = a + 1; b < nodes; b++) [ends[a]![b]!, ends[b]![a]!] = this.pair(a, b);
    }
    return ends;
  }

  /** Takes an end back whose thread surely uses it no more. */
  free(end: LinkEnd): void {
    const cable = this.cables.get(end.outgoing) ?? this.cables.get(end.incoming);
    assert(cable && cable.inUse > 0, 'an end of a link is given back once');
    if (--cable.inUse > 0) return;
    this.cables.delete(cable.rings[0]);
    for (const ring of cable.rings) resetRing(ring);
    this.spare.push(cable);
  }
}
