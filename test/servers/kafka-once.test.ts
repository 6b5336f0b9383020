import { afterAll, beforeAll, expect, test } from 'vitest';
import { prng } from '../../src/base/prng.ts';
import { Kafka, logged, RUNNING } from './support/kafka.ts';
import { SMOKE, withServers } from './support/server.ts';

const RECORDS = SMOKE ? 200_000 : 1_000_000;
const KILLS = SMOKE ? 3 : 10;

/** From Kafka to Kafka. `out` is where to. */
const copy = (out: string) => `
checkpoint: { every: 200ms }
streams:
  in:
    source: { kafka: { topics: numbers, brokers: BROKER, until: latest } }
    to: { kafka: { topic: ${out}, brokers: BROKER } }
`;

withServers(['kafka'], 'kafka, exactly once', () => {
  const kafka = new Kafka();
  const seed = process.env.WEIR_TEST_SEED ?? String(process.pid);
  const expected = new Set(Array.from({ length: RECORDS }, (_, n) => `{"id":${n}}`));
  beforeAll(async () => {
    await kafka.start();
    await kafka.create('numbers', 4);
    const fill = await kafka.topology(
      'fill',
      `
streams:
  in:
    source: { generate: { count: ${RECORDS}, fields: { id: n } } }
    to: { kafka: { topic: numbers, brokers: BROKER } }
`,
    );
    const { code, stderr } = await kafka.weir('run', fill, '--fresh').ended;
    expect(code, stderr).toBe(0);
  });
  afterAll(() => kafka.end());

  test(
    `every record once, though weir is killed ${KILLS} times${SMOKE ? '' : ' and the broker restarted twice'}`,
    async () => {
      await kafka.create('copied', 3);
      const file = await kafka.topology('copy', copy('copied'));
      const random = prng(seed);
      for (let kills = 0; kills < KILLS; kills++) {
        const { child, ended } = kafka.weir('run', file, '--threads', String(1 + (kills % 2)));
        await Promise.race([logged(child, RUNNING), ended]);
        if (!SMOKE && kills % 5 === 2) {
          await kafka.stop();
          await kafka.again();
        }
        // The moment is what is drawn; a loaded machine only shifts it.
        await Promise.race([kafka.moment(random() * 350), ended]);
        child.kill('SIGKILL');
        const { signal, stderr } = await ended;
        // A run that has come to its end would begin anew, and write all again.
        expect(signal, `${kills} kills, seed ${seed}: ${stderr}`).toBe('SIGKILL');
      }
      const { code, stderr } = await kafka.weir('run', file).ended;
      expect(code, stderr).toBe(0);
      expect(missingAndMore(await kafka.read('copied')), `seed ${seed}`).toEqual({
        records: RECORDS,
        missing: 0,
        more: 0,
      });
    },
    15 * 60_000,
  );

  test.skipIf(SMOKE)(
    'every record once, though the broker is away for 20 s under load',
    async () => {
      await kafka.create('outlived', 3);
      const file = await kafka.topology('outlive', copy('outlived'));
      const { child, ended } = kafka.weir('run', file);
      await logged(child, /checkpoint 1 took/);
      await kafka.stop();
      await kafka.moment(20_000);
      await kafka.again();
      const { code, stderr } = await ended;
      expect(code, stderr).toBe(0);
      expect(stderr).toContain(' 0 restarts');
      expect(missingAndMore(await kafka.read('outlived'))).toEqual({ records: RECORDS, missing: 0, more: 0 });
    },
    10 * 60_000,
  );

  test('who writes under the ids of another run fences it', async () => {
    await kafka.create('fenced');
    const endless = (name: string) =>
      kafka.topology(
        name,
        `
checkpoint: { every: 200ms }
streams:
  in:
    source: { generate: { rate: 200, fields: { id: n } } }
    to: { kafka: { topic: fenced, brokers: BROKER, transactions: same } }
`,
      );
    const zombie = kafka.weir('run', await endless('zombie'), '--fresh');
    await logged(zombie.child, /checkpoint 1 took/);
    const heir = kafka.weir('run', await endless('heir'), '--fresh');
    const { code, stderr } = await zombie.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/WEIR_KAFKA_(?:FENCED|TRANSACTION)/);
    heir.child.kill('SIGINT');
    const last = await heir.ended;
    expect(last.code, last.stderr).toBe(0);
  }, 60_000);

  function missingAndMore(lines: readonly string[]) {
    const seen = new Set(lines);
    const missing = [...expected].filter((line) => !seen.has(line)).length;
    return { records: seen.size, missing, more: lines.length - seen.size };
  }
});
