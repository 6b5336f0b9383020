import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka, logged } from './support/kafka.ts';
import { withServersInFull } from './support/server.ts';

withServersInFull(['kafka'], 'topics of Kafka that go, brokers that are silent', () => {
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
    expect(stderr).toMatch(/: shrunk\/\d: Kafka answers with code 3 \(UNKNOWN_TOPIC\).*; it is tried again/);
    const ids = (await kafka.read('shrunk')).map((line) => JSON.parse(line).id as number);
    const last = ids.at(-1) as number;
    // What was committed before went with the topic; behind it every record is there, once, in order.
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => last - ids.length + 1 + i));
  }, 120_000);

  test('a broker that takes connections and is silent keeps no cluster from being used', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const silent = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await kafka.create('heard');
    const file = await kafka.topology(
      'heard',
      `
streams:
  in:
    source: { generate: { count: 100, fields: { id: n } } }
    to: { kafka: { topic: heard, brokers: ["${silent}", "BROKER"], timeout: 2s } }
`,
    );
    const checked = await kafka.weir('check', file, '--connect').ended;
    expect(checked.code, checked.stdout).toBe(0);
    const { code, stderr } = await kafka.weir('run', file, '--fresh', '--threads', '1').ended;
    expect(code, stderr).toBe(0);
    expect(await kafka.read('heard')).toHaveLength(100);
    server.close();
  }, 60_000);
});
