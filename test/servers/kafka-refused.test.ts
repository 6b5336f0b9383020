import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka } from './support/kafka.ts';
import { withServersInFull } from './support/server.ts';

withServersInFull(['kafka'], 'records that Kafka refuses', () => {
  const kafka = new Kafka();
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  const create = (topic: string, ...config: readonly string[]) =>
    kafka.tool('TopicCommand', '--create', '--topic', topic, ...config.flatMap((one) => ['--config', one]));

  /** What a run makes of 2,000 records: the ids of those in the topic, and id and code of each dead letter. */
  async function written(topic: string, expression: string, options: string, more = '') {
    const file = await kafka.topology(
      topic,
      `
checkpoint: { every: 200ms }
streams:
  in:
    source: { generate: { count: 2000, fields: { id: n, ${expression} } } }
    ${more}
    to: { kafka: { topic: ${topic}, brokers: BROKER, ${options} } }
`,
    );
    const { code, stderr } = await kafka.weir('run', file, '--fresh', '--threads', '1').ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(' 0 restarts');
    const ids = (await kafka.read(topic)).map((line) => JSON.parse(line).id as number);
    const text = await readFile(kafka.path(`data/${topic}/dead-letters.ndjson`), 'utf8');
    const letters = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { code: string; input: unknown });
    const dead = letters.map(({ code, input }) => {
      const { id } = typeof input === 'string' ? JSON.parse(input) : (input as { id: number });
      return `${id} ${code}`;
    });
    return { ids, dead };
  }

  const all = Array.from({ length: 2000 }, (_, n) => n);

  test.each(['exactly-once', 'at-least-once'])(
    'those larger than the topic allows are dead letters, the others arrive in their order: %s',
    async (delivery) => {
      const topic = `narrow-${delivery}`;
      await create(topic, 'max.message.bytes=2000', 'retention.ms=-1');
      const { ids, dead } = await written(
        topic,
        `text: "padStart('', n % 500 == 7 ? 5000 : 50, 'x')"`,
        `delivery: ${delivery}`,
      );
      expect(ids).toEqual(all.filter((n) => n % 500 !== 7));
      expect(dead).toEqual([7, 507, 1007, 1507].map((n) => `${n} WEIR_KAFKA_TOO_LARGE`));
    },
    60_000,
  );

  test('those without a key for a compacted topic are dead letters', async () => {
    await create('compacted', 'cleanup.policy=compact', 'retention.ms=-1');
    const { ids, dead } = await written('compacted', `k: "n % 1000 == 7 ? null : n"`, 'key: k');
    expect(ids).toEqual(all.filter((n) => n % 1000 !== 7));
    expect(dead).toEqual(['7 WEIR_KAFKA_REFUSED', '1007 WEIR_KAFKA_REFUSED']);
  }, 60_000);

  test('those of a time that the topic does not take are dead letters', async () => {
    // Ten years and some.
    await create('timely', 'message.timestamp.before.max.ms=400000000000', 'retention.ms=-1');
    const time = `t: "n % 1000 == 7 ? 5 : ${Date.now()} + n"`;
    const { ids, dead } = await written('timely', time, 'delivery: exactly-once', 'time: t');
    expect(ids).toEqual(all.filter((n) => n % 1000 !== 7));
    expect(dead).toEqual(['7 WEIR_KAFKA_REFUSED', '1007 WEIR_KAFKA_REFUSED']);
  }, 60_000);

  test('those with headers of more than maxRecord are dead letters', async () => {
    await create('heads', 'retention.ms=-1');
    const { ids, dead } = await written(
      'heads',
      `size: "n % 1000 == 7 ? 5000 : 1"`,
      `headers: { h: "padStart('', size, 'x')" }, maxRecord: 4KiB`,
    );
    expect(ids).toEqual(all.filter((n) => n % 1000 !== 7));
    expect(dead).toEqual(['7 WEIR_KAFKA_TOO_LARGE', '1007 WEIR_KAFKA_TOO_LARGE']);
  }, 60_000);
});
