import { Packr } from 'msgpackr';
import type { Bytes } from '#stage';

// No shared record structures: every value must be readable by itself, by any msgpack reader.
const packr = new Packr({ useRecords: false });

/** A row as it is stored. */
export function packRow(row: unknown): Uint8Array {
  return packr.pack(row);
}

export function unpackRow(value: Uint8Array): Record<string, unknown> {
  return packr.unpack(value) as Record<string, unknown>;
}

/** Writes a row: sizes of key and value (u32), key, value. `key` appends the row's key. Gives the size. */
export function writeRow(bytes: Bytes, key: (bytes: Bytes) => void, value: Uint8Array): number {
  const start = bytes.reserve(8);
  bytes.length = start + 8;
  key(bytes);
  const keyEnd = bytes.length;
  bytes.append(value);
  bytes.buffer.writeUInt32LE(keyEnd - start - 8, start);
  bytes.buffer.writeUInt32LE(value.length, start + 4);
  return bytes.length - start;
}

/** The rows of a part, in the order in which they were written. */
export function* rowsOf(part: Uint8Array): Generator<{ key: string; value: Uint8Array }> {
  const buffer = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const keyEnd = at + 8 + buffer.readUInt32LE(at);
    const end = keyEnd + buffer.readUInt32LE(at + 4);
    yield { key: buffer.toString('utf8', at + 8, keyEnd), value: buffer.subarray(keyEnd, end) };
    at = end;
  }
}
