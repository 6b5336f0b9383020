import { Reader, Writer } from '@platformatic/kafka';
import { expect, test, vi } from 'vitest';
import { KafkaClient } from '../../../../actors/lib/kafka/client.ts';
import { kafkaLibrary } from '../../../../actors/lib/kafka/library.ts';
import { abortLeftovers, addPartitions } from '../../../../actors/lib/kafka/transactions.ts';

type Call = (...args: unknown[]) => unknown;

const refused = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

/** Three brokers, each with a transaction that a third subtask has left open. Gives which of them were taken back. */
async function takenBack(fails: (node: number) => Error | undefined): Promise<string[]> {
  const { listTransactionsV0 } = await kafkaLibrary();
  const client = new KafkaClient({ brokers: ['k:1'], timeout: 1000, sasl: undefined, tls: undefined });
  const taken: string[] = [];
  vi.spyOn(client, 'nodes', 'get').mockReturnValue([0, 1, 2]);
  vi.spyOn(client, 'coordinator').mockImplementation(async () => ({ node: 9 }) as never);
  vi.spyOn(client, 'node').mockImplementation(async (node) => {
    const error = fails(node);
    if (error !== undefined) throw error;
    return { node } as never;
  });
  vi.spyOn(client, 'call').mockImplementation(async (connection, api, ...args) => {
    if ((api as unknown) === listTransactionsV0.api) {
      const { node } = connection as unknown as { node: number };
      const ids = [`own-2-${node}`, `own-1-${node}`, `other-2-${node}`];
      return { transactionStates: ids.map((transactionalId) => ({ transactionalId })) } as never;
    }
    taken.push(args[0] as string);
    return { producerId: 7n, producerEpoch: 0 } as never;
  });
  await abortLeftovers(client, 'own', 2, 60_000);
  return taken;
}

test('what others have left open is taken back also where one of many brokers is away', async () => {
  expect(await takenBack(() => undefined)).toEqual(['own-2-0', 'own-2-1', 'own-2-2']);
  expect(await takenBack((node) => (node === 1 ? refused() : undefined))).toEqual(['own-2-0', 'own-2-2']);
});

test('it is tried again where all are away, and where one answers that it cannot tell yet', async () => {
  await expect(takenBack(refused)).rejects.toThrow('connect');
  const loading = Object.assign(new Error('loading'), { apiCode: 14 });
  await expect(takenBack((node) => (node === 1 ? loading : undefined))).rejects.toThrow('loading');
});

test('a partition that cannot become part of a transaction is named, not one that was left out for its sake', async () => {
  const NOT_ATTEMPTED = 55;
  const answer = Writer.create().appendInt32(0);
  answer.appendArray([NOT_ATTEMPTED, 3], (w, code, n) =>
    w.appendString(`t${n}`).appendArray([code], (w, code) => w.appendInt32(7).appendInt16(code)),
  );
  const connection = {
    send: (key: number, version: number, _: unknown, parse: Call, __: boolean, ___: boolean, done: Call) => {
      try {
        done(null, parse(1, key, version, Reader.from(answer.buffer)));
      } catch (error) {
        done(error);
      }
    },
  };
  const client = new KafkaClient({ brokers: ['k:1'], timeout: 1000, sasl: undefined, tls: undefined });
  vi.spyOn(client, 'coordinator').mockImplementation(async () => connection as never);
  const adding = addPartitions(client, 'x', { producer: 7n, epoch: 0 }, [
    { topic: 't0', partition: 7 },
    { topic: 't1', partition: 7 },
  ]);
  await expect(adding).rejects.toMatchObject({
    message: 't1/7: Kafka answers with code 3 (UNKNOWN_TOPIC)',
    apiCode: 3,
  });
});
