import { type At, Bytes, type Encoder, type Row, type SinkContext, type SinkWriter, WeirError } from '#stage';
import { persist } from '../delivery/persist.ts';
import { Backoff } from './backoff.ts';
import { type NewRecord, roomOf } from './batch-builder.ts';
import { KafkaClient, type TopicInfo } from './client.ts';
import { COMPRESSIONS, type Compression, compressors } from './compression.ts';
import { fault } from './errors.ts';
import { kafkaLibrary } from './library.ts';
import { partitionOfKey } from './murmur2.ts';
import type { ConnectOptions } from './options.ts';
import { patienceOf } from './patience.ts';
import { Producer, type ProducerHost } from './producer.ts';
import { Session } from './session.ts';
import { TOPIC_TRIES } from './splits.ts';
import { abortLeftovers, type Prepared } from './transactions.ts';

/** Transactions of a subtask that take turns: one is committed, one is being prepared, one is written to. */
const SLOTS = 3;
/** Without a key, so many records go to one partition before the next has its turn. */
const STICKY = 500;
/** How often a broker is tried at the first start before that fails. */
const FIRST_TRIES = 5;
/** How often it is asked which partitions there are: as often as Kafka's own clients do. */
const REFRESH_MS = 300_000;
const NO_HEADERS: NewRecord['headers'] = [];

export interface WriterOptions extends ConnectOptions {
  readonly topicOf: (row: Row, at: At) => unknown;
  /** The topic, when it is always the same. */
  readonly topic: string | undefined;
  readonly keyOf: ((row: Row, at: At) => unknown) | undefined;
  readonly headersOf: readonly (readonly [Buffer, (row: Row, at: At) => unknown])[];
  readonly partitionOf: ((row: Row, at: At) => unknown) | undefined;
  readonly exactlyOnce: boolean;
  readonly transactions: string;
  readonly transactionTimeout: number;
  readonly compression: Compression;
  readonly batch: number;
  readonly linger: number;
  readonly buffer: number;
  readonly maxRecord: number;
  /** The codec ends each record with a line's end, which is no part of a value. */
  readonly lines: boolean;
}

/** A record whose topic is yet to be asked about. */
interface Unplaced {
  readonly row: Row;
  readonly record: NewRecord;
  readonly partition: number | undefined;
}

/** Writes records to topics of Kafka: in the transaction of their checkpoint, or, at least once, as they come. */
export class KafkaWriter implements SinkWriter {
  readonly #o: WriterOptions;
  readonly #context: SinkContext;
  readonly #client: KafkaClient;
  readonly #host: ProducerHost;
  readonly #encoder: Encoder;
  readonly #value = new Bytes(1 << 12);
  readonly #topics = new Map<string, TopicInfo>();
  /** Records for topics that are being asked about. */
  readonly #asked = new Map<string, Promise<void>>();
  readonly #unplaced = new Map<string, Unplaced[]>();
  readonly #sessions: Session[] = [];
  #producer: Producer | undefined;
  #slot = 0;
  #turn = 0;
  #sticky = 0;
  #cancelRefresh: (() => void) | undefined;
  readonly #closed = new AbortController();

  constructor(options: WriterOptions, context: SinkContext) {
    this.#o = options;
    this.#context = context;
    this.#encoder = context.encoder();
    this.#client = new KafkaClient(options, `weir-${context.name}`);
    this.#host = {
      ...patienceOf(this.#client, context, this.#closed.signal),
      after: (ms, task) => context.after(ms, task),
      fail: (error) => context.fail(error),
      deadLetter: (row, code, reason) => context.deadLetter(row, code, reason),
    };
  }

  async open(): Promise<void> {
    const { epoch, subtask, parallelism } = this.#context;
    const { exactlyOnce, transactions, transactionTimeout, topic, compression } = this.#o;
    const number = COMPRESSIONS.indexOf(compression);
    const compressor = (await compressors())[number]!;
    const { crc32c } = await kafkaLibrary();
    await this.#encoder.ready?.();
    // A run that comes back waits for its broker; one that begins is told that there is none.
    const patience = epoch > 0 ? this.#host : { ...this.#host, tries: FIRST_TRIES };
    const names = topic === undefined ? [] : [topic];
    for (const backoff = new Backoff(); ; await this.#host.pause(backoff.next())) {
      const found = await persist(patience, () => this.#client.topics(names));
      for (const each of found) this.#topics.set(each.name, each);
      if (found.length === names.length) break;
      // Brokers know of a topic a moment after it has been made.
      if (backoff.tries >= TOPIC_TRIES || this.#closed.signal.aborted)
        throw noTopic(topic as string, this.#client.address);
    }
    for (let slot = 0; slot < (exactlyOnce ? SLOTS : 1); slot++) {
      const id = exactlyOnce ? `${transactions}-${subtask}-${slot}` : undefined;
      this.#sessions.push(new Session(this.#client, id, transactionTimeout, this.#host));
    }
    this.#slot = this.#slotOf(epoch + 1);
    // What a run before has left open is taken back. The transaction of the last checkpoint is left alone, so that its commit can
    // be done again: only when the next checkpoint is durable is its turn over.
    const own = exactlyOnce ? [this.#slotOf(epoch + 1), this.#slotOf(epoch + 2)] : [0];
    await Promise.all(own.map((slot) => this.#sessions[slot]!.init()));
    if (exactlyOnce && subtask === 0) {
      await persist(patience, () => abortLeftovers(this.#client, transactions, parallelism, transactionTimeout));
    }
    const options = { ...this.#o, compression: number, compressor, crc32c: crc32c as (bytes: Buffer) => number };
    this.#producer = new Producer(this.#client, options, this.#host, this.#sessions[this.#slot]!);
    this.#refresh();
  }

  /** Partitions that have come are written to from the next look on; one that fails is made up for by the one after. */
  #refresh(): void {
    const look = async () => {
      const found = await this.#client.topics([...this.#topics.keys()]).catch(() => []);
      for (const each of found) this.#topics.set(each.name, each);
      if (!this.#closed.signal.aborted) this.#refresh();
    };
    this.#cancelRefresh = this.#context.after(REFRESH_MS, () => void look());
  }

  #slotOf(epoch: number): number {
    return this.#o.exactlyOnce ? epoch % SLOTS : 0;
  }

  write(row: Row, at: At): void {
    const { topicOf, keyOf, headersOf, partitionOf, maxRecord, lines } = this.#o;
    const topic = this.#o.topic ?? String(topicOf(row, at));
    this.#value.clear();
    this.#encoder.encode(row, this.#value);
    const { length, buffer } = this.#value;
    const end = lines && length > 0 && buffer[length - 1] === 10 ? length - 1 : length;
    const value = buffer.subarray(0, end);
    const key = keyOf === undefined ? null : bytesOf(keyOf(row, at));
    const headers =
      headersOf.length === 0 ? NO_HEADERS : headersOf.map(([name, of]) => [name, bytesOf(of(row, at))] as const);
    const time = at.time >= 0 ? at.time : this.#context.now();
    const record = { key, value, headers, time };
    const size = roomOf(record);
    if (size > maxRecord) {
      throw new WeirError('WEIR_KAFKA_TOO_LARGE', `a record of ${size} bytes is more than maxRecord (${maxRecord})`);
    }
    const chosen = partitionOf === undefined ? undefined : partitionNumber(partitionOf(row, at));
    const info = this.#topics.get(topic);
    if (info !== undefined) this.#place(info, record, chosen);
    else this.#wait(topic, row, { ...record, value: Buffer.from(value) }, chosen);
  }

  #place({ name, leaders }: TopicInfo, record: NewRecord, chosen: number | undefined): void {
    const partition = this.#partition(leaders.length, record.key, chosen);
    this.#producer!.append(name, partition, leaders[partition] ?? -1, record);
  }

  /** A record that cannot be placed is a dead letter. */
  #placeOr(info: TopicInfo, { row, record, partition }: Unplaced): void {
    try {
      this.#place(info, record, partition);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#context.deadLetter(row, error.code, error.message);
    }
  }

  #partition(count: number, key: Buffer | null, chosen: number | undefined): number {
    if (chosen !== undefined && chosen >= count) {
      const there = count === 1 ? 'only partition 0' : `partitions 0 to ${count - 1}`;
      throw new WeirError('WEIR_KAFKA_PARTITION', `option partition gives ${chosen}: the topic has ${there}`);
    }
    if (chosen !== undefined) return chosen;
    if (key !== null) return partitionOfKey(key, count);
    if (++this.#sticky >= STICKY) {
      this.#sticky = 0;
      this.#turn++;
    }
    return (this.#turn + this.#context.subtask) % count;
  }

  /** Keeps a record until it is known how many partitions its topic has. */
  #wait(topic: string, row: Row, record: NewRecord, partition: number | undefined): void {
    const waiting = this.#unplaced.get(topic) ?? [];
    waiting.push({ row, record, partition });
    this.#unplaced.set(topic, waiting);
    if (this.#asked.has(topic)) return;
    const asking = persist(this.#host, () => this.#client.topics([topic])).then(([info]) => {
      if (info !== undefined) this.#topics.set(topic, info);
      const own = this.#unplaced.get(topic) ?? [];
      this.#unplaced.delete(topic);
      for (const each of own) {
        if (info !== undefined) this.#placeOr(info, each);
        else this.#context.deadLetter(each.row, 'WEIR_KAFKA_TOPIC', `Kafka has no topic ${topic}`);
      }
    });
    this.#asked.set(
      topic,
      asking
        .catch((error) => this.#closed.signal.aborted || this.#context.fail(error))
        .then(() => void this.#asked.delete(topic)),
    );
  }

  busy(): Promise<void> | undefined {
    if (this.#asked.size > 0) return Promise.all(this.#asked.values()).then(() => {});
    return this.#producer?.busy();
  }

  async prepare(epoch: number): Promise<Prepared | undefined> {
    while (this.#asked.size > 0) await Promise.all(this.#asked.values());
    const session = this.#sessions[this.#slot]!;
    this.#slot = this.#slotOf(epoch + 1);
    await this.#producer!.flush(this.#sessions[this.#slot]!);
    return session.prepared();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#cancelRefresh?.();
    this.#producer?.close();
    await this.#client.close();
  }
}

/** A number or a text as it is, anything else as JSON; null for null. */
function bytesOf(value: unknown): Buffer | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

function partitionNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new WeirError(
    'WEIR_KAFKA_PARTITION',
    `option partition gives ${String(value)}: a partition is a whole number from 0 on`,
  );
}

export function noTopic(topic: string, address: string): WeirError {
  return fault('WEIR_KAFKA_TOPIC', `Kafka at ${address} has no topic ${topic}: create it, or see option topic`);
}
