import { parseIso } from '#stage';
import type { KafkaClient, TopicInfo } from './client.ts';
import { fault } from './errors.ts';
import { kafkaLibrary } from './library.ts';
import { splitId } from './partition-feed.ts';

const LATEST = -1n;
const EARLIEST = -2n;

/** Where to begin: a word, or a time in milliseconds. */
export type Start = 'earliest' | 'latest' | 'committed' | number;

/** Reads the option `start`. Throws `WEIR_OPTION`. */
export function startOf(text: string): Start {
  if (text === 'earliest' || text === 'latest' || text === 'committed') return text;
  const time = parseIso(text);
  if (time !== undefined) return time;
  throw fault(
    'WEIR_OPTION',
    `option start: '${text}' is neither earliest, latest nor committed, nor a time such as 2026-01-31T06:00:00Z`,
  );
}

/** Offsets of partitions by split id. */
export type Offsets = Map<string, number>;

/** The offsets at which partitions begin or end, or from which on records are of a time: where there is none, the end. */
export async function listOffsets(
  client: KafkaClient,
  topics: readonly TopicInfo[],
  what: 'earliest' | 'latest' | number,
  readCommitted: boolean,
): Promise<Offsets> {
  const timestamp = what === 'earliest' ? EARLIEST : what === 'latest' ? LATEST : BigInt(Math.floor(what));
  const { listOffsetsV7 } = await kafkaLibrary();
  const found: Offsets = new Map();
  // Lists may have holes: partitions that are not asked about.
  const nodes = new Set(topics.flatMap(({ leaders }) => Object.values(leaders)));
  for (const node of nodes) {
    const asked = topics
      .map(({ name, leaders }) => ({
        name,
        partitions: leaders.flatMap((leader, partitionIndex) =>
          leader === node ? [{ partitionIndex, currentLeaderEpoch: -1, timestamp }] : [],
        ),
      }))
      .filter(({ partitions }) => partitions.length > 0);
    const answer = await client.call(await client.node(node), listOffsetsV7.api, -1, readCommitted ? 1 : 0, asked);
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, offset } of partitions) found.set(splitId(name, partitionIndex), Number(offset));
    }
  }
  if (typeof what === 'number' && [...found.values()].includes(-1)) {
    const ends = await listOffsets(client, topics, 'latest', readCommitted);
    for (const [id, offset] of found) if (offset < 0) found.set(id, ends.get(id) ?? 0);
  }
  return found;
}

/** What a group has committed; partitions without a commit are left out. */
export async function committedOffsets(
  client: KafkaClient,
  group: string,
  topics: readonly TopicInfo[],
): Promise<Offsets> {
  const { offsetFetchV8 } = await kafkaLibrary();
  const asked = topics.map(({ name, leaders }) => ({ name, partitionIndexes: leaders.map((_, i) => i) }));
  const answer = await client.call(
    await client.coordinator(0, group),
    offsetFetchV8.api,
    [{ groupId: group, memberId: null, memberEpoch: -1, topics: asked }],
    true,
  );
  const found: Offsets = new Map();
  for (const { name, partitions } of answer.groups[0]?.topics ?? []) {
    for (const { partitionIndex, committedOffset } of partitions) {
      if (committedOffset >= 0n) found.set(splitId(name, partitionIndex), Number(committedOffset));
    }
  }
  return found;
}

/** Who commits: a member of the group in one of its generations, or one who has not joined it. */
export interface CommitAs {
  readonly member: string;
  readonly generation: number;
  /** The name that a member keeps through restarts. */
  readonly instance?: string | undefined;
}

/** Tells a group how far its records have been taken. */
export async function commitOffsets(
  client: KafkaClient,
  group: string,
  positions: readonly { topic: string; partition: number; offset: number }[],
  { member, generation, instance = undefined }: CommitAs = { member: '', generation: -1 },
): Promise<void> {
  const { offsetCommitV8 } = await kafkaLibrary();
  const topics = [...new Set(positions.map(({ topic }) => topic))].map((name) => ({
    name,
    partitions: positions
      .filter(({ topic }) => topic === name)
      .map(({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: null,
      })),
  }));
  await client.call(
    await client.coordinator(0, group),
    offsetCommitV8.api,
    group,
    generation,
    member,
    instance ?? null,
    topics,
  );
}

/** Where each partition is to be read from at the first start. */
export async function startOffsets(
  client: KafkaClient,
  topics: readonly TopicInfo[],
  start: Start,
  group: string | undefined,
  readCommitted: boolean,
): Promise<Offsets> {
  if (start !== 'committed') return await listOffsets(client, topics, start, readCommitted);
  const earliest = await listOffsets(client, topics, 'earliest', readCommitted);
  const committed = group === undefined ? new Map() : await committedOffsets(client, group, topics);
  // What a group has committed may have been deleted since: then reading begins at what is left.
  return new Map([...earliest].map(([id, first]) => [id, Math.max(first, committed.get(id) ?? first)]));
}
