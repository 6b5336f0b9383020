import type { Clock } from '../world/clock.ts';
import type { Link } from '../world/link.ts';

/** How many frames are handed over in one turn before the loop has its share. */
const SLICE_FRAMES = 256;

/**
 * Two ends of a link within one thread. Frames are copied and delivered in a later turn, in order; at most `capacity`
 * bytes are under way in each direction (one frame may be longer), as between threads.
 */
export function memoryLinks(a: number, b: number, capacity: number, clock: Clock): [MemoryLink, MemoryLink] {
  const ends: [MemoryLink, MemoryLink] = [new MemoryLink(b, capacity, clock), new MemoryLink(a, capacity, clock)];
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}

/** One end. */
export class MemoryLink implements Link {
  readonly peer: number;
  other: MemoryLink | undefined;
  onRoom: (() => void) | undefined;
  private readonly capacity: number;
  private readonly clock: Clock;
  private handler: ((channel: number, frame: Uint8Array) => void) | undefined;
  /** Frames that arrive here. */
  private queue: { channel: number; frame: Uint8Array }[] = [];
  private bytes = 0;
  private scheduled = false;
  private refused = false;
  private closed = false;

  constructor(peer: number, capacity: number, clock: Clock) {
    this.peer = peer;
    this.capacity = capacity;
    this.clock = clock;
  }

  get onFrame() {
    return this.handler;
  }

  set onFrame(handler: ((channel: number, frame: Uint8Array) => void) | undefined) {
    this.handler = handler;
    this.schedule();
  }

  trySend(channel: number, frame: Uint8Array): boolean {
    const to = this.other!;
    // Into an end that has gone frames vanish, as they do in the ring of a dead thread.
    if (this.closed) return false;
    if (to.bytes > 0 && to.bytes + frame.length + 8 > this.capacity) {
      this.refused = true;
      return false;
    }
    if (to.closed) return true;
    to.queue.push({ channel, frame: Uint8Array.prototype.slice.call(frame) });
    to.bytes += frame.length + 8;
    to.schedule();
    return true;
  }

  close(): void {
    this.closed = true;
    this.queue = [];
    this.bytes = 0;
  }

  private schedule(): void {
    if (this.scheduled || this.closed || !this.handler || this.queue.length === 0) return;
    this.scheduled = true;
    this.clock.defer(this.deliver);
  }

  private readonly deliver = () => {
    this.scheduled = false;
    const batch = this.queue.splice(0, SLICE_FRAMES);
    try {
      while (batch.length > 0 && this.handler && !this.closed) {
        const { channel, frame } = batch.shift()!;
        this.bytes -= frame.length + 8;
        this.handler(channel, frame);
      }
    } finally {
      if (!this.closed) this.queue.unshift(...batch);
      this.schedule();
      this.other?.roomAgain(this.bytes);
    }
  };

  private roomAgain(bytes: number): void {
    if (!this.refused || this.closed || bytes > this.capacity / 2) return;
    this.refused = false;
    this.onRoom?.();
  }
}
