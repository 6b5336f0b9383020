import { WireReader } from './wire.ts';

const FRAME = 0x184d2204;
/** The last four bits are the writer's own. */
const SKIPPABLE = 0x184d2a50;
const HAS_BLOCK_CHECKSUM = 16;
const HAS_SIZE = 8;
const HAS_CHECKSUM = 4;
const HAS_DICTIONARY = 1;
const AS_IT_IS = 2 ** 31;
/** Shorter copies are made a byte at a time. */
const SHORT = 48;

/** `first` of its frame: it refers to nothing before it. */
type Visit = (from: number, to: number, packed: boolean, first: boolean) => void;

/**
 * Unpacks frames of LZ4 one after the other to `max` bytes at most, which are counted before room is taken for them. Throws a `RangeError`
 * where they are more, or damaged. Checksums are not looked at: a batch has its own. By the LZ4 frame and block formats, version 1.6.
 */
export function unpackLz4(bytes: Buffer, max: number): Buffer {
  let size = 0;
  walk(bytes, (from, to, packed) => {
    size += packed ? unpackedSize(bytes, from, to) : to - from;
    if (size > max) throw new RangeError('it unpacks to too much');
  });
  const into = Buffer.allocUnsafe(size);
  let at = 0;
  let start = 0;
  walk(bytes, (from, to, packed, first) => {
    if (first) start = at;
    at += packed ? unpackBlock(bytes, from, to, into, at, start) : bytes.copy(into, at, from, to);
  });
  return into;
}

/** Goes through the blocks, which may be millions: none is kept, and those of no bytes are passed by. */
function walk(bytes: Buffer, visit: Visit): void {
  const r = new WireReader(bytes);
  const word = () => bytes.readUInt32LE(r.take(4));
  while (r.at < r.end) {
    const magic = word();
    if ((magic & ~15) >>> 0 === SKIPPABLE) {
      r.take(word());
      continue;
    }
    if (magic !== FRAME) throw new RangeError('it is no frame of LZ4');
    const flags = r.int8();
    if ((flags & HAS_DICTIONARY) !== 0)
      throw new RangeError('it is packed with a dictionary of LZ4, which is not known');
    // The size of blocks, that of all if it is there, and a checksum of the head.
    r.take((flags & HAS_SIZE) !== 0 ? 10 : 2);
    let first = true;
    for (let size = word(); size !== 0; size = word()) {
      const length = size % AS_IT_IS;
      const from = r.take(length);
      if (length > 0) {
        visit(from, from + length, size < AS_IT_IS, first);
        first = false;
      }
      if ((flags & HAS_BLOCK_CHECKSUM) !== 0) r.take(4);
    }
    if ((flags & HAS_CHECKSUM) !== 0) r.take(4);
  }
}

/** Goes through the sequences of a block: how many bytes they come to. */
function unpackedSize(bytes: Buffer, from: number, to: number): number {
  let size = 0;
  for (let at = from; ; ) {
    const token = bytes[at++] as number;
    let literals = token >> 4;
    if (literals === 15) {
      let byte = 255;
      while (byte === 255 && at < to) literals += byte = bytes[at++] as number;
    }
    at += literals;
    size += literals;
    // The last sequence has literals alone.
    if (at === to) return size;
    at += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let byte = 255;
      while (byte === 255 && at < to) length += byte = bytes[at++] as number;
    }
    size += length;
    if (at >= to) throw new RangeError('a block of LZ4 is cut short');
  }
}

/** Unpacks a block that {@link unpackedSize} has gone through; it may refer back to what its frame came to from `start` on. */
function unpackBlock(bytes: Buffer, from: number, to: number, into: Buffer, begin: number, start: number): number {
  let out = begin;
  for (let at = from; ; ) {
    const token = bytes[at++] as number;
    let literals = token >> 4;
    if (literals === 15) {
      let byte = 255;
      while (byte === 255) literals += byte = bytes[at++] as number;
    }
    const end = at + literals;
    if (literals < SHORT) while (at < end) into[out++] = bytes[at++] as number;
    else {
      out += bytes.copy(into, out, at, end);
      at = end;
    }
    if (at === to) return out - begin;
    const back = (bytes[at] as number) + (bytes[at + 1] as number) * 256;
    at += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let byte = 255;
      while (byte === 255) length += byte = bytes[at++] as number;
    }
    if (back === 0 || back > out - start) throw new RangeError('a block of LZ4 refers to what is not there');
    if (length < SHORT) for (const till = out + length; out < till; out++) into[out] = into[out - back] as number;
    else out += repeat(into, out, back, length);
  }
}

/** Copies what stands so far back, over and over where it is shorter than what is to be copied. */
function repeat(into: Buffer, at: number, back: number, length: number): number {
  // What has been copied so far is a whole number of times the same.
  for (let done = 0; done < length; ) {
    const piece = Math.min(back + done, length - done);
    into.copyWithin(at + done, at - back, at - back + piece);
    done += piece;
  }
  return length;
}
