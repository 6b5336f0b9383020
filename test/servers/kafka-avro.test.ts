import { readFile } from 'node:fs/promises';
import { Producer, Reader, readRecordsBatches } from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { FakeRegistry } from '../actors/support/fake-registry.ts';
import { Kafka } from './support/kafka.ts';
import { withServers } from './support/server.ts';

const CLICK = { type: 'record', name: 'Click', fields: [{ name: 'user', type: 'string' }] };
const TIMED = { ...CLICK, fields: [...CLICK.fields, { name: 'n', type: 'long' }] };
const TOTAL = {
  type: 'record',
  name: 'Total',
  fields: [
    { name: 'user', type: 'string' },
    { name: 'n', type: ['null', 'long'] },
  ],
};

/** A message as Confluent's serializers write it, by hand: zero, the number of the schema, the value. */
const message = (id: number, ...value: number[]) => Buffer.from([0, 0, 0, 0, id, ...value]);
/** A text of fewer than 64 bytes: its length in zigzag form before it. */
const text = (value: string) => [value.length * 2, ...Buffer.from(value)];

withServers(['kafka'], 'kafka, with Avro and a schema registry', () => {
  const kafka = new Kafka();
  let registry: FakeRegistry;
  let url: string;
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());
  beforeEach(async () => {
    registry = new FakeRegistry();
    url = await registry.listen();
  });
  afterEach(() => registry.close());

  test('messages of schemas that change are read by their numbers and written by another; what has none is a dead letter', async () => {
    await kafka.create('clicks');
    await kafka.create('totals');
    const [old, fresh] = [CLICK, TIMED].map((schema) => registry.add('clicks-value', JSON.stringify(schema)));
    const values = [
      message(old!, ...text('ann')),
      message(fresh!, ...text('bob'), 84),
      message(99, 0),
      Buffer.from('{"user":"no message of Avro"}'),
      message(fresh!, ...text('cut')),
      message(old!, ...text('eve')),
    ];
    const producer = new Producer({ clientId: 'avro', bootstrapBrokers: [kafka.address] });
    await producer.send({ messages: values.map((value) => ({ topic: 'clicks', partition: 0, value })) });
    await producer.close();
    // It is asked again while it is not ready.
    registry.faults.push(503, 500);
    const file = await kafka.topology(
      'avro',
      `
streams:
  in:
    source: { kafka: { topics: clicks, brokers: BROKER, until: latest, codec: { avro: { registry: { url: "${url}" } } } } }
    do:
      - select: { user: user, n: n }
    to:
      kafka:
        topic: totals
        brokers: BROKER
        codec: { avro: { schema: ${JSON.stringify(TOTAL)}, registry: { url: "${url}", subject: totals-value } } }
`,
    );
    const { code, stderr } = await kafka.weir('run', file, '--fresh').ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(' 3 dead letters, 0 restarts');
    const [total] = registry.subjects.get('totals-value') ?? [];
    expect(JSON.parse(total!.schema)).toEqual(TOTAL);
    const batches = readRecordsBatches(Reader.from(await readFile(kafka.log('totals'))));
    // Behind them stands the mark that commits their transaction.
    const written = batches.filter(({ attributes }) => (attributes & 32) === 0).flatMap(({ records }) => records);
    expect(written.map(({ value }) => value?.toString('hex'))).toEqual(
      [
        message(total!.id, ...text('ann'), 0),
        message(total!.id, ...text('bob'), 2, 84),
        message(total!.id, ...text('eve'), 0),
      ].map((bytes) => bytes.toString('hex')),
    );
    const reasons = (await kafka.lines('data/avro/dead-letters.ndjson')).map((line) => JSON.parse(line).reason);
    expect(reasons).toEqual([
      expect.stringContaining('the registry has no schema 99'),
      expect.any(String),
      expect.any(String),
    ]);
  }, 60_000);
});
