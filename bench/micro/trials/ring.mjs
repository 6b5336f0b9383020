// A ring of frames in shared memory with one producer and one consumer, each on its own thread. The indexes stand 128
// bytes apart, so that the two cores do not fight over one cache line. Nobody spins: who finds nothing to do sets a flag
// and sleeps on a MessagePort, and only then does the other side ring.

const HEAD = 0; // bytes written, modulo 2^32
const TAIL = 32; // bytes read
const READER_SLEEPS = 64;
const WRITER_SLEEPS = 96;
const INDEX_BYTES = 512;
/** Before each frame its length. Of shared memory, V8 copies words only between equally aligned places, else bytes: 8x. */
const HEADER = 8;
const SKIP = -1; // the frame did not fit before the ring's end and begins at its start

export class Ring {
  #index;
  #words;
  #bytes;
  #capacity;
  #port;
  #wake = () => {};

  /** The memory of a ring of `capacity` bytes, a power of two. */
  static allocate(capacity) {
    return new SharedArrayBuffer(INDEX_BYTES + capacity);
  }

  constructor(memory, port) {
    this.#index = new Int32Array(memory, 0, INDEX_BYTES / 4);
    this.#words = new Int32Array(memory, INDEX_BYTES);
    this.#bytes = Buffer.from(memory, INDEX_BYTES);
    this.#capacity = this.#bytes.length;
    this.#port = port;
    port.on('message', () => this.#wake());
  }

  /** Copies a frame in; false if there is no room. */
  write(frame) {
    const head = Atomics.load(this.#index, HEAD);
    const need = (HEADER + frame.length + 7) & ~7;
    const at = head & (this.#capacity - 1);
    const skip = at + need > this.#capacity ? this.#capacity - at : 0;
    const used = (head - Atomics.load(this.#index, TAIL)) >>> 0;
    if (this.#capacity - used < skip + need) return false;
    if (skip > 0) this.#words[at >> 2] = SKIP;
    const start = skip > 0 ? 0 : at;
    this.#words[start >> 2] = frame.length;
    this.#bytes.set(frame, start + HEADER);
    Atomics.store(this.#index, HEAD, (head + skip + need) | 0);
    this.#ring(READER_SLEEPS);
    return true;
  }

  /** Copies the next frame to the start of `into` and returns its length, or 0 if there is none. */
  read(into) {
    const tail = Atomics.load(this.#index, TAIL);
    if (tail === Atomics.load(this.#index, HEAD)) return 0;
    let at = tail & (this.#capacity - 1);
    let taken = 0;
    if (this.#words[at >> 2] === SKIP) {
      taken = this.#capacity - at;
      at = 0;
    }
    const length = this.#words[at >> 2];
    this.#bytes.copy(into, 0, at + HEADER, at + HEADER + length);
    const next = (tail + taken + ((HEADER + length + 7) & ~7)) | 0;
    Atomics.store(this.#index, TAIL, next);
    const used = (Atomics.load(this.#index, HEAD) - next) >>> 0;
    if (used < this.#capacity / 2) this.#ring(WRITER_SLEEPS);
    return length;
  }

  /** Resolves when there may be something to read. */
  readable() {
    return this.#sleep(READER_SLEEPS, () => Atomics.load(this.#index, TAIL) !== Atomics.load(this.#index, HEAD));
  }

  /** Resolves when half of the ring may be free. */
  writable() {
    return this.#sleep(WRITER_SLEEPS, () => {
      const used = (Atomics.load(this.#index, HEAD) - Atomics.load(this.#index, TAIL)) >>> 0;
      return used < this.#capacity / 2;
    });
  }

  close() {
    this.#port.close();
  }

  #ring(sleeper) {
    if (Atomics.load(this.#index, sleeper) === 0) return;
    if (Atomics.exchange(this.#index, sleeper, 0) === 1) this.#port.postMessage(null);
  }

  /** Flag first, then look once more: what comes after the look will find the flag. */
  #sleep(flag, ready) {
    Atomics.store(this.#index, flag, 1);
    if (ready() && Atomics.exchange(this.#index, flag, 0) === 1) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
