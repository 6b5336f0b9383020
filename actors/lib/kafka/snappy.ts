import { WireReader } from './wire.ts';

/** What Java's snappy streams begin with: then blocks follow, each behind its length. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEAD = 16;
/** A byte of snappy stands for fewer bytes than this: a block that claims more is damaged. */
const MOST_RATIO = 64;

/**
 * Unpacks snappy, also in Java's stream of blocks, to `max` bytes at most: what the blocks claim is counted before room is taken for it.
 * `unpackBlock` is the library's. Throws a `RangeError` where they are more, or damaged.
 */
export function unpackSnappy(bytes: Buffer, max: number, unpackBlock: (block: Buffer) => Buffer): Buffer {
  const isStream = bytes.subarray(0, XERIAL.length).equals(XERIAL);
  const blocks = isStream ? blocksOf(bytes) : [bytes];
  const sizes = blocks.map(claimedSize);
  const size = sizes.reduce((sum, each) => sum + each, 0);
  if (size > max) throw new RangeError('it unpacks to too much');
  if (!isStream) return unpackBlock(bytes);
  const into = Buffer.allocUnsafe(size);
  let at = 0;
  for (const block of blocks) at += unpackBlock(block).copy(into, at);
  return into.subarray(0, at);
}

function blocksOf(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  const r = new WireReader(bytes, XERIAL_HEAD);
  while (r.at < r.end) {
    const size = r.int32();
    const from = r.take(size);
    blocks.push(bytes.subarray(from, from + size));
  }
  return blocks;
}

function claimedSize(block: Buffer): number {
  const size = new WireReader(block).unsignedVarint();
  if (size > block.length * MOST_RATIO)
    throw new RangeError(`a block of snappy of ${block.length} bytes claims to be ${size}`);
  return size;
}
