/** Room behind the bytes, for decoders that look a little ahead. */
const SLACK = 1024;

/** Bytes of a file that wait to be decoded: `buffer[start, end)`, which stand at `offset` in the file. */
export class Window {
  buffer: Buffer;
  start = 0;
  end = 0;
  offset = 0;

  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafeSlow(capacity + SLACK);
  }

  get length(): number {
    return this.end - this.start;
  }

  reset(offset: number): void {
    this.start = 0;
    this.end = 0;
    this.offset = offset;
  }

  /** Makes room for `more` bytes behind the end; what waits may move. */
  reserve(more: number): void {
    if (this.end + more + SLACK <= this.buffer.length) return;
    const need = this.length + more + SLACK;
    const target = need <= this.buffer.length ? this.buffer : Buffer.allocUnsafeSlow(Math.max(need, 2 * this.length));
    this.buffer.copy(target, 0, this.start, this.end);
    this.buffer = target;
    this.end -= this.start;
    this.start = 0;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Takes bytes off the front. */
  drop(count: number): void {
    this.start += count;
    this.offset += count;
  }

  /** The place in the file of the first delimiter in [from, to), which wait here; −1 when there is none. */
  find(from: number, to: number): number {
    const shift = this.offset - this.start;
    const found = this.buffer.subarray(this.start, to - shift).indexOf(10, Math.max(0, from - this.offset));
    return found < 0 ? -1 : found + this.offset;
  }

  /** Where in the file the last record begins that begins before `to`. */
  lastStart(to: number): number {
    return this.buffer.subarray(this.start, to - this.offset + this.start).lastIndexOf(10) + 1 + this.offset;
  }
}
