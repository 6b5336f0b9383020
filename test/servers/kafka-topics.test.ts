import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka } from './support/kafka.ts';
import { withServers } from './support/server.ts';

withServers(['kafka'], 'kafka whose brokers create topics that clients name', () => {
  const kafka = new Kafka({ autoCreate: true });
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  const names = async () => (await kafka.tool('TopicCommand', '--list')).split('\n');
  const source = (topic: string, more = '') =>
    `streams: { in: { source: { kafka: { topics: ${topic}, brokers: BROKER${more} } }, to: { "null": {} } } }`;
  const sink = (topic: string, more = '') => `
streams:
  in:
    source: { generate: { count: 3, fields: { id: n } } }
    to: { kafka: { topic: "${topic}", brokers: BROKER${more} } }
`;

  test('a topic that is mistyped is told of and not created', async () => {
    await kafka.create('clicks');
    // This broker does create what its own client writes to.
    await kafka.produceValues('created', ['x']);
    const faulty = {
      source: source('clicsk'),
      until: source('clicsk', ', until: latest, group: g'),
      share: source('clicsk', ', share: true, group: g'),
      sink: sink('clicsk'),
      atLeastOnce: sink('clicsk', ', delivery: at-least-once'),
    };
    for (const [name, text] of Object.entries(faulty)) {
      const file = await kafka.topology(name, text);
      const checked = await kafka.weir('check', file, '--connect').ended;
      expect(checked.stdout, name).toContain('WEIR_KAFKA_TOPIC');
      const run = await kafka.weir('run', file, '--fresh').ended;
      expect(run.code, name).toBe(1);
      expect(run.stderr, name).toContain('WEIR_KAFKA_TOPIC');
    }
    const named = await kafka.topology('named', sink('clicsk-${id}'));
    const { code, stderr } = await kafka.weir('run', named, '--fresh').ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('3 dead letters');
    const there = await names();
    expect(there).toContain('created');
    expect(there.filter((name) => name.startsWith('clicsk'))).toEqual([]);
  }, 180_000);
});
