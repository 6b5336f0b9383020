import { type Patience, persist } from '../delivery/persist.ts';
import type { KafkaClient } from './client.ts';
import { addPartitions, initProducer, type Prepared, type ProducerId } from './transactions.ts';

/** One who writes: under a transactional id, or as nobody in particular, whose batches are told apart by their numbers alone. */
export class Session {
  readonly id: string | undefined;
  readonly #client: KafkaClient;
  readonly #timeoutMs: number;
  readonly #patience: Patience;
  readonly #sequences = new Map<string, number>();
  /** Partitions that are part of its open transaction. */
  readonly #added = new Set<string>();
  #ready: Promise<ProducerId> | undefined;
  producer: ProducerId | undefined;

  constructor(client: KafkaClient, id: string | undefined, timeoutMs: number, patience: Patience) {
    this.#client = client;
    this.id = id;
    this.#timeoutMs = timeoutMs;
    this.#patience = patience;
  }

  /** Becomes the only one who may write under the id; what was open under it is taken back. */
  init(): Promise<ProducerId> {
    this.#ready ??= persist(this.#patience, () => initProducer(this.#client, this.id, this.#timeoutMs)).then(
      (producer) => {
        this.producer = producer;
        return producer;
      },
    );
    return this.#ready;
  }

  /** The number of the next batch of a partition, which has so many records. */
  sequence(partition: string, count: number): number {
    const next = this.#sequences.get(partition) ?? 0;
    // It goes round as Kafka's own does.
    this.#sequences.set(partition, (next + count) % 2 ** 31);
    return next;
  }

  /** The last numbers that were given were not used: a broker refused the batch. */
  takeBack(partition: string, count: number): void {
    const next = this.#sequences.get(partition) ?? 0;
    this.#sequences.set(partition, (next - count + 2 ** 31) % 2 ** 31);
  }

  /** Partitions become part of the transaction before the first batch goes there. Who asks tries again: a partition may be gone. */
  async add(partitions: readonly { id: string; topic: string; partition: number }[]): Promise<void> {
    const { id } = this;
    if (id === undefined) return;
    const producer = await this.init();
    const missing = partitions.filter((each) => !this.#added.has(each.id));
    if (missing.length === 0) return;
    await addPartitions(this.#client, id, producer, missing);
    for (const each of missing) this.#added.add(each.id);
  }

  /** All that was written is acknowledged: what its commit needs. Undefined where nothing was. The session may then begin again. */
  prepared(): Prepared | undefined {
    const { id, producer } = this;
    if (id === undefined || producer === undefined || this.#added.size === 0) return undefined;
    this.#added.clear();
    return { id, producer: String(producer.producer), epoch: producer.epoch };
  }
}
