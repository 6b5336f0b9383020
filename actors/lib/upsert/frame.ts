import type { Bytes } from '#stage';

/**
 * A version of one key's line as bytes: size of what follows (u32), hash of the key (u32), event time (f64), order (f64),
 * size of the key (u32), key, line. A version without a line is the deletion of its key.
 */
const HEAD = 28;

export interface Version {
  time: number;
  order: number;
  /** The whole frame. */
  frame: Buffer;
}

/** Writes a frame; `line` appends the encoded record. A record that cannot be encoded leaves nothing behind. */
export function writeFrame(
  bytes: Bytes,
  hash: number,
  time: number,
  order: number,
  key: string,
  line: (bytes: Bytes) => void,
): void {
  const start = bytes.reserve(HEAD);
  try {
    bytes.length = start + HEAD;
    bytes.text(key);
    const keyEnd = bytes.length;
    line(bytes);
    // Only now: writing may have moved the buffer.
    const { buffer } = bytes;
    buffer.writeUInt32LE(bytes.length - start - 4, start);
    buffer.writeUInt32LE(hash, start + 4);
    buffer.writeDoubleLE(time, start + 8);
    buffer.writeDoubleLE(order, start + 16);
    buffer.writeUInt32LE(keyEnd - start - HEAD, start + 24);
  } catch (error) {
    bytes.length = start;
    throw error;
  }
}

/** The frames of a file, whole, in the order in which they were written. */
export function* framesOf(file: Uint8Array): Generator<Buffer> {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const end = at + 4 + buffer.readUInt32LE(at);
    yield buffer.subarray(at, end);
    at = end;
  }
}

export function hashOf(frame: Buffer): number {
  return frame.readUInt32LE(4);
}

export function keyOf(frame: Buffer): string {
  return frame.toString('utf8', HEAD, HEAD + frame.readUInt32LE(24));
}

export function lineOf(frame: Buffer): Buffer {
  return frame.subarray(HEAD + frame.readUInt32LE(24));
}

export function versionOf(frame: Buffer): Version {
  return { time: frame.readDoubleLE(8), order: frame.readDoubleLE(16), frame };
}

/** Whether `b` replaces `a`: the later event time wins, then the later order, then what was written later. */
export function replaces(b: { time: number; order: number }, a: { time: number; order: number }): boolean {
  return b.time === a.time ? b.order >= a.order : b.time > a.time;
}
