import { Consumer, MessagesStreamFallbackModes, MessagesStreamModes, Producer } from '@platformatic/kafka';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kafka } from './support/kafka.ts';
import { withServersInFull } from './support/server.ts';

const RECORDS = 1_000_000;
/** What a plain loop over the client gives, Weir is to give this part of at the least. */
const LEAST = 0.7;
/** Java's producer has so many batches under way to a broker. */
const IN_FLIGHT = 5;

withServersInFull(['kafka'], 'kafka, beside its client in a loop', () => {
  const kafka = new Kafka();
  beforeAll(() => kafka.start());
  afterAll(() => kafka.end());

  /** Seconds from the engine's start to its end. */
  async function weir(name: string, text: string): Promise<number> {
    const { code, stdout, stderr } = await kafka.weir(
      'run',
      await kafka.topology(name, text),
      '--fresh',
      '--json',
      '--threads',
      '1',
    ).ended;
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout.trim().split('\n').at(-1)!).durationMs / 1000;
  }

  const out = (topic: string, delivery: string) => `
checkpoint: { every: 1s }
streams:
  in:
    source: { generate: { count: ${RECORDS}, fields: { id: n, text: "'${'x'.repeat(80)}'" } } }
    to: { kafka: { topic: ${topic}, brokers: BROKER, delivery: ${delivery} } }
`;

  /** The client alone: batches of 1,000, so many of them under way at a time. */
  async function plainly(inFlight: number): Promise<void> {
    const producer = new Producer({ clientId: 'plain', bootstrapBrokers: [kafka.address], timeout: 30_000 });
    let next = 0;
    const loop = async () => {
      while (next < RECORDS) {
        const n = next;
        next += 1000;
        const messages = Array.from({ length: 1000 }, (_, i) => ({
          topic: 'plain',
          partition: (n / 1000) % 4,
          value: Buffer.from(JSON.stringify({ id: n + i, text: 'x'.repeat(80) })),
        }));
        await producer.send({ messages, acks: -1 });
      }
    };
    await Promise.all(Array.from({ length: inFlight }, loop));
    await producer.close();
  }

  test('writes and reads at least so much of what its client does', async () => {
    for (const topic of ['plain', 'weir', 'weir-once']) await kafka.create(topic, 4);
    const plainOut = await timed(() => plainly(1));
    const pipelined = await timed(() => plainly(IN_FLIGHT));
    const atLeast = await weir('speed-out', out('weir', 'at-least-once'));
    const once = await weir('speed-once', out('weir-once', 'exactly-once'));
    const plainIn = await timed(async () => {
      const consumer = new Consumer({
        clientId: 'plain',
        groupId: 'plain',
        bootstrapBrokers: [kafka.address],
        timeout: 30_000,
      });
      const stream = await consumer.consume({
        topics: ['weir'],
        mode: MessagesStreamModes.EARLIEST,
        fallbackMode: MessagesStreamFallbackModes.EARLIEST,
        autocommit: false,
        maxWaitTime: 100,
      });
      let seen = 0;
      for await (const _ of stream) if (++seen === RECORDS) break;
      await consumer.close(true);
    });
    const into = await weir(
      'speed-in',
      `
streams:
  in:
    source: { kafka: { topics: weir, brokers: BROKER, until: latest } }
    to: "null"
`,
    );
    const rates = { plainOut, pipelined, atLeast, once, plainIn, into };
    const shown = Object.entries(rates).map(([name, seconds]) => `${name} ${Math.round(RECORDS / seconds)}/s`);
    console.log(shown.join(', '));
    expect(pipelined / atLeast).toBeGreaterThan(LEAST);
    expect(pipelined / once).toBeGreaterThan(LEAST);
    expect(plainIn / into).toBeGreaterThan(LEAST);
  }, 300_000);
});

async function timed(task: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await task();
  return (performance.now() - from) / 1000;
}
