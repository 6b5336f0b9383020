import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka, logged, RUNNING } from './support/kafka.ts';
import { withServersInFull } from './support/server.ts';

withServersInFull(['kafka'], 'dead letters of Kafka', () => {
  const kafka = new Kafka({ port: 19492 });
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  test('go to a topic of their own, every one once, also when the run is killed', { timeout: 120_000 }, async () => {
    for (const topic of ['readings', 'readings-read', 'readings-dead']) await kafka.create(topic);
    const file = await kafka.topology(
      'readings',
      `
checkpoint: { every: 100ms }
streams:
  readings:
    source: { kafka: { topics: readings, brokers: BROKER } }
    to: { kafka: { topic: readings-read, brokers: BROKER } }
  letters:
    source: { tail: { path: data/readings/dead-letters.ndjson, from: beginning } }
    do: [ { select: [stage, code, input] } ]
    to: { kafka: { topic: readings-dead, brokers: BROKER } }
`,
    );
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => (i % 10 === 0 ? `no reading ${from + i}` : `{"n":${from + i}}`));
    for (const [from, to] of [
      [0, 300],
      [300, 600],
      [600, 900],
    ] as const) {
      await kafka.produceValues('readings', lines(from, to));
      const { child, ended } = kafka.weir('run', file);
      await logged(child, RUNNING);
      // At some moment of what is done with them; the last are read to their end.
      if (to === 900) await kafka.read('readings-dead', 90);
      else await kafka.moment(from === 0 ? 250 : 900);
      child.kill(to === 900 ? 'SIGTERM' : 'SIGKILL');
      const { code, signal, stderr } = await ended;
      expect(to === 900 ? code : signal, stderr).toBe(to === 900 ? 0 : 'SIGKILL');
    }
    const letters = (await kafka.read('readings-dead')).map((line) => JSON.parse(line));
    const malformed = lines(0, 900).filter((line) => line.startsWith('no'));
    expect(letters.map(({ input }) => input).sort()).toEqual(malformed.sort());
    expect(new Set(letters.map(({ stage, code }) => `${stage} ${code}`))).toEqual(
      new Set(['readings.kafka WEIR_MALFORMED']),
    );
    const read = (await kafka.read('readings-read')).map((line) => JSON.parse(line).n);
    expect(read).toEqual(
      lines(0, 900)
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line).n),
    );
  });
});
