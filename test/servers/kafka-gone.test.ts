import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka, logged } from './support/kafka.ts';
import { withServersInFull } from './support/server.ts';

withServersInFull(['kafka'], 'topics of Kafka that go', () => {
  const kafka = new Kafka();
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  test('a topic that is made again with fewer partitions is written to after a restart', async () => {
    await kafka.create('shrunk', 3);
    const file = await kafka.topology(
      'shrunk',
      `
checkpoint: { every: 200ms }
streams:
  in:
    source: { generate: { rate: 200, fields: { id: n } } }
    to: { kafka: { topic: shrunk, brokers: BROKER, key: id } }
`,
    );
    const { child, ended } = kafka.weir('run', file, '--fresh', '--threads', '1');
    await logged(child, /checkpoint 1 took/);
    const gone = logged(child, /no partition \d of topic shrunk any more/);
    await kafka.tool('TopicCommand', '--delete', '--topic', 'shrunk');
    await kafka.create('shrunk');
    await gone;
    await kafka.read('shrunk', 100);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    const ids = (await kafka.read('shrunk')).map((line) => JSON.parse(line).id as number);
    const last = ids.at(-1) as number;
    // What was committed before went with the topic; behind it every record is there, once, in order.
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => last - ids.length + 1 + i));
  }, 120_000);
});
