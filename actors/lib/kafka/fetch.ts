import { Bytes } from '#stage';
import { WireReader, writeCompactText, writeInt32, writeInt64, writeUnsignedVarint } from './wire.ts';

export const FETCH = { key: 1, version: 12 } as const;

/** What is asked of one partition. */
export interface FetchWish {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What came of one partition. */
export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  /** Behind the last offset that may be read. */
  readonly highWatermark: number;
  /** The first offset that is still there. */
  readonly first: number;
  /** Transactions in it that were taken back: who wrote them and where each begins. */
  readonly aborted: readonly { producer: bigint; first: number }[];
  /** A copy of its own, so that a partition that is not read for long holds no other's bytes. */
  readonly records: Buffer;
}

export interface FetchOptions {
  readonly maxWaitMs: number;
  readonly partitionBytes: number;
  readonly readCommitted: boolean;
}

/** How much a broker is to give at once, of all partitions; a first batch that is longer comes nevertheless. */
export function answerBytes(partitionBytes: number): number {
  return Math.min(2 ** 30, partitionBytes * 8);
}

/**
 * A request for records of several partitions that one broker leads, version 12 of Fetch. The broker fills its answer in their order
 * (KIP-74), which is kept: a topic may come several times.
 */
export function fetchRequest(wishes: readonly FetchWish[], o: FetchOptions): Buffer {
  const into = new Bytes(256);
  writeInt32(into, -1);
  writeInt32(into, o.maxWaitMs);
  writeInt32(into, 1);
  writeInt32(into, answerBytes(o.partitionBytes));
  into.byte(o.readCommitted ? 1 : 0);
  writeInt32(into, 0);
  writeInt32(into, -1);
  const groups = grouped(wishes);
  writeUnsignedVarint(into, groups.length + 1);
  for (const { topic, partitions } of groups) {
    writeCompactText(into, topic);
    writeUnsignedVarint(into, partitions.length + 1);
    for (const { partition, offset } of partitions) {
      writeInt32(into, partition);
      writeInt32(into, -1);
      writeInt64(into, BigInt(offset));
      writeInt32(into, -1);
      writeInt64(into, -1n);
      writeInt32(into, o.partitionBytes);
      into.byte(0);
    }
    into.byte(0);
  }
  // No forgotten topics, no rack, no tags.
  into.byte(1);
  into.byte(1);
  into.byte(0);
  return into.view();
}

/** Those of one topic that stand side by side. */
function grouped(wishes: readonly FetchWish[]): { topic: string; partitions: FetchWish[] }[] {
  const groups: { topic: string; partitions: FetchWish[] }[] = [];
  for (const wish of wishes) {
    const last = groups.at(-1);
    if (last?.topic === wish.topic) last.partitions.push(wish);
    else groups.push({ topic: wish.topic, partitions: [wish] });
  }
  return groups;
}

/** The answer to it. */
export function fetchedOf(answer: Buffer): { error: number; partitions: Fetched[] } {
  const r = new WireReader(answer);
  r.int32();
  const error = r.int16();
  r.int32();
  const partitions: Fetched[] = [];
  for (let topics = r.compactCount(); topics > 0; topics--) {
    const topic = r.compactText() ?? '';
    for (let left = r.compactCount(); left > 0; left--) partitions.push(partitionOf(r, topic));
    r.skipTags();
  }
  return { error, partitions };
}

function partitionOf(r: WireReader, topic: string): Fetched {
  const partition = r.int32();
  const error = r.int16();
  const highWatermark = r.number64();
  r.take(8);
  const first = r.number64();
  const aborted: { producer: bigint; first: number }[] = [];
  for (let left = r.compactCount(); left > 0; left--) {
    aborted.push({ producer: r.int64(), first: r.number64() });
    r.skipTags();
  }
  r.int32();
  const size = r.compactCount();
  const from = r.take(size);
  const records = Buffer.from(r.bytes.subarray(from, from + size));
  r.skipTags();
  return { topic, partition, error, highWatermark, first, aborted: aborted.sort((a, b) => a.first - b.first), records };
}
