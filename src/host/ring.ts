import { assert, WeirError } from '../base/errors.ts';

// Places of the shared words, as indexes of an Int32Array. Each has 128 bytes to itself: two threads that write into one
// cache line (64 bytes, fetched in pairs by many processors) slow each other down tenfold.
const HEAD = 0;
const TAIL = 32;
const SLEEPING = 64;
const WAITING = 96;
const HEADER_BYTES = 512;

/** Bytes before each frame in a ring: its length and its tag. */
const FRAME_HEADER = 8;
/** In the place of a length: the rest of the ring up to its end is unused. */
const SKIP = -1;

/** A shared buffer for a ring of `capacity` bytes (a power of two, at least 1 KiB). Throws `WEIR_RING_SIZE`. */
export function allocateRing(capacity: number): SharedArrayBuffer {
  if (capacity < 1024 || (capacity & (capacity - 1)) !== 0 || capacity > 2 ** 30) {
    throw new WeirError('WEIR_RING_SIZE', `a ring of ${capacity} bytes: take a power of two from 1 KiB to 1 GiB`);
  }
  return new SharedArrayBuffer(HEADER_BYTES + capacity);
}

/** Empties a ring. Only while no thread uses it. */
export function resetRing(buffer: SharedArrayBuffer): void {
  new Int32Array(buffer, 0, HEADER_BYTES / 4).fill(0);
}

class RingEnd {
  protected readonly shared: Int32Array;
  protected readonly words: Int32Array;
  protected readonly bytes: Buffer;
  readonly capacity: number;
  protected readonly mask: number;

  constructor(buffer: SharedArrayBuffer) {
    this.shared = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.words = new Int32Array(buffer, HEADER_BYTES);
    this.bytes = Buffer.from(buffer as unknown as ArrayBuffer, HEADER_BYTES);
    this.capacity = buffer.byteLength - HEADER_BYTES;
    this.mask = this.capacity - 1;
  }
}

/**
 * The producer's end of a single-producer single-consumer ring of frames in shared memory. Frames lie whole in the ring,
 * so that the consumer takes them out by one copy. Positions are bytes written since the beginning, modulo 2³².
 */
export class RingWriter extends RingEnd {
  private head = 0;
  private tail = 0;

  /** The longest frame that always finds a place once half of the ring is free. */
  get maxFrame(): number {
    return this.capacity / 4 - FRAME_HEADER;
  }

  /**
   * Copies `frame` in, with a tag of 32 bits for the consumer. False when there is no room; the consumer is then known
   * to wait for room and {@link RingReader.takeWaiting} says so to the other end.
   */
  tryWrite(tag: number, frame: Uint8Array): boolean {
    const length = frame.length;
    assert(length <= this.maxFrame, 'a frame longer than a quarter of its ring is sent in pieces');
    const place = this.head & this.mask;
    const need = FRAME_HEADER + ((length + 7) & ~7);
    const tillEnd = this.capacity - place;
    if (!this.hasRoom(tillEnd >= need ? need : tillEnd + need)) return false;
    let at = place;
    if (tillEnd < need) {
      this.words[place >> 2] = SKIP;
      this.head = (this.head + tillEnd) | 0;
      at = 0;
    }
    this.words[at >> 2] = length;
    this.words[(at >> 2) + 1] = tag;
    this.bytes.set(frame, at + FRAME_HEADER);
    this.head = (this.head + need) | 0;
    Atomics.store(this.shared, HEAD, this.head);
    return true;
  }

  /** True, once, when the consumer sleeps: ring its bell. */
  takeSleeping(): boolean {
    return Atomics.load(this.shared, SLEEPING) === 1 && Atomics.exchange(this.shared, SLEEPING, 0) === 1;
  }

  private hasRoom(need: number): boolean {
    const last = this.capacity - need;
    if (((this.head - this.tail) | 0) <= last) return true;
    this.tail = Atomics.load(this.shared, TAIL);
    if (((this.head - this.tail) | 0) <= last) return true;
    // Say that we wait, then look again: the consumer may have freed room and looked for the flag in between.
    Atomics.store(this.shared, WAITING, 1);
    this.tail = Atomics.load(this.shared, TAIL);
    return ((this.head - this.tail) | 0) <= last;
  }
}

/** Up to this many bytes are copied word by word: a view on the ring would cost more than the loop. */
const SHORT = 128;

/** The consumer's end of a ring. */
export class RingReader extends RingEnd {
  private head = 0;
  private tail = 0;
  private readonly own = Buffer.alloc(this.capacity / 4);
  private readonly ownWords = new Int32Array(this.own.buffer, this.own.byteOffset, SHORT / 4);
  /** Tag of the frame that {@link read} gave last. */
  tag = 0;

  /**
   * Takes the next frame, or undefined when the ring is empty. The frame is valid until the next call. It is copied out of
   * the ring: native code such as msgpackr's crashes the process on views of shared memory, and its room is free at once.
   */
  read(): Uint8Array | undefined {
    if (this.head === this.tail) {
      this.head = Atomics.load(this.shared, HEAD);
      if (this.head === this.tail) return undefined;
    }
    let at = this.tail & this.mask;
    if (this.words[at >> 2] === SKIP) {
      this.tail = (this.tail + this.capacity - at) | 0;
      at = 0;
    }
    const length = this.words[at >> 2]!;
    this.tag = this.words[(at >> 2) + 1]!;
    const from = at + FRAME_HEADER;
    if (length <= SHORT) {
      for (let word = from >> 2, i = 0; i << 2 < length; i++) this.ownWords[i] = this.words[word + i]!;
    } else this.bytes.copy(this.own, 0, from, from + length);
    this.tail = (this.tail + FRAME_HEADER + ((length + 7) & ~7)) | 0;
    Atomics.store(this.shared, TAIL, this.tail);
    return this.own.subarray(0, length);
  }

  /** True, once, when the producer waits for room and at least half of the ring is free: ring its bell. */
  takeWaiting(): boolean {
    if (Atomics.load(this.shared, WAITING) === 0) return false;
    if (((Atomics.load(this.shared, HEAD) - this.tail) | 0) > this.capacity / 2) return false;
    return Atomics.exchange(this.shared, WAITING, 0) === 1;
  }

  /**
   * Says that the consumer goes to sleep; false when a frame came meanwhile and it must go on. No wake-up is lost: the
   * flag is set before the last look, and the producer looks for the flag after it has published its frame.
   */
  trySleep(): boolean {
    Atomics.store(this.shared, SLEEPING, 1);
    if (Atomics.load(this.shared, HEAD) === this.tail) return true;
    Atomics.store(this.shared, SLEEPING, 0);
    return false;
  }
}
