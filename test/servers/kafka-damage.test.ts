import { open, readFile } from 'node:fs/promises';
import { Producer } from '@platformatic/kafka';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka, logged, RUNNING } from './support/kafka.ts';
import { withServers } from './support/server.ts';

const RUN_MS = 120_000;

withServers(['kafka'], 'kafka, batches that cannot be read', () => {
  const kafka = new Kafka();
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  const copy = (name: string) =>
    kafka.topology(
      name,
      `
checkpoint: { every: 100ms }
streams:
  in:
    source: { kafka: { topics: ${name}, brokers: BROKER, codec: lines } }
    to: { file: ${name}.ndjson }
`,
    );
  const values = async (name: string) =>
    (await kafka.lines(`${name}.ndjson`).catch(() => [])).map((line) => JSON.parse(line).line as string);
  const deadLetters = async (name: string) =>
    (await kafka.lines(`data/${name}/dead-letters.ndjson`)).map((line) => JSON.parse(line));

  /** Runs until so many records are there, and stops. */
  async function runUntil(file: string, name: string, count: number): Promise<void> {
    const { child, ended } = kafka.weir('run', file);
    await logged(child, RUNNING);
    await kafka.until(async () => (await values(name)).length >= count);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(' 0 restarts');
  }

  test(
    'one that unpacks to more than the bound is one dead letter, and what comes later is read, also by a run that goes on',
    async () => {
      await kafka.create('bomb');
      await kafka.produceValues('bomb', ['before']);
      const producer = new Producer({ clientId: 'bomb', bootstrapBrokers: [kafka.address] });
      const value = Buffer.alloc(2 ** 20);
      const messages = Array.from({ length: 260 }, () => ({ topic: 'bomb', partition: 0, value }));
      await producer.send({ messages, compression: 'gzip' });
      await producer.close();
      await kafka.produceValues('bomb', ['behind']);
      const file = await copy('bomb');
      await runUntil(file, 'bomb', 2);
      await kafka.produceValues('bomb', ['later']);
      await runUntil(file, 'bomb', 3);
      expect(await values('bomb')).toEqual(['before', 'behind', 'later']);
      const [letter, ...others] = await deadLetters('bomb');
      expect(letter).toMatchObject({
        code: 'WEIR_MALFORMED',
        reason: 'records 1 to 260 of bomb/0 of Kafka cannot be read: it cannot be unpacked: it unpacks to too much',
      });
      expect(others).toEqual([]);
    },
    RUN_MS,
  );

  test(
    'one that was damaged on the disk is one dead letter',
    async () => {
      await kafka.create('rotten');
      for (const text of ['before', 'rotten', 'behind']) await kafka.produceValues('rotten', [text, `${text} too`]);
      const at = (await readFile(kafka.log('rotten'))).indexOf('rotten too');
      const log = await open(kafka.log('rotten'), 'r+');
      await log.write('R', at);
      await log.close();
      await runUntil(await copy('rotten'), 'rotten', 4);
      expect(await values('rotten')).toEqual(['before', 'before too', 'behind', 'behind too']);
      expect(await deadLetters('rotten')).toEqual([
        expect.objectContaining({
          reason: expect.stringMatching(/^records 2 to 3 of rotten\/0 of Kafka cannot be read/),
        }),
      ]);
    },
    RUN_MS,
  );

  test(
    'what Kafka’s own client packs is read',
    async () => {
      await kafka.create('packed');
      const lines = (codec: string) =>
        Array.from({ length: 2000 }, (_, i) => `${codec} ${i % 7} ${i} ${'=-'.repeat(i % 50)}`);
      const codecs = ['gzip', 'snappy', 'lz4', 'zstd'];
      for (const codec of codecs) await kafka.produceValues('packed', lines(codec), codec);
      await runUntil(await copy('packed'), 'packed', 4 * 2000);
      expect(await values('packed')).toEqual(codecs.flatMap(lines));
    },
    RUN_MS,
  );
});
