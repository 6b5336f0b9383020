import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka, logged, RUNNING } from './support/kafka.ts';
import { withServers } from './support/server.ts';

const RUN_MS = 60_000;

withServers(['kafka'], 'kafka', () => {
  const kafka = new Kafka();
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'writes keys, headers and timestamps that Kafka’s own consumer reads, and reads them again: %s',
    async (compression) => {
      const topic = `both-${compression}`;
      await kafka.create(topic, 3);
      const out = await kafka.topology(
        `out-${compression}`,
        `
streams:
  in:
    source: { generate: { count: 3000, interval: 1s, fields: { id: n, name: "'n' + n" } } }
    to: { kafka: { topic: ${topic}, brokers: BROKER, key: id, compression: ${compression}, headers: { odd: id % 2 } } }
`,
      );
      const written = await kafka.weir('run', out, '--fresh').ended;
      expect(written.code, written.stderr).toBe(0);
      const lines = await kafka.read(topic, 3000, 'print.key=true', 'print.headers=true', 'print.timestamp=true');
      const expected = Array.from(
        { length: 3000 },
        (_, n) => `CreateTime:${n * 1000}\todd:${n % 2}\t${n}\t{"id":${n},"name":"n${n}"}`,
      );
      expect(lines.sort()).toEqual(expected.sort());

      const back = await kafka.topology(
        `in-${compression}`,
        `
streams:
  in:
    source: { kafka: { topics: ${topic}, brokers: BROKER, until: latest, add: { k: key, h: headers, t: timestamp } } }
    to: { file: back-${compression}.ndjson }
`,
      );
      const read = await kafka.weir('run', back, '--fresh', '--threads', '2').ended;
      expect(read.code, read.stderr).toBe(0);
      const rows = (await kafka.lines(`back-${compression}.ndjson`)).map((line) => JSON.parse(line));
      const records = Array.from({ length: 3000 }, (_, n) => ({
        id: n,
        name: `n${n}`,
        k: String(n),
        h: { odd: String(n % 2) },
        t: n * 1000,
      }));
      expect(rows.sort((a, b) => a.id - b.id)).toEqual(records);
    },
    RUN_MS,
  );

  test(
    'a key goes to the partition that Kafka’s own producer gives it',
    async () => {
      await kafka.create('placed', 7);
      await kafka.tool('TopicCommand', '--create', '--topic', 'placed-by-kafka', '--partitions', '7');
      const file = await kafka.topology(
        'placing',
        `
streams:
  in:
    source: { generate: { count: 200, fields: { id: "'key-' + n * n" } } }
    to: { kafka: { topic: placed, brokers: BROKER, key: id, delivery: at-least-once } }
`,
      );
      const { code, stderr } = await kafka.weir('run', file, '--fresh').ended;
      expect(code, stderr).toBe(0);
      const keys = Array.from({ length: 200 }, (_, n) => `key-${n * n}`);
      await kafka.produce(
        'placed-by-kafka',
        keys.map((key) => `${key}:{"id":"${key}"}`),
      );
      const places = async (topic: string) =>
        (await kafka.read(topic, 200, 'print.key=true', 'print.partition=true')).sort();
      expect(await places('placed')).toEqual(await places('placed-by-kafka'));
    },
    RUN_MS,
  );

  test(
    'goes on behind the last checkpoint, also with other threads, and finds partitions that have come; the group knows how far it is',
    async () => {
      await kafka.create('growing', 2);
      const file = await kafka.topology(
        'growing',
        `
checkpoint: { every: 100ms }
streams:
  in:
    source: { kafka: { pattern: "grow.*", brokers: BROKER, group: growers, discover: 200ms, codec: lines, add: { p: partition } } }
    to: { file: grown.ndjson }
`,
      );
      const run = async (threads: number, values: readonly string[], before?: () => Promise<void>) => {
        const { child, ended } = kafka.weir('run', file, '--threads', String(threads));
        await logged(child, RUNNING);
        await before?.();
        await kafka.produce(
          'growing',
          values.map((value) => `${value}:${value}`),
        );
        await kafka.until(async () => (await kafka.lines('grown.ndjson').catch(() => [])).length >= all.length);
        child.kill('SIGINT');
        const { code, stderr } = await ended;
        expect(code, stderr).toBe(0);
      };
      const all: string[] = [];
      const take = (from: number) => {
        const values = Array.from({ length: 50 }, (_, i) => `v${from + i}`);
        all.push(...values);
        return values;
      };
      await run(1, take(0));
      await run(2, take(50), async () => {
        await kafka.tool('TopicCommand', '--alter', '--topic', 'growing', '--partitions', '5');
      });
      await run(1, take(100));
      const rows = (await kafka.lines('grown.ndjson')).map((line) => JSON.parse(line) as { line: string; p: number });
      expect(rows.map(({ line }) => line).sort()).toEqual(all.sort());
      expect(new Set(rows.map(({ p }) => p))).toEqual(new Set([0, 1, 2, 3, 4]));
      const group = await kafka.tool('consumer.group.ConsumerGroupCommand', '--describe', '--group', 'growers');
      const lags = group
        .split('\n')
        .filter((line) => line.startsWith('growers'))
        .map((line) => line.trim().split(/\s+/)[5]);
      expect(lags).toEqual(['0', '0', '0', '0', '0']);
    },
    RUN_MS,
  );

  test(
    'of many partitions each has its turn, however few fit into an answer',
    async () => {
      await kafka.create('wide', 16);
      const fill = await kafka.topology(
        'fill',
        `
streams:
  in:
    source: { generate: { count: 16000, fields: { p: n % 16, text: "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'" } } }
    to: { kafka: { topic: wide, brokers: BROKER, partition: p, batch: 1KiB, delivery: at-least-once } }
`,
      );
      const filled = await kafka.weir('run', fill, '--fresh', '--threads', '1').ended;
      expect(filled.code, filled.stderr).toBe(0);
      const file = await kafka.topology(
        'wide',
        `
streams:
  in:
    source: { kafka: { topics: wide, brokers: BROKER, until: latest, fetch: 4KiB } }
    to: { file: wide.ndjson }
`,
      );
      const { code, stderr } = await kafka.weir('run', file, '--fresh', '--threads', '1').ended;
      expect(code, stderr).toBe(0);
      const partitions = (await kafka.lines('wide.ndjson')).map((line) => (JSON.parse(line) as { p: number }).p);
      expect(partitions).toHaveLength(16_000);
      const begins = Array.from({ length: 16 }, (_, p) => partitions.indexOf(p));
      expect(Math.max(...begins)).toBeLessThan(4000);
    },
    RUN_MS,
  );

  test(
    'what cannot be read is a dead letter; what cannot work is told before the start',
    async () => {
      await kafka.create('faulty');
      await kafka.produce('faulty', ['a:{"id":1}', 'b:no json', 'c:{"id":3}']);
      const file = await kafka.topology(
        'faulty',
        `
streams:
  in:
    source: { kafka: { topics: faulty, brokers: BROKER, until: latest } }
    to: { file: faulty.ndjson }
`,
      );
      const { code, stderr } = await kafka.weir('run', file, '--fresh').ended;
      expect(code, stderr).toBe(0);
      expect(await kafka.lines('faulty.ndjson')).toEqual(['{"id":1}', '{"id":3}']);
      expect(stderr).toContain('1 dead letters');

      const wrong = await kafka.topology(
        'wrong',
        `
streams:
  in:
    source: { kafka: { topics: nowhere, brokers: BROKER } }
    to: { kafka: { topic: faulty, brokers: "127.0.0.1:1" } }
`,
      );
      const checked = await kafka.weir('check', wrong, '--connect').ended;
      expect(checked.code).toBe(2);
      expect(checked.stdout).toContain(`Kafka at ${kafka.address} has no topic nowhere`);
      expect(checked.stdout).toContain('WEIR_KAFKA_TOPIC');
      expect(checked.stdout).toMatch(/Kafka at 127\.0\.0\.1:1 cannot be reached: ECONNREFUSED.*WEIR_KAFKA_CONNECT/);
      const run = await kafka.weir('run', wrong, '--fresh').ended;
      expect(run.code).toBe(1);
      expect(run.stderr).toContain('WEIR_KAFKA_TOPIC');
    },
    RUN_MS,
  );

  test(
    'a broker that is away is told of once by each who waits for it, and again when it is back',
    async () => {
      await kafka.create('from');
      await kafka.create('to');
      const file = await kafka.topology(
        'away',
        `
checkpoint: { every: 100ms }
streams:
  in:
    source: { kafka: { topics: from, brokers: BROKER, group: away } }
    to: { kafka: { topic: to, brokers: BROKER, delivery: at-least-once } }
  more:
    source: { generate: { rate: 100, fields: { id: n } } }
    to: { kafka: { topic: to, brokers: BROKER } }
`,
      );
      const { child, ended } = kafka.weir('run', file, '--fresh', '--threads', '1');
      await logged(child, /checkpoint 1 took/);
      const since = Date.now();
      // Both may be said before the server's script is through.
      const away = logged(child, /it is tried again/);
      const back = logged(child, /answers again/);
      await kafka.stop();
      await away;
      await kafka.again();
      await back;
      const minutes = Math.floor((Date.now() - since) / 60_000);
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      expect(code, stderr).toBe(0);
      // The source, its group, two sinks and the transactions' committer.
      const told = stderr.split('\n').filter((line) => line.includes(kafka.address) && !line.includes('answers again'));
      expect(told.length, stderr).toBeLessThanOrEqual(5 * (1 + minutes));
    },
    3 * RUN_MS,
  );
});
