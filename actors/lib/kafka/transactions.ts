import type { KafkaClient } from './client.ts';
import { answered, apiCodes, CODE, fault, permanent, reasonOf } from './errors.ts';
import { kafkaLibrary } from './library.ts';

const FENCED: readonly number[] = [
  CODE.INVALID_PRODUCER_EPOCH,
  CODE.PRODUCER_FENCED,
  CODE.INVALID_TXN_STATE,
  CODE.INVALID_PRODUCER_ID_MAPPING,
];

/** Who writes: what a broker gave to a transactional id, or to nobody in particular. */
export interface ProducerId {
  readonly producer: bigint;
  readonly epoch: number;
}

/** A transaction that all records have been written to and that waits for its end. Part of a checkpoint. */
export interface Prepared {
  readonly id: string;
  readonly producer: string;
  readonly epoch: number;
}

/**
 * Asks for a producer id. With a transactional id: its open transaction is taken back, and who wrote under it before may write no
 * more.
 */
export async function initProducer(
  client: KafkaClient,
  id: string | undefined,
  timeoutMs: number,
): Promise<ProducerId> {
  const { initProducerIdV4 } = await kafkaLibrary();
  const { api } = initProducerIdV4;
  const asked = [id ?? null, timeoutMs, -1n, -1] as const;
  try {
    const { producerId, producerEpoch } =
      id === undefined
        ? await client.ask(api, ...asked)
        : await client.call(await client.coordinator(1, id), api, ...asked);
    return { producer: producerId, epoch: producerEpoch };
  } catch (error) {
    if (!apiCodes(error).includes(CODE.INVALID_TRANSACTION_TIMEOUT)) throw error;
    const what = `Kafka at ${client.address} takes no transaction of ${timeoutMs} ms: give less as transactionTimeout, or raise transaction.max.timeout.ms of the brokers`;
    throw fault('WEIR_KAFKA_TRANSACTION', what, error);
  }
}

/** Makes partitions part of the transaction, before anything is written to them. */
export async function addPartitions(
  client: KafkaClient,
  id: string,
  { producer, epoch }: ProducerId,
  partitions: readonly { topic: string; partition: number }[],
): Promise<void> {
  const { addPartitionsToTxnV3 } = await kafkaLibrary();
  const names = [...new Set(partitions.map(({ topic }) => topic))];
  const topics = names.map((name) => ({
    name,
    partitions: partitions.filter(({ topic }) => topic === name).map(({ partition }) => partition),
  }));
  const transaction = { transactionalId: id, producerId: producer, producerEpoch: epoch, verifyOnly: false, topics };
  try {
    await client.call(await client.coordinator(1, id), addPartitionsToTxnV3.api, [transaction]);
  } catch (error) {
    if (!apiCodes(error).some((code) => FENCED.includes(code))) throw named(error);
    const why = 'another run writes under the same id, or a transaction was open for too long';
    throw fault('WEIR_KAFKA_FENCED', `Kafka at ${client.address} takes no more records of ${id}: ${why}`, error);
  }
}

interface Added {
  resultsByTransaction: {
    topicResults: { name: string; resultsByPartition: { partitionIndex: number; partitionErrorCode: number }[] }[];
  }[];
}

/** The same error, by the partition that it is about. */
function named(error: unknown): unknown {
  const { response } = error as { response?: Added };
  for (const { topicResults } of response?.resultsByTransaction ?? []) {
    for (const { name, resultsByPartition } of topicResults) {
      for (const { partitionIndex, partitionErrorCode } of resultsByPartition) {
        // Others are not attempted for its sake.
        if (partitionErrorCode !== 0 && partitionErrorCode !== CODE.OPERATION_NOT_ATTEMPTED)
          return answered(`${name}/${partitionIndex}`, partitionErrorCode);
      }
    }
  }
  return error;
}

/** Ends a prepared transaction. Done again it gives the same, as long as nobody has begun another under its id. */
export async function commitPrepared(client: KafkaClient, { id, producer, epoch }: Prepared): Promise<void> {
  const { endTxnV3 } = await kafkaLibrary();
  try {
    await client.call(await client.coordinator(1, id), endTxnV3.api, id, BigInt(producer), epoch, true);
  } catch (error) {
    const codes = apiCodes(error);
    if (!codes.some((code) => FENCED.includes(code))) throw error;
    const what = `Kafka at ${client.address} has taken back transaction ${id} of the last checkpoint (${reasonOf(error)})`;
    const why = 'it was open for longer than transactionTimeout, or another run writes under the same id';
    const advice = 'its records are not in the topic; a run with --fresh writes all anew';
    throw fault('WEIR_KAFKA_TRANSACTION', `${what}: ${why}; ${advice}`, error);
  }
}

/** Takes back what runs with more subtasks have left open: it would hold back all who read what is committed. */
export async function abortLeftovers(
  client: KafkaClient,
  name: string,
  parallelism: number,
  timeoutMs: number,
): Promise<void> {
  for (const transactionalId of await openTransactions(client)) {
    const subtask = /^-(\d+)-\d$/.exec(transactionalId.startsWith(name) ? transactionalId.slice(name.length) : '')?.[1];
    if (subtask !== undefined && Number(subtask) >= parallelism) await initProducer(client, transactionalId, timeoutMs);
  }
}

/**
 * The ids of all that is open. A broker that is away is left out: others know of its transactions as soon as they have taken them
 * over, and where none can, they end by their timeout.
 */
async function openTransactions(client: KafkaClient): Promise<string[]> {
  const { listTransactionsV0 } = await kafkaLibrary();
  const ids: string[] = [];
  const failures: unknown[] = [];
  const { nodes } = client;
  for (const node of nodes) {
    try {
      const broker = await client.node(node);
      const { transactionStates } = (await client.call(broker, listTransactionsV0.api as never, ['Ongoing'], [])) as {
        transactionStates: { transactionalId: string }[];
      };
      ids.push(...transactionStates.map(({ transactionalId }) => transactionalId));
    } catch (error) {
      if (permanent(error, client.address) || apiCodes(error).length > 0) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0 && failures.length === nodes.length) throw failures[0];
  return ids;
}
