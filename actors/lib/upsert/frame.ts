import type { Bytes } from '#stage';

/**
 * A version of one key's line as bytes: size of what follows (u32), hash of the key (u32), event time (f64), order (f64),
 * size of the key (u32), key, line. A version without a line is the deletion of its key.
 */
const HEAD = 28;

/** What decides which of a key's frames is its latest. */
export interface Version {
  time: number;
  order: number;
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

/** Where the frame at `at` ends. */
export const endOf = (file: Buffer, at: number): number => at + 4 + file.readUInt32LE(at);

export const hashAt = (file: Buffer, at: number): number => file.readUInt32LE(at + 4);

/** Where the line of the frame at `at` begins; it ends with the frame. */
export const lineAt = (file: Buffer, at: number): number => at + HEAD + file.readUInt32LE(at + 24);

/** Whether the frames at `a` and `b` are of one key. */
export function sameKey(fileA: Buffer, a: number, fileB: Buffer, b: number): boolean {
  const size = fileA.readUInt32LE(a + 24);
  if (size !== fileB.readUInt32LE(b + 24)) return false;
  // A call into native code for each would cost more: keys are short.
  for (let i = HEAD; i < HEAD + size; i++) if (fileA[a + i] !== fileB[b + i]) return false;
  return true;
}

export function versionAt(file: Buffer, at: number): Version {
  return { time: file.readDoubleLE(at + 8), order: file.readDoubleLE(at + 16) };
}

/** Whether `b` replaces `a`: the later event time wins, then the later order, then what was written later. */
export function replaces(b: Version, a: Version): boolean {
  return b.time === a.time ? b.order >= a.order : b.time > a.time;
}
