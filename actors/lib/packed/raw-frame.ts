/** Bytes of a block of zstd at most. */
const BLOCK = 1 << 17;

/** A frame of zstd that holds bytes as they are, RFC 8878: made at once, without the library. */
export function rawFrame(bytes: Uint8Array): Uint8Array {
  // Magic number; then a single segment whose size is the 4 bytes that follow.
  const head = Buffer.alloc(9);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0b1010_0000;
  head.writeUInt32LE(bytes.length, 5);
  const pieces: Uint8Array[] = [head];
  for (let at = 0; at === 0 || at < bytes.length; at += BLOCK) {
    const piece = bytes.subarray(at, at + BLOCK);
    const block = Buffer.alloc(3);
    block.writeUIntLE((piece.length << 3) | (at + BLOCK >= bytes.length ? 1 : 0), 0, 3);
    pieces.push(block, piece);
  }
  return Buffer.concat(pieces);
}
