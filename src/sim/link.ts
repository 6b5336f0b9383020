import type { Link } from '../world/link.ts';
import type { Draw } from './draw.ts';
import type { Actor, Schedule } from './schedule.ts';

/** What a frame costs beyond its bytes, as in a ring. */
const OVERHEAD = 8;

/** What all links of a simulated process share. */
export interface LinkSettings {
  readonly schedule: Schedule;
  readonly draw: Draw;
  /** How long a frame takes on average, ms. */
  readonly latencyMs: number;
  /** Bytes under way in one direction, though one frame may be longer. */
  readonly capacity: number;
  /** What a link makes of a frame; for planted defects. */
  readonly alter: (from: number, to: number, channel: number, frame: Uint8Array) => readonly Uint8Array[];
  /** Sees every frame that has been taken. */
  readonly watch: (from: number, to: number, channel: number, frame: Uint8Array) => void;
}

/** Two ends of a link between the actors of nodes `a` and `b`. */
export function simLinks(settings: LinkSettings, a: [number, Actor], b: [number, Actor]): [SimLink, SimLink] {
  const ends: [SimLink, SimLink] = [new SimLink(settings, b[0], a[1]), new SimLink(settings, a[0], b[1])];
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}

/** One end of a link. Frames arrive one at a time, in order, each as a step of its own. */
export class SimLink implements Link {
  readonly peer: number;
  other!: SimLink;
  onRoom: (() => void) | undefined;
  readonly #settings: LinkSettings;
  readonly #owner: Actor;
  #handler: ((channel: number, frame: Uint8Array) => void) | undefined;
  /** Frames that have been sent to this end. */
  #coming: { channel: number; frame: Uint8Array }[] = [];
  #bytes = 0;
  #awaited = false;
  /** It refused a frame and owes a word when there is room. */
  #refused = false;
  #closed = false;

  constructor(settings: LinkSettings, peer: number, owner: Actor) {
    this.#settings = settings;
    this.peer = peer;
    this.#owner = owner;
  }

  get onFrame() {
    return this.#handler;
  }

  set onFrame(handler: ((channel: number, frame: Uint8Array) => void) | undefined) {
    this.#handler = handler;
    this.#await();
  }

  trySend(channel: number, frame: Uint8Array): boolean {
    if (this.#closed) return false;
    const { other } = this;
    const { capacity, alter, watch } = this.#settings;
    if (other.#bytes > 0 && other.#bytes + frame.length + OVERHEAD > capacity) {
      this.#refused = true;
      return false;
    }
    // Into an end that has gone frames vanish, as they do in the ring of a dead thread.
    if (other.#closed) return true;
    for (const sent of alter(other.peer, this.peer, channel, frame)) {
      watch(other.peer, this.peer, channel, sent);
      other.#coming.push({ channel, frame: Uint8Array.prototype.slice.call(sent) });
      other.#bytes += sent.length + OVERHEAD;
    }
    other.#await();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#coming = [];
    this.#bytes = 0;
  }

  #await(): void {
    if (this.#awaited || this.#closed || !this.#handler || this.#coming.length === 0) return;
    this.#awaited = true;
    const { schedule, draw, latencyMs } = this.#settings;
    schedule.add(this.#owner, draw.next() * 2 * latencyMs, 'frame', () => {
      this.#awaited = false;
      if (this.#closed) return;
      const { channel, frame } = this.#coming.shift() as { channel: number; frame: Uint8Array };
      this.#bytes -= frame.length + OVERHEAD;
      this.#await();
      this.other.#roomAgain(this.#bytes);
      this.#handler?.(channel, frame);
      // Valid during the call only: the ring would be written over.
      frame.fill(0xee);
    });
  }

  #roomAgain(bytes: number): void {
    const { schedule, capacity } = this.#settings;
    if (!this.#refused || this.#closed || bytes > capacity / 2) return;
    this.#refused = false;
    schedule.add(this.#owner, 0, 'room', () => {
      if (!this.#closed) this.onRoom?.();
    });
  }
}
