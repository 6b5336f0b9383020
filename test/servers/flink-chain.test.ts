import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prng } from '../../src/base/prng.ts';
import { Flink } from './support/flink.ts';
import { Kafka, logged, RUNNING } from './support/kafka.ts';
import { SMOKE, withServers } from './support/server.ts';

const RECORDS = SMOKE ? 8000 : 120_000;
const RATE = SMOKE ? 2000 : 1500;
const SENSORS = 16;
const WINDOW = 10;
const topology = fileURLToPath(new URL('../../topologies/flink-chain.yaml', import.meta.url));
const sql = readFileSync(new URL('../../topologies/flink-chain.sql', import.meta.url), 'utf8');

/** What must come out, by plain arithmetic. */
const celsius = (n: number) => (((n % 181) - 32) * 5) / 9;
const levelOf = (value: number) => (value >= 30 ? 'HOT' : value < 0 ? 'COLD' : 'MILD');
const reports = Array.from({ length: RECORDS }, (_, n) =>
  JSON.stringify({ n, sensor: `s${n % SENSORS}`, level: levelOf(celsius(n)), degrees: Math.floor(celsius(n)) }),
);
const means = Array.from({ length: RECORDS / SENSORS / WINDOW }, (_, window) =>
  Array.from({ length: SENSORS }, (_, sensor) => {
    const readings = Array.from({ length: WINDOW }, (_, i) => sensor + (window * WINDOW + i) * SENSORS);
    const mean = readings.reduce((sum, n) => sum + celsius(n), 0) / WINDOW;
    return { sensor: `s${sensor}`, from: readings[0], to: readings.at(-1), mean: mean.toFixed(9) };
  }),
).flat();

withServers(['kafka', 'flink'], 'Flink, Weir and Flink in a chain', () => {
  const kafka = new Kafka({ port: 19492 });
  const flink = new Flink();
  beforeAll(async () => {
    await Promise.all([kafka.start(), flink.start()]);
    for (const topic of ['readings', 'celsius', 'levels', 'means', 'reports']) await kafka.create(topic, 2);
  });
  afterAll(() => Promise.all([kafka.end(), flink.end()]));

  const statements = sql
    .replaceAll('localhost:9092', kafka.address)
    .replace(/^--.*$/gm, '')
    .split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const run = () => {
    const args = ['--set', `brokers=${kafka.address}`, '--threads', '2'];
    return kafka.weir('run', topology, ...args);
  };

  test(
    SMOKE
      ? 'every reading once'
      : 'every reading once, though Weir is killed, Flink is killed, and a job begins anew from a savepoint',
    async () => {
      const seed = process.env.WEIR_TEST_SEED ?? String(process.pid);
      const random = prng(seed);
      const jobs = await flink.submit(statements);
      expect(jobs).toHaveLength(2);
      const fields = `{ n: n, sensor: "'s' + n % ${SENSORS}", fahrenheit: n % 181 }`;
      const fill = await kafka.topology(
        'fill',
        `
checkpoint: { every: 500ms }
streams:
  in:
    source: { generate: { count: ${RECORDS}, rate: ${RATE}, fields: ${fields} } }
    to: { kafka: { topic: readings, brokers: BROKER, key: sensor } }
`,
      );
      const filling = kafka.weir('run', fill, '--fresh');

      const killWeir = async () => {
        const { child, ended } = run();
        await Promise.race([logged(child, RUNNING), ended]);
        // The moment is what is drawn; a loaded machine only shifts it.
        await Promise.race([kafka.moment(random() * 3000), ended]);
        child.kill('SIGKILL');
        const { signal, stderr } = await ended;
        expect(signal, `seed ${seed}: ${stderr}`).toBe('SIGKILL');
      };
      if (!SMOKE) {
        await killWeir();
        await killWeir();
        await flink.killTasks();
        await killWeir();
        for (const job of jobs) await kafka.until(() => flink.recovered(job));
        const savepoint = await flink.savepoint(jobs[0] as string);
        await killWeir();
        const [first] = statements.filter((text) => text.startsWith('INSERT'));
        const others = statements.filter((text) => !text.startsWith('INSERT'));
        const recover = `SET 'execution.state-recovery.path' = '${savepoint}'`;
        const [heir] = await flink.submit([...others, recover, first as string]);
        await killWeir();
        await kafka.until(() => flink.recovered(heir as string));
      }

      const { child, ended } = run();
      const filled = await filling.ended;
      expect(filled.code, filled.stderr).toBe(0);
      await kafka.read('reports', RECORDS);
      await kafka.read('means', means.length);
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      expect(code, stderr).toBe(0);
      const found = await kafka.read('reports');
      expect(found.length, `seed ${seed}`).toBe(RECORDS);
      expect(found.sort(), `seed ${seed}`).toEqual(reports.sort());
      const byPlace = (a: { from: number }, b: { from: number }) => a.from - b.from;
      const rows = (await kafka.read('means')).map((line) => JSON.parse(line)).sort(byPlace);
      expect(
        rows.map((row) => ({ ...row, mean: row.mean.toFixed(9) })),
        `seed ${seed}`,
      ).toEqual(means);
    },
    15 * 60_000,
  );
});
