import { Bytes } from '#stage';
import { ofSplitId, splitId } from './partition-feed.ts';
import { WireReader, writeInt16, writeInt32 } from './wire.ts';

/** What a member of a group tells of itself when it joins. */
export interface Subscription {
  readonly topics: readonly string[];
  /** The partitions that it reads now, by split id. */
  readonly owned: readonly string[];
}

/** Version 1 of the consumers' protocol, which clients of all makes read. */
const VERSION = 1;

export function writeSubscription({ topics, owned }: Subscription): Buffer {
  const into = new Bytes();
  writeInt16(into, VERSION);
  writeInt32(into, topics.length);
  for (const topic of topics) writeText(into, topic);
  writeInt32(into, -1);
  writePartitions(into, owned);
  return Buffer.from(into.buffer.subarray(0, into.length));
}

/** Throws a `RangeError` where it is cut short. */
export function readSubscription(bytes: Buffer): Subscription {
  const from = new WireReader(bytes);
  const version = from.int16();
  const topics = Array.from({ length: countOf(from) }, () => readText(from));
  skipBytes(from);
  return { topics, owned: version >= 1 ? readPartitions(from) : [] };
}

/** The partitions that fall to a member. */
export function writeAssignment(partitions: readonly string[]): Buffer {
  const into = new Bytes();
  writeInt16(into, VERSION);
  writePartitions(into, partitions);
  writeInt32(into, -1);
  return Buffer.from(into.buffer.subarray(0, into.length));
}

/** Nothing at all means no partition. */
export function readAssignment(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  const from = new WireReader(bytes);
  from.int16();
  return readPartitions(from);
}

function writePartitions(into: Bytes, ids: readonly string[]): void {
  const all = ids.map(ofSplitId);
  const topics = [...new Set(all.map(({ topic }) => topic))];
  writeInt32(into, topics.length);
  for (const topic of topics) {
    const partitions = all.filter((each) => each.topic === topic).map(({ partition }) => partition);
    writeText(into, topic);
    writeInt32(into, partitions.length);
    for (const partition of partitions) writeInt32(into, partition);
  }
}

function readPartitions(from: WireReader): string[] {
  return Array.from({ length: countOf(from) }, () => {
    const topic = readText(from);
    return Array.from({ length: countOf(from) }, () => splitId(topic, from.int32()));
  }).flat();
}

function writeText(into: Bytes, text: string): void {
  writeInt16(into, Buffer.byteLength(text));
  into.text(text);
}

function readText(from: WireReader): string {
  const size = from.int16();
  const at = from.take(size);
  return from.bytes.toString('utf8', at, at + size);
}

function skipBytes(from: WireReader): void {
  from.take(Math.max(0, from.int32()));
}

/** A count that the rest of the message can hold: others may write what they like. */
function countOf(from: WireReader): number {
  const count = from.int32();
  if (count > from.end - from.at) throw new RangeError('a message of Kafka is cut short');
  return Math.max(0, count);
}
