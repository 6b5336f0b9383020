/** Reads bits from the last one on, as zstd writes them. 16 bytes stand before what is read, and 4 behind it. */
export class BackBits {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Bits that are left; negative when more were read than there are. */
  left: number;

  /** The last byte's highest bit marks the end. Throws a `RangeError` without one. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? (bytes[end - 1] as number) : 0;
    if (last === 0) throw new RangeError('bits without an end');
    this.bytes = bytes;
    this.start = start;
    this.left = (end - start) * 8 - (Math.clz32(last) - 23);
  }

  /** The next `count` bits, up to 24, which stay. Before the first bit anything may come. */
  peek(count: number): number {
    const { bytes } = this;
    return bitsAt(bytes, this.start * 8 + Math.max(this.left - count, -64), count);
  }

  /** Takes up to 24 bits. */
  take(count: number): number {
    const bits = this.peek(count);
    this.left -= count;
    return bits;
  }
}

/** The `count` bits, up to 24, from bit `at` of all on. */
export function bitsAt(bytes: Uint8Array, at: number, count: number): number {
  const i = at >> 3;
  const four =
    (bytes[i] as number) |
    ((bytes[i + 1] as number) << 8) |
    ((bytes[i + 2] as number) << 16) |
    ((bytes[i + 3] as number) << 24);
  return (four >>> (at & 7)) & ((1 << count) - 1);
}

/** The same of up to 31 bits. */
export function longAt(bytes: Uint8Array, at: number, count: number): number {
  return bitsAt(bytes, at + 16, count - 16) * 65536 + bitsAt(bytes, at, 16);
}
