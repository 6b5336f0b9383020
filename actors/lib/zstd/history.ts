import { BLOCK } from './literals.ts';

const FIRST = 256 * 1024;

/** What a frame has been unpacked to, as far back as matches may reach. Its memory grows with what comes, up to 5/4 of the window. */
export class History {
  bytes = new Uint8Array(FIRST);
  end = 0;
  /** Bytes of the frame so far. */
  total = 0;
  #window = 0;

  reset(window: number): void {
    this.#window = window;
    this.end = 0;
    this.total = 0;
  }

  /** Makes room for a block. */
  room(): void {
    if (this.end + BLOCK <= this.bytes.length) return;
    const most = this.#window + Math.max(1 << 20, this.#window >> 2);
    const kept = this.bytes.subarray(Math.max(0, this.end - this.#window), this.end);
    if (this.bytes.length < most) {
      const bytes = new Uint8Array(Math.max(FIRST, Math.min(most, 2 * this.bytes.length)));
      bytes.set(kept.subarray(Math.max(0, kept.length - bytes.length + BLOCK)));
      this.bytes = bytes;
    } else this.bytes.copyWithin(0, this.end - kept.length, this.end);
    this.end = kept.length;
  }

  append(from: Uint8Array, start: number, count: number): void {
    const { bytes, end } = this;
    if (count > 64) bytes.set(from.subarray(start, start + count), end);
    else for (let i = 0; i < count; i++) bytes[end + i] = from[start + i] as number;
    this.end = end + count;
  }

  fill(byte: number, count: number): void {
    this.bytes.fill(byte, this.end, this.end + count);
    this.end += count;
  }

  /** Throws a `RangeError` where that lies before the frame or the window. */
  match(distance: number, length: number): void {
    const { bytes, end } = this;
    if (distance <= 0 || distance > end || distance > this.#window) throw new RangeError('a match too far back');
    if (distance >= length && length > 64) bytes.copyWithin(end, end - distance, end - distance + length);
    else for (let i = end, to = end + length; i < to; i++) bytes[i] = bytes[i - distance] as number;
    this.end = end + length;
  }
}
