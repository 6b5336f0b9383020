import { crc32c, Reader, readRecordsBatches } from '@platformatic/kafka';
import { vi } from 'vitest';
import type { NewRecord } from '../../../actors/lib/kafka/batch-builder.ts';
import { KafkaClient } from '../../../actors/lib/kafka/client.ts';
import { compressors } from '../../../actors/lib/kafka/compression.ts';
import { kafkaLibrary } from '../../../actors/lib/kafka/library.ts';
import { patienceOf } from '../../../actors/lib/kafka/patience.ts';
import type { Produced } from '../../../actors/lib/kafka/produce.ts';
import { Producer, type ProducerOptions } from '../../../actors/lib/kafka/producer.ts';
import { Session } from '../../../actors/lib/kafka/session.ts';
import { WireReader } from '../../../actors/lib/kafka/wire.ts';

/** What a broker is asked to append to a partition, as Kafka's client library reads it. */
export interface Offered {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: number;
  readonly values: readonly string[];
}

const UNKNOWN_TOPIC = 3;
const OUT_OF_ORDER_SEQUENCE = 45;

/** Brokers that exist by what a client is told of them: they keep records, and refuse sequence numbers that do not follow. */
export class KafkaCluster {
  readonly client: KafkaClient;
  /** Topic → the leader of each partition. */
  readonly topics = new Map<string, number[]>();
  readonly written = new Map<string, string[]>();
  /** Why nobody answers. */
  away: string | undefined;
  /** The code that a batch is refused with. */
  refuse: (offered: Offered) => number = () => 0;
  /** The records that it is refused for, where they are named. */
  names: (offered: Offered) => number[] = () => [];
  offers = 0;
  readonly #sequences = new Map<string, number>();

  /** The prototype stands for all clients. */
  constructor(client = new KafkaClient({ brokers: ['k:1'], timeout: 1000, sasl: undefined, tls: undefined })) {
    this.client = client;
    const connection = async () => {
      if (this.away !== undefined) throw Object.assign(new Error(this.away), { code: this.away });
      return {} as never;
    };
    for (const name of ['any', 'node', 'coordinator'] as const) {
      vi.spyOn(this.client, name).mockImplementation(connection);
    }
    vi.spyOn(this.client, 'topics').mockImplementation(async (names) => {
      await connection();
      const all = [...this.topics].map(([name, leaders]) => ({ name, leaders }));
      return all.filter(({ name }) => names === null || names.includes(name));
    });
    const call = async (api: unknown, ...args: unknown[]) => {
      await connection();
      const { addPartitionsToTxnV3 } = await kafkaLibrary();
      if (api === addPartitionsToTxnV3.api) this.#add(args[0] as never);
      return { producerId: 7n, producerEpoch: 0 } as never;
    };
    vi.spyOn(this.client, 'ask').mockImplementation(call);
    vi.spyOn(this.client, 'call').mockImplementation((_, ...asked) => call(...asked));
    vi.spyOn(this.client, 'send').mockImplementation(async (_, __, ___, body) => this.#append(body) as never);
  }

  #add([{ topics }]: [{ topics: { name: string; partitions: number[] }[] }]): void {
    const isThere = topics.every(({ name, partitions }) => partitions.every((each) => this.#has(name, each)));
    const known = { apiId: 'UNKNOWN_TOPIC_OR_PARTITION', apiCode: UNKNOWN_TOPIC };
    if (!isThere) throw Object.assign(new Error('Received response with error'), known);
  }

  #has(topic: string, partition: number): boolean {
    return partition < (this.topics.get(topic)?.length ?? 0);
  }

  #append(body: Buffer): Produced[] {
    const r = new WireReader(body);
    r.compactText();
    r.take(6);
    const answers: Produced[] = [];
    for (let topics = r.compactCount(); topics > 0; topics--) {
      const topic = r.compactText() ?? '';
      for (let left = r.compactCount(); left > 0; left--) {
        const partition = r.int32();
        const size = r.unsignedVarint() - 1;
        const from = r.take(size);
        r.skipTags();
        answers.push(this.#offered(topic, partition, body.subarray(from, from + size)));
      }
      r.skipTags();
    }
    return answers;
  }

  #offered(topic: string, partition: number, bytes: Buffer): Produced {
    this.offers++;
    const answer = (error: number, refused: number[] = []) => ({ topic, partition, error, refused });
    if (!this.#has(topic, partition)) return answer(UNKNOWN_TOPIC);
    const [batch] = readRecordsBatches(Reader.from(bytes));
    const values = batch!.records.map(({ value }) => String(value));
    const offered = { topic, partition, bytes: bytes.length, values };
    const error = this.refuse(offered);
    if (error !== 0) return answer(error, this.names(offered));
    const id = `${topic}/${partition}`;
    const next = this.#sequences.get(id) ?? 0;
    if (batch!.firstSequence !== next) return answer(OUT_OF_ORDER_SEQUENCE);
    this.#sequences.set(id, next + values.length);
    this.written.set(id, [...(this.written.get(id) ?? []), ...values]);
    return answer(0);
  }
}

/** A producer that writes to such a cluster, and what it has told. */
export class ProducerRig {
  readonly cluster: KafkaCluster;
  readonly producer: Producer;
  readonly session: Session;
  readonly logs: string[] = [];
  readonly failures: unknown[] = [];
  readonly dead: [value: string, code: string, reason: string][] = [];
  at = 0;
  readonly #timers: { at: number; task: () => void }[] = [];

  static async of(cluster: KafkaCluster, options: Partial<ProducerOptions> = {}, id?: string): Promise<ProducerRig> {
    const [none] = await compressors();
    const all = { ...{ batch: 1000, linger: 10, buffer: 1e6, timeout: 1000, compression: 0 }, compressor: none! };
    return new ProducerRig(cluster, { ...all, crc32c: crc32c as ProducerOptions['crc32c'], ...options }, id);
  }

  private constructor(cluster: KafkaCluster, options: ProducerOptions, id: string | undefined) {
    this.cluster = cluster;
    const after = (ms: number, task: () => void) => {
      const timer = { at: this.at + ms, task };
      this.#timers.push(timer);
      return () => void (this.#timers.includes(timer) && this.#timers.splice(this.#timers.indexOf(timer), 1));
    };
    const log = (level: string, text: string) => void this.logs.push(`${level} ${text}`);
    const patience = patienceOf(cluster.client, { now: () => this.at, after, log }, new AbortController().signal);
    const fail = (error: unknown) => void this.failures.push(error);
    const deadLetter = (row: unknown, code: string, reason: string) => void this.dead.push([String(row), code, reason]);
    const host = { ...patience, after, fail, deadLetter };
    this.session = new Session(cluster.client, id, 60_000, host);
    this.producer = new Producer(cluster.client, options, host, this.session);
  }

  write(topic: string, partition: number, value: string, more: Partial<NewRecord> = {}): void {
    const record = { key: null, value: Buffer.from(value), headers: [], time: 1, ...more };
    this.producer.append(topic, partition, this.cluster.topics.get(topic)?.[partition] ?? -1, record);
  }

  /** Lets time pass, whenever all wait for it, until something is so. */
  async until(holds: () => boolean): Promise<void> {
    for (let turns = 0; turns < 2000; turns++) {
      if (holds()) return;
      await new Promise((resolve) => setImmediate(resolve));
      const [first] = this.#timers.sort((a, b) => a.at - b.at);
      if (first === undefined) continue;
      this.#timers.shift();
      this.at = Math.max(this.at, first.at);
      first.task();
    }
    throw new Error(`it was never so: ${this.logs.slice(-3).join('; ')} ${this.failures.join('; ')}`);
  }
}
