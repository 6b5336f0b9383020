import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { weir } from '../nexmark/cli.ts';
import { toEnd } from './support/runs.ts';
import { Server, withServersInFull } from './support/server.ts';

const script = fileURLToPath(new URL('scripts/spark-lake.py', import.meta.url));
const ROWS = 2000;
const MORE = 10;
const DAY_MS = 86_400_000;
const COMPRESSIONS = ['none', 'snappy', 'gzip', 'zstd'];
/** Of Spark's own: `legacy` is gzip in the form of older readers, `plain` is without dictionaries. */
const FORMS = ['snappy', 'legacy', 'zstd', 'plain'];
const FIELDS = `{ id: n, day: "formatTime(1714521600000 + (n % 3) * ${DAY_MS}, 'yyyy-MM-dd')", host: "'host ' + n % 5", load: n / 4,
      ok: n % 2 == 0, at: n * 1000, more: "[n]" }`;
const SCHEMA = '{ id: int, day: date, host: text, load: number, ok: bool, at: time, more: json }';

/** The same rows by plain arithmetic, as Spark is asked to show them. */
const loads = (count: number) =>
  Array.from({ length: count }, (_, id) => {
    const day = Date.UTC(2024, 4, 1) + (id % 3) * DAY_MS;
    return { id, day, host: `host ${id % 5}`, load: id / 4, ok: id % 2 === 0, at: id * 1000, more: `[${id}]` };
  });

withServersInFull(['spark'], 'the lake beside Spark', () => {
  const spark = new Server('spark', { WEIR_INSTANCE: 'test-spark-lake' });
  const folder = mkdtempSync(join(tmpdir(), 'weir-spark-'));
  const delta = join(folder, 'delta');
  /** What each command of the one session gave. */
  const gave: Record<string, unknown>[][] = [];

  async function run(name: string, streams: string): Promise<void> {
    writeFileSync(join(folder, `${name}.yaml`), `name: ${name}\ncheckpoint: { every: 300ms }\nstreams:\n${streams}`);
    await toEnd(weir(['run', `${name}.yaml`, '--fresh'], folder));
  }
  const rowsOf = (file: string) =>
    readFileSync(join(folder, file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  beforeAll(async () => {
    const sinks = COMPRESSIONS.map(
      (name) =>
        `      - parquet: { path: ${name}/, schema: ${SCHEMA}, partition: [day], compression: ${name}, rowGroup: 100 }`,
    );
    await run(
      'write',
      `  made:
    source: { generate: { count: ${ROWS}, rate: 2000, fields: ${FIELDS} } }
    to:
${sinks.join('\n')}
      - delta: { path: delta/, schema: ${SCHEMA}, partition: [day] }
`,
    );
    const commands = [
      ...COMPRESSIONS.map((name) => ['read', 'parquet', join(folder, name)]),
      ['read', 'delta', delta],
      ['log', delta],
      ['append', delta, ROWS, ROWS + MORE],
      ['parts', join(folder, 'parts'), MORE],
      ['write', join(folder, 'spark'), ROWS],
    ];
    const text = await spark.run('spark-submit', script, ...commands.flatMap((words) => [...words.map(String), ',']));
    for (const line of text.split('\n').map((one) => JSON.parse(one))) {
      if (Array.isArray(line)) gave.push([]);
      else gave.at(-1)!.push(line);
    }
    expect(gave).toHaveLength(commands.length);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await spark.wipe();
  });

  test('Spark reads the Parquet that Weir wrote, in folders by day, in each compression', () => {
    for (const [i, name] of COMPRESSIONS.entries()) expect(gave[i], name).toEqual(loads(ROWS));
  });

  test('Spark reads the Delta table that Weir wrote, a version for each checkpoint', () => {
    expect(gave[4]).toEqual(loads(ROWS));
    const versions = gave[5]!.map(({ version }) => version);
    expect(versions.length).toBeGreaterThan(1);
    expect(versions).toEqual(versions.map((_, i) => i));
  });

  test('Weir reads the Parquet that Spark wrote: times of three kinds, decimals, dictionaries, lists, maps and records', async () => {
    const expected = gave.at(-1)!;
    expect(expected).toHaveLength(ROWS);
    for (const form of FORMS) {
      await run(
        form,
        `  read: { source: { parquet: "spark/${form}/*.parquet" }, to: { file: ${form}.ndjson } }
`,
      );
      const found = rowsOf(`${form}.ndjson`).sort((a, b) => a.id - b.id);
      expect(found.length).toBe(ROWS);
      const rows = form === 'legacy' ? expected.map(({ deep: _, ...row }) => row) : expected;
      expect(found, form).toEqual(rows);
    }
  });

  test('Weir reads the columns that folders of Spark stand for', async () => {
    const types = '{ text: text, small: int, ok: bool, at: time }';
    await run(
      'folders',
      `  read: { source: { parquet: { path: "spark/folders/**/*.parquet", partition: ${types} } }, to: { file: folders.ndjson } }
`,
    );
    const expected = gave.at(-1)!.slice(0, 100);
    const rows = expected.map(({ id, list, text, small, ok, at }) => ({ id, list, text, small, ok, at }));
    expect(rowsOf('folders.ndjson').sort((a, b) => a.id - b.id)).toEqual(rows);
  });

  test('Weir adds to a Delta table that Spark has added to, and Spark and weir lake sql read both', async () => {
    const from = ROWS + MORE;
    await run(
      'more',
      `  made:
    source: { generate: { count: ${from + MORE}, fields: ${FIELDS} } }
    do: [{ where: id >= ${from} }]
    to: { delta: { path: delta/, schema: ${SCHEMA}, partition: [day] } }
`,
    );
    const text = await spark.run('spark-submit', script, 'read', 'delta', delta);
    const [, ...rows] = text.split('\n').map((line) => JSON.parse(line));
    expect(rows).toEqual(loads(from + MORE));
    const query =
      'SELECT day::VARCHAR AS day, count(*)::INT AS n, sum(id)::INT AS ids FROM loads GROUP BY day ORDER BY day';
    const asked = await weir(['lake', 'sql', query, '--table', `loads=${delta}`, '--format', 'json'], folder).ended;
    const days = [0, 1, 2].map((day) => {
      const ids = rows.map(({ id }) => id).filter((id) => id % 3 === day);
      return JSON.stringify({ day: `2024-05-0${day + 1}`, n: ids.length, ids: ids.reduce((sum, id) => sum + id, 0) });
    });
    expect(asked.stdout, asked.stderr).toBe(`${days.join('\n')}\n`);
    await run('back', `  made:\n    source: { delta: delta }\n    to: { file: back.ndjson }\n`);
    expect(rowsOf('back.ndjson').sort((a, b) => a.id - b.id)).toEqual(rows);
  }, 300_000);

  test('Weir reads a Delta table whose log Spark has summed up in several files, and without what came before them', async () => {
    const log = join(folder, 'parts', '_delta_log');
    const summed = readdirSync(log).filter((name) => name.includes('.checkpoint.'));
    expect(summed.filter((name) => /^0{19}8\.checkpoint\.\d{10}\.\d{10}\.parquet$/.test(name)).length).toBeGreaterThan(
      1,
    );
    const expected = Array.from({ length: MORE }, (_, id) => ({ id, host: `host ${id}` })).filter(({ id }) => id !== 1);
    for (const name of ['whole', 'short']) {
      await run(name, `  made:\n    source: { delta: parts }\n    to: { file: ${name}.ndjson }\n`);
      expect(
        rowsOf(`${name}.ndjson`).sort((a, b) => a.id - b.id),
        name,
      ).toEqual(expected);
      for (let version = 0; version < 8; version++)
        rmSync(join(log, `${String(version).padStart(20, '0')}.json`), { force: true });
    }
  });
});
