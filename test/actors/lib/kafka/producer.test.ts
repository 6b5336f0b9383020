import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { KafkaCluster, ProducerRig } from '../../support/kafka-cluster.ts';

const AWAY = 'warn Kafka at k:1: ECONNREFUSED; it is tried again';
/** In-sync replicas are missing. */
const NOT_ENOUGH_REPLICAS = 19;
const BACK = 'info Kafka at k:1 answers again';

let cluster: KafkaCluster;
beforeEach(() => {
  cluster = new KafkaCluster();
  cluster.topics.set('t', [1, 1]);
});

test('an outage that records meet is told to be over, and the next one begins anew', async () => {
  const rig = await ProducerRig.of(cluster);
  for (const times of [1, 2]) {
    cluster.away = 'ECONNREFUSED';
    rig.write('t', 0, `v${times}`);
    await rig.until(() => rig.logs.length === 2 * times - 1);
    cluster.away = undefined;
    await rig.until(() => rig.logs.length === 2 * times);
    rig.at += 3_600_000;
  }
  expect(rig.logs).toEqual([AWAY, BACK, AWAY, BACK]);
  expect(cluster.written.get('t/0')).toEqual(['v1', 'v2']);
});

test.each([
  ['as they come', undefined],
  ['in a transaction', 'x'],
])('a partition that is gone ends the run, which a restart may mend, and says which one: %s', async (_, id) => {
  const rig = await ProducerRig.of(cluster, {}, id);
  for (const partition of [0, 1]) rig.write('t', partition, 'a');
  await rig.producer.flush(rig.session);
  rig.session.prepared();
  cluster.topics.set('t', [1]);
  for (const partition of [0, 1]) rig.write('t', partition, 'b');
  await rig.until(() => rig.failures.length > 0);
  const what = 'Kafka at k:1 has no partition 1 of topic t any more';
  expect(rig.failures).toMatchObject([
    { code: 'WEIR_KAFKA_TOPIC', message: expect.stringContaining(what), data: undefined },
  ]);
});

test('a partition that is away for a moment, or that nobody tells of, is waited for', async () => {
  const rig = await ProducerRig.of(cluster);
  const topics = cluster.topics.get('t')!;
  cluster.topics.delete('t');
  rig.write('t', 1, 'a');
  const offers = () => cluster.offers;
  await rig.until(() => offers() >= 4);
  cluster.away = 'ECONNREFUSED';
  await rig.until(() => rig.at > 600_000);
  expect(rig.failures).toEqual([]);
  cluster.away = undefined;
  cluster.topics.set('t', topics);
  await rig.until(() => cluster.written.has('t/1'));
  expect(rig.failures).toEqual([]);
});

test('what a broker answers for a partition is told with its name', async () => {
  const rig = await ProducerRig.of(cluster);
  cluster.refuse = () => NOT_ENOUGH_REPLICAS;
  rig.write('t', 1, 'a');
  await rig.until(() => rig.logs.length > 0);
  cluster.refuse = () => 0;
  await rig.until(() => cluster.written.has('t/1'));
  expect(rig.logs[0]).toBe('warn Kafka at k:1: t/1: Kafka answers with code 19; it is tried again');
});

const TOO_LARGE = 10;
const INVALID_TIMESTAMP = 32;
const INVALID_RECORD = 87;

test('a batch that is too large for the topic is sent in parts, a record that is alone so is a dead letter, and the next batches fit', async () => {
  const rig = await ProducerRig.of(cluster, { batch: 100_000 });
  let refused = 0;
  cluster.refuse = ({ bytes }) => {
    if (bytes > 2000) refused++;
    return bytes > 2000 ? TOO_LARGE : 0;
  };
  const small = (from: number) => Array.from({ length: 300 }, (_, n) => `${from + n} ${'x'.repeat(50)}`);
  for (const value of small(0)) rig.write('t', 0, value);
  rig.write('t', 0, 'y'.repeat(5000));
  rig.write('t', 0, 'z', { headers: [[Buffer.from('h'), Buffer.alloc(3000)]] });
  for (const value of small(300)) rig.write('t', 0, value);
  await rig.producer.flush(rig.session);
  expect(cluster.written.get('t/0')).toEqual([...small(0), ...small(300)]);
  const why = (bytes: number) =>
    `Kafka refuses a record of ${bytes} bytes for t/0 (code 10): max.message.bytes of the topic allows no more`;
  expect(rig.dead).toEqual([
    ['y'.repeat(5000), 'WEIR_KAFKA_TOO_LARGE', why(5000)],
    ['z', 'WEIR_KAFKA_TOO_LARGE', why(3002)],
  ]);
  refused = 0;
  for (const value of small(600)) rig.write('t', 0, value);
  await rig.producer.flush(rig.session);
  expect(refused).toBe(0);
  expect(rig.failures).toEqual([]);
});

test('whatever records a broker refuses, and for what: they alone are dead letters, and all others are written once, in their order', async () => {
  const kinds = fc.constantFrom('good', 'large', 'late', 'keyless');
  const records = fc.array(fc.tuple(kinds, fc.nat(1), fc.boolean()), { minLength: 1, maxLength: 60 });
  const codes = { large: 'WEIR_KAFKA_TOO_LARGE', late: 'WEIR_KAFKA_REFUSED', keyless: 'WEIR_KAFKA_REFUSED' };
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.integer({ min: 100, max: 3000 }),
      fc.option(fc.constant('x')),
      async (all, batch, id) => {
        const cluster = new KafkaCluster();
        cluster.topics.set('t', [1, 1]);
        cluster.refuse = ({ bytes, values }) => {
          if (bytes > 400) return TOO_LARGE;
          if (values.some((value) => value.includes('late'))) return INVALID_TIMESTAMP;
          return values.some((value) => value.includes('keyless')) ? INVALID_RECORD : 0;
        };
        // A name that no record has says nothing.
        cluster.names = () => [-1, 1000];
        const rig = await ProducerRig.of(cluster, { batch, buffer: 1 }, id ?? undefined);
        const values = all.map(([kind], n) => `${n} ${kind}${kind === 'large' ? 'x'.repeat(500) : ''}`);
        for (const [n, [, partition, flush]] of all.entries()) {
          rig.write('t', partition, values[n] as string);
          if (flush) await rig.producer.flush(rig.session);
        }
        await rig.producer.flush(rig.session);
        for (const partition of [0, 1]) {
          const good = values.filter((_, n) => all[n]![1] === partition && all[n]![0] === 'good');
          expect(cluster.written.get(`t/${partition}`) ?? []).toEqual(good);
        }
        const bad = values.flatMap((value, n) =>
          all[n]![0] === 'good' ? [] : [`${value} ${codes[all[n]![0] as 'late']}`],
        );
        expect(rig.dead.map(([value, code]) => `${value} ${code}`).sort()).toEqual(bad.sort());
        expect(rig.failures).toEqual([]);
        expect(rig.producer.busy()).toBe(undefined);
      },
    ),
    { numRuns: 60 },
  );
});

test('records that a broker names are taken out at once, however many they are', async () => {
  const rig = await ProducerRig.of(cluster, { batch: 100_000 });
  const isBad = (value: string) => Number(value) % 3 !== 0;
  cluster.refuse = ({ values }) => (values.some(isBad) ? INVALID_RECORD : 0);
  cluster.names = ({ values }) => values.flatMap((value, n) => (isBad(value) ? [n] : []));
  const values = Array.from({ length: 300 }, (_, n) => `${n}`);
  for (const value of values) rig.write('t', 0, value);
  for (const value of values) if (isBad(value)) rig.write('t', 1, value);
  await rig.producer.flush(rig.session);
  const bad = values.filter(isBad);
  expect(cluster.written).toEqual(new Map([['t/0', values.filter((value) => !isBad(value))]]));
  expect(rig.dead.map(([value]) => value)).toEqual([...bad, ...bad]);
  expect(cluster.offers).toBe(3);
});

test('a batch whose answer was lost and that is refused then does not give its numbers to another', async () => {
  const offer = vi.spyOn(cluster.client, 'send');
  const answer = (error: number) => [{ topic: 't', partition: 0, error, refused: [] }];
  offer.mockRejectedValueOnce(Object.assign(new Error('lost'), { code: 'ECONNRESET' }));
  offer.mockResolvedValueOnce(answer(INVALID_TIMESTAMP) as never);
  const rig = await ProducerRig.of(cluster);
  rig.write('t', 0, 'a');
  await rig.until(() => rig.failures.length > 0);
  expect(rig.failures).toMatchObject([{ code: 'WEIR_KAFKA_SEQUENCE', data: undefined }]);
  expect(rig.dead).toEqual([]);
});
