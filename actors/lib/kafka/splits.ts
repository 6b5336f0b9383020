import { hashText, type Split, WeirError } from '#stage';
import { Backoff } from './backoff.ts';
import { KafkaClient, type TopicInfo } from './client.ts';
import { apiCodes, CODE, fault, permanent, reasonOf } from './errors.ts';
import { listOffsets, startOf, startOffsets } from './offsets.ts';
import type { ConnectOptions } from './options.ts';
import { ofSplitId, splitId } from './partition-feed.ts';

/** What a split was dealt out with. */
export interface SplitData {
  start: number;
  /** Read to here and end. */
  end?: number;
}

export interface TopicOptions extends ConnectOptions {
  readonly topics: readonly string[];
  readonly pattern?: string | undefined;
  readonly start: string;
  readonly until: 'never' | 'latest';
  readonly group?: string | undefined;
  readonly share: boolean;
  readonly readCommitted: boolean;
}

/**
 * Partitions that are read by one subtask: those of a topic go round, beginning where its name says. Nobody need be asked. What is
 * shared with other processes is read by the first.
 */
export function subtaskOf(split: string, parallelism: number, { share }: { share: boolean }): number {
  if (share) return 0;
  const { topic, partition } = ofSplitId(split);
  return (((hashText(topic) >>> 0) % parallelism) + partition) % parallelism;
}

/** The topics that are to be read, as they are now. Throws `WEIR_KAFKA_TOPIC` for a name that is not there. */
export async function topicsOf(client: KafkaClient, { topics: names, pattern }: TopicOptions): Promise<TopicInfo[]> {
  if (pattern !== undefined) {
    const matches = new RegExp(`^(?:${pattern})$`);
    return (await client.topics(null)).filter(({ name }) => matches.test(name));
  }
  const found = await client.topics(names);
  const absent = names.filter((name) => !found.some((topic) => topic.name === name));
  if (absent.length === 0) return found;
  const what = absent.length === 1 ? `no topic ${absent[0]}` : `no topics ${absent.join(', ')}`;
  throw fault('WEIR_KAFKA_TOPIC', `Kafka at ${client.address} has ${what}: create it, or see option topics`);
}

/** How often something is tried at a start before it fails: an answer such as that a leader is being chosen passes soon. */
const TRIES = 6;
export const TOPIC_TRIES = 4;

/** Runs a task with a client of its own, some times if it must, and tells what is wrong in words of ours. */
export async function withClient<T>(options: ConnectOptions, task: (client: KafkaClient) => Promise<T>): Promise<T> {
  const client = new KafkaClient(options);
  const backoff = new Backoff();
  try {
    for (;;) {
      try {
        return await task(client);
      } catch (error) {
        const found = error instanceof WeirError ? error : permanent(error, client.address);
        // Brokers know of a topic a moment after it has been made.
        if (found?.code === 'WEIR_KAFKA_TOPIC' && backoff.tries < TOPIC_TRIES) {
          await new Promise((resolve) => setTimeout(resolve, backoff.next()));
          continue;
        }
        if (found !== undefined) throw found;
        // A broker that answers with a code is there and may need a moment; one that is not there is told at once.
        if (apiCodes(error).length === 0 || backoff.tries >= TRIES) throw unreachable(client.address, error);
        await new Promise((resolve) => setTimeout(resolve, backoff.next()));
      }
    }
  } finally {
    await client.close();
  }
}

function unreachable(address: string, error: unknown): WeirError {
  const closed = /closed/i.test(reasonOf(error));
  const advice = closed
    ? 'if it asks for a login or TLS, see options sasl and tls'
    : 'see option brokers, and whether it runs';
  return fault('WEIR_KAFKA_CONNECT', `Kafka at ${address} cannot be reached: ${reasonOf(error)}: ${advice}`, error);
}

/** The partitions that are there at the first start, each with where to begin. */
export async function partitionSplits(options: TopicOptions): Promise<Split[]> {
  return await withClient(options, async (client) => {
    const { group, readCommitted, until } = options;
    const topics = await topicsOf(client, options);
    // The group says which of them are its own.
    if (options.share) return [];
    const starts = await startOffsets(client, topics, startOf(options.start), group, readCommitted);
    const ends = until === 'latest' ? await listOffsets(client, topics, 'latest', readCommitted) : undefined;
    return topics.flatMap(({ name, leaders }) =>
      leaders.map((_, partition) => {
        const id = splitId(name, partition);
        const start = starts.get(id);
        if (start === undefined) {
          const what = `partition ${id} of Kafka at ${client.address} has no leader`;
          throw Object.assign(new Error(what), { apiCode: CODE.LEADER_NOT_AVAILABLE });
        }
        const end = ends?.get(id);
        const data: SplitData = end === undefined ? { start } : { start, end };
        return { id, data };
      }),
    );
  });
}
