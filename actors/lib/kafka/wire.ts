import type { Bytes } from '#stage';

/** Reads the fields of Kafka's messages from one buffer, in order. Throws a `RangeError` behind its end. */
export class WireReader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Claims so many bytes and gives where they begin. */
  take(size: number): number {
    const from = this.at;
    if (size < 0 || from + size > this.end) throw new RangeError('a message of Kafka is cut short');
    this.at = from + size;
    return from;
  }

  int8(): number {
    return this.bytes.readInt8(this.take(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.take(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.take(8));
  }

  /** An offset or a time, which a number holds exactly. */
  number64(): number {
    const from = this.take(8);
    return this.bytes.readInt32BE(from) * 2 ** 32 + this.bytes.readUInt32BE(from + 4);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.take(1)] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > 2 ** 42) throw new RangeError('a number of Kafka has no end');
    }
  }

  /** A signed number in zigzag form. */
  varint(): number {
    const value = this.unsignedVarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A text whose length stands before it, one more than it is; null where that is 0. */
  compactText(): string | null {
    const size = this.unsignedVarint() - 1;
    if (size < 0) return null;
    const from = this.take(size);
    return this.bytes.toString('utf8', from, from + size);
  }

  /** How many items follow. */
  compactCount(): number {
    return Math.max(0, this.unsignedVarint() - 1);
  }

  skipTags(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint();
      this.take(this.unsignedVarint());
    }
  }
}

export function writeInt16(into: Bytes, value: number): void {
  const at = into.reserve(2);
  into.buffer.writeInt16BE(value, at);
  into.length += 2;
}

export function writeInt32(into: Bytes, value: number): void {
  const at = into.reserve(4);
  into.buffer.writeInt32BE(value, at);
  into.length += 4;
}

export function writeInt64(into: Bytes, value: bigint): void {
  const at = into.reserve(8);
  into.buffer.writeBigInt64BE(value, at);
  into.length += 8;
}

export function writeUnsignedVarint(into: Bytes, value: number): void {
  let left = value;
  while (left > 127) {
    into.byte((left % 128) | 128);
    left = Math.floor(left / 128);
  }
  into.byte(left);
}

/** Zigzag. */
export function writeVarint(into: Bytes, value: number): void {
  writeUnsignedVarint(into, value >= 0 ? value * 2 : -value * 2 - 1);
}

/** How many bytes {@link writeVarint} takes. */
export function varintSize(value: number): number {
  let left = value >= 0 ? value * 2 : -value * 2 - 1;
  let size = 1;
  for (; left > 127; left = Math.floor(left / 128)) size++;
  return size;
}

export function writeCompactText(into: Bytes, text: string | null): void {
  if (text === null) {
    into.byte(0);
    return;
  }
  writeUnsignedVarint(into, Buffer.byteLength(text) + 1);
  into.text(text);
}
