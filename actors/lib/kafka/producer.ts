import { WeirError } from '#stage';
import { type Patience, persist } from '../delivery/persist.ts';
import { Progress } from '../delivery/progress.ts';
import { Backoff } from './backoff.ts';
import { BatchBuilder, type NewRecord, roomOf } from './batch-builder.ts';
import type { KafkaClient } from './client.ts';
import type { Compressor } from './compression.ts';
import { answered, CODE, fault, permanent, reasonOf } from './errors.ts';
import { halvesOf, without } from './halves.ts';
import { PRODUCE, type Produced, producedOf, produceRequest, type Sealed } from './produce.ts';
import { FATAL, REFUSALS, type Refusal } from './refusals.ts';
import type { Session } from './session.ts';

export interface ProducerOptions {
  readonly batch: number;
  readonly linger: number;
  /** Bytes that may wait for their acknowledgement. */
  readonly buffer: number;
  readonly timeout: number;
  readonly compression: number;
  readonly compressor: Compressor;
  readonly crc32c: (bytes: Buffer) => number;
}

export interface ProducerHost extends Patience {
  after(ms: number, task: () => void): () => void;
  fail(error: unknown): void;
  deadLetter(row: unknown, code: string, reason: string): void;
}

/** A batch that waits to be sent, or for its answer. Sealed when it is sent first; sent again it is the same, to the byte. */
interface Waiting {
  readonly session: Session;
  /** How many flushes came before it. */
  readonly round: number;
  readonly builder: BatchBuilder;
  sealed: Sealed | undefined;
  /** How often it has been sent. */
  sent: number;
}

interface Lane {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  leader: number;
  /** The cluster says that there is no such partition. */
  isGone: boolean;
  open: BatchBuilder | undefined;
  /** Bytes of a batch at most. */
  batch: number;
  readonly queue: Waiting[];
  sending: boolean;
}

/** A partition that is not there in so many looks one after the other, over some seconds, is gone. */
const ABSENCES = 6;

/**
 * Writes records in batches, one batch of a partition under way at a time, so that their order holds through every new try. The
 * session of a batch is the one of the moment in which its first record was written.
 */
export class Producer {
  readonly #client: KafkaClient;
  readonly #o: ProducerOptions;
  readonly #host: ProducerHost;
  readonly #lanes = new Map<string, Lane>();
  readonly #progress = new Progress();
  #session: Session;
  #linger: (() => void) | undefined;
  #bytes = 0;
  #round = 0;
  #pumping = false;
  #looking: Promise<boolean> | undefined;

  constructor(client: KafkaClient, options: ProducerOptions, host: ProducerHost, session: Session) {
    this.#client = client;
    this.#o = options;
    this.#host = host;
    this.#session = session;
  }

  append(topic: string, partition: number, leader: number, record: NewRecord): void {
    const id = `${topic}/${partition}`;
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = {
        id,
        topic,
        partition,
        leader,
        isGone: false,
        open: undefined,
        batch: this.#o.batch,
        queue: [],
        sending: false,
      };
      this.#lanes.set(id, lane);
    }
    if (lane.open !== undefined && lane.open.size + roomOf(record) > lane.batch) this.#close(lane);
    lane.open ??= new BatchBuilder();
    const before = lane.open.size;
    lane.open.add(record);
    this.#bytes += lane.open.size - before;
    if (lane.open.size >= lane.batch) {
      this.#close(lane);
      this.#pump();
    } else this.#linger ??= this.#host.after(this.#o.linger, () => this.#cut());
  }

  #close(lane: Lane): void {
    if (lane.open === undefined) return;
    lane.queue.push({ session: this.#session, round: this.#round, builder: lane.open, sealed: undefined, sent: 0 });
    lane.open = undefined;
  }

  #cut(): void {
    this.#linger?.();
    this.#linger = undefined;
    // Behind a batch that is under way more records may gather until it is answered.
    for (const lane of this.#lanes.values()) if (!lane.sending && lane.queue.length === 0) this.#close(lane);
    this.#pump();
  }

  /** What comes from now on is written by another; resolves when all that came before is acknowledged. */
  async flush(next: Session): Promise<void> {
    for (const lane of this.#lanes.values()) this.#close(lane);
    const round = this.#round++;
    this.#session = next;
    this.#pump();
    await this.#progress.until(() =>
      [...this.#lanes.values()].every(({ queue: [first] }) => first === undefined || first.round > round),
    );
  }

  busy(): Promise<void> | undefined {
    this.#progress.check();
    return this.#bytes < this.#o.buffer ? undefined : this.#progress.until(() => this.#bytes < this.#o.buffer / 2);
  }

  /** Sends what can be sent, gathered by broker and session: in a task of its own, so that all lanes that are due go together. */
  #pump(): void {
    if (this.#pumping || this.#progress.hasFailed) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      const requests = new Map<string, Lane[]>();
      for (const lane of this.#lanes.values()) {
        const [first] = lane.queue;
        if (lane.sending || first === undefined) continue;
        lane.sending = true;
        const place = `${lane.leader} ${first.session.id ?? ''}`;
        const group = requests.get(place);
        if (group === undefined) requests.set(place, [lane]);
        else group.push(lane);
      }
      for (const lanes of requests.values()) {
        const backoff = new Backoff();
        void this.#send(lanes, backoff).finally(() => {
          const { outage } = this.#host;
          if (this.#host.closed() || this.#progress.hasFailed) outage.gaveUp(backoff);
          else outage.passed(backoff);
        });
      }
    });
  }

  /** Sends the first batch of each lane, again until all are answered. `backoff` stands for it in what is told of an outage. */
  async #send(lanes: readonly Lane[], backoff: Backoff): Promise<void> {
    let left = lanes;
    let absences = 0;
    while (left.length > 0 && !this.#host.closed() && !this.#progress.hasFailed) {
      const began = this.#host.now();
      let why: unknown;
      try {
        [left, why] = await this.#try(left);
        if (left.length === 0) break;
      } catch (error) {
        why = error;
      }
      if (this.#host.closed()) return;
      const found = permanent(why, this.#client.address);
      if (found !== undefined) return this.#fail(found);
      this.#host.outage.failed(backoff, backoff.tries, reasonOf(why), began);
      await this.#host.pause(backoff.next());
      if (await this.#look()) absences = left.some(({ isGone }) => isGone) ? absences + 1 : 0;
      if (absences >= ABSENCES) return this.#fail(this.#goneOf(left));
      // The others may go to other brokers now.
      const [{ leader }] = left as [Lane];
      const others = left.filter((lane) => lane.leader !== leader);
      for (const lane of others) lane.sending = false;
      left = left.filter((lane) => lane.leader === leader);
      if (others.length > 0) this.#pump();
    }
  }

  /** A restart asks for the topics anew, and how many partitions they have. */
  #goneOf(lanes: readonly Lane[]): WeirError {
    const { topic, partition } = lanes.find(({ isGone }) => isGone) as Lane;
    const what = `Kafka at ${this.#client.address} has no partition ${partition} of topic ${topic} any more`;
    return new WeirError('WEIR_KAFKA_TOPIC', `${what}: the topic was deleted, or made again with fewer partitions`);
  }

  /** One request with the first batch of each lane. Gives the lanes whose batch must be sent again, and why the first one must. */
  async #try(lanes: readonly Lane[]): Promise<[left: Lane[], why: Error | undefined]> {
    const [{ leader, queue }] = lanes as [Lane];
    const { session } = queue[0] as Waiting;
    const writer = await session.init();
    await session.add(lanes);
    const sealed = lanes.map((lane) => {
      const batch = lane.queue[0] as Waiting;
      batch.sent++;
      batch.sealed ??= {
        topic: lane.topic,
        partition: lane.partition,
        bytes: batch.builder.seal(
          {
            ...writer,
            sequence: session.sequence(lane.id, batch.builder.count),
            transactional: session.id !== undefined,
          },
          this.#o.compression,
          this.#o.compressor,
          this.#o.crc32c,
        ),
      };
      return batch.sealed;
    });
    const request = produceRequest(session.id, sealed, this.#o.timeout);
    const connection = await this.#client.node(leader);
    const answers = await this.#client.send(connection, PRODUCE.key, PRODUCE.version, request, producedOf);
    const again = lanes
      .map((lane) => [lane, this.#settle(lane, answers)] as const)
      .filter(([, why]) => why !== undefined);
    return [again.map(([lane]) => lane), again[0]?.[1]];
  }

  /** Why the batch that was sent must be sent again; undefined when it is done with. */
  #settle(lane: Lane, answers: readonly Produced[]): Error | undefined {
    const answer = answers.find(({ topic, partition }) => topic === lane.topic && partition === lane.partition);
    const error = answer?.error ?? CODE.LEADER_NOT_AVAILABLE;
    // What has been written already, before an answer was lost, is written.
    if (error === 0 || error === CODE.DUPLICATE_SEQUENCE) {
      this.#bytes -= (lane.queue.shift() as Waiting).builder.size;
      this.#next(lane);
      return undefined;
    }
    const why = FATAL.get(error);
    if (why !== undefined) {
      const what = `Kafka at ${this.#client.address} takes no more records for ${lane.id}: ${why} (code ${error})`;
      // What is lost between two batches comes again after a restart; who is fenced must stay away.
      const mends = error === CODE.OUT_OF_ORDER_SEQUENCE || error === CODE.UNKNOWN_PRODUCER_ID;
      this.#fail(mends ? new WeirError('WEIR_KAFKA_SEQUENCE', what) : fault('WEIR_KAFKA_FENCED', what));
      return undefined;
    }
    const refusal = REFUSALS.get(error);
    if (refusal === undefined) return answered(lane.id, error);
    this.#refused(lane, refusal, answer as Produced);
    return undefined;
  }

  /** The first batch of a lane is done with. */
  #next(lane: Lane): void {
    lane.sending = false;
    if (lane.queue.length === 0 && lane.open !== undefined) this.#close(lane);
    this.#pump();
    this.#progress.tell();
  }

  /**
   * Takes out of a batch the records that it is refused for: they are dead letters. Where the broker does not name them they are found
   * by sending the batch in halves.
   */
  #refused(lane: Lane, { code, why, isTooLarge }: Refusal, { error, refused }: Produced): void {
    if (this.#host.closed()) return;
    const batch = lane.queue.shift() as Waiting;
    const { session, builder } = batch;
    if (batch.sent > 1) {
      // It may be there since a try whose answer was lost, and another one under its numbers would be taken for it.
      const what = `Kafka at ${this.#client.address} refuses a batch for ${lane.id} (code ${error}) that it may have taken before: ${why}`;
      this.#fail(new WeirError('WEIR_KAFKA_SEQUENCE', what));
      return;
    }
    const { crc32c } = this.#o;
    this.#bytes -= builder.size;
    // No later batch has been sent, and the broker still waits for these numbers.
    session.takeBack(lane.id, builder.count);
    const numbers = new Set(builder.count === 1 ? [0] : refused.filter((n) => n >= 0 && n < builder.count));
    const parts =
      numbers.size === 0
        ? halvesOf(builder, crc32c)
        : without(builder, numbers, crc32c, (record) => {
            const what = `Kafka refuses a record of ${roomOf(record)} bytes for ${lane.id} (code ${error})`;
            this.#host.deadLetter(record.value, code, `${what}: ${why}`);
          });
    if (isTooLarge && builder.count > 1) lane.batch = Math.min(lane.batch, Math.ceil(builder.size / 2));
    for (const part of parts) this.#bytes += part.size;
    lane.queue.unshift(...parts.map((part) => ({ ...batch, builder: part, sealed: undefined, sent: 0 })));
    this.#next(lane);
  }

  #fail(error: unknown): void {
    if (this.#progress.hasFailed || this.#host.closed()) return;
    this.#progress.fail(error);
    this.#host.fail(error);
    this.#progress.tell();
  }

  /** Learns who leads the partitions now, and whether they are there. Gives whether the cluster told. */
  #look(): Promise<boolean> {
    const names = new Set([...this.#lanes.values()].map(({ topic }) => topic));
    this.#looking ??= persist({ ...this.#host, tries: 1 }, () => this.#client.topics([...names]))
      .then(
        (topics) => {
          const leaders = new Map(topics.map((topic) => [topic.name, topic.leaders]));
          for (const lane of this.#lanes.values()) {
            const leader = leaders.get(lane.topic)?.[lane.partition];
            lane.isGone = leader === undefined && names.has(lane.topic);
            lane.leader = leader ?? lane.leader;
          }
          return true;
        },
        () => false,
      )
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  close(): void {
    this.#linger?.();
    this.#progress.fail(new Error('closed'));
    this.#progress.tell();
  }
}
