import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderValues } from '../../../actors/lib/files/folder-values.ts';
import parquet from '../../../actors/sinks/parquet.ts';
import source from '../../../actors/sources/parquet.ts';
import { prng } from '../../../src/base/prng.ts';
import type { Row } from '../../../src/stage/row.ts';
import { SinkDriver } from '../../../src/testkit/sink-driver.ts';
import { SourceDriver, splitsOf } from '../../../src/testkit/source-driver.ts';
import { duckdb, toFolder } from '../support/duckdb.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-parquet-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes rows, a checkpoint behind each list of them; the paths of the files. */
async function write(options: Record<string, unknown>, checkpoints: Row[][], parallelism = 1) {
  const driver = await SinkDriver.open(parquet, { path: 'out/', ...options }, { parallelism });
  for (const rows of checkpoints) {
    for (const [i, row] of rows.entries()) driver.write(row, {}, i % parallelism);
    driver.clock.advance(1000);
    await driver.checkpoint();
  }
  await driver.finish();
  await driver.close();
  return { paths: await toFolder(driver.disk, folder, 'out/'), dead: driver.dead };
}

/** All records that the source gives of a glob. */
async function read(path: string, fields?: string[], partition = {}) {
  const driver = await SourceDriver.create(
    source,
    { path, partition },
    fields ? { program: { fields: fields.map((f) => [f]) } } : {},
  );
  try {
    await driver.open(await splitsOf(source, { path, partition }));
    await driver.run();
    return { rows: driver.read.map(({ row }) => row), dead: driver.dead };
  } finally {
    await driver.close();
  }
}

const all = () => `read_parquet('${folder}/out/**/*.parquet', hive_partitioning = false)`;

const SCHEMA = { t: 'text', n: 'number', i: 'int', b: 'bool', at: 'time', day: 'date', raw: 'bytes', j: 'json' };

/** Rows of all types with nulls here and there, the same each time. */
function rows(count: number, seed = 'rows'): Row[] {
  const random = prng(seed);
  const maybe = <T>(value: T): T | null => (random() < 0.2 ? null : value);
  return Array.from({ length: count }, (_, i) => ({
    t: maybe(i % 2 ? ['', 'ä', '😀 x'][i % 3]! : `text ${i}`),
    n: maybe((random() - 0.5) * 10 ** Math.floor(random() * 20)),
    i: maybe(Math.floor((random() - 0.5) * 2 ** 53)),
    b: maybe(random() < 0.5),
    at: maybe(Math.floor((random() - 0.5) * 4e12)),
    day: maybe(Math.floor((random() - 0.5) * 20_000) * 86_400_000),
    raw: maybe(new Uint8Array([i & 0xff, 0, 255])),
    j: maybe({ a: [1, null, 'x'], i }),
  }));
}

/** A row as DuckDB's JSON has it. */
function asDuckDb({ t, n, i, b, at, day, raw, j }: Row) {
  const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    t,
    n,
    i: i === null ? null : String(i),
    b,
    at: at === null ? null : String(at),
    day: day === null ? null : new Date(day as number).toISOString().slice(0, 10),
    raw: raw === null ? null : hex(raw as Uint8Array),
    j: j === null ? null : JSON.stringify(j),
  };
}
const QUERY = () =>
  `SELECT t, n, i, b, epoch_ms("at") AS "at", day::VARCHAR AS day, lower(hex(raw)) AS raw, j::VARCHAR AS j FROM ${all()}`;

describe('what is written', () => {
  test.each(['none', 'snappy', 'gzip', 'zstd'])(
    'is what DuckDB reads, of every type, with nulls: %s',
    async (compression) => {
      const given = rows(1000);
      const { paths } = await write({ schema: SCHEMA, compression, rowGroup: 300 }, [given]);
      expect(paths).toEqual(['out/part-0-1.parquet']);
      expect(await duckdb(QUERY())).toEqual(given.map(asDuckDb));
      expect(
        await duckdb(
          `SELECT count(*)::INT AS groups FROM (SELECT DISTINCT row_group_id FROM parquet_metadata('${folder}/out/*.parquet'))`,
        ),
      ).toEqual([{ groups: 4 }]);
    },
  );

  test('is found by the bounds of its row groups', async () => {
    const given = rows(2000).map((row, id) => ({ ...row, id: id - 1000 }));
    await write({ schema: { ...SCHEMA, id: 'int' }, rowGroup: 100 }, [given]);
    const found = await duckdb(`SELECT count(*)::INT AS c, sum(id)::INT AS s FROM ${all()} WHERE id BETWEEN -5 AND 7`);
    expect(found).toEqual([{ c: 13, s: 13 }]);
    const n = given.flatMap(({ n }: Row) => ((n as number) > 1000 ? [n as number] : []));
    expect(await duckdb(`SELECT count(*)::INT AS c, max(n) AS m FROM ${all()} WHERE n > 1000`)).toEqual([
      { c: n.length, m: Math.max(...n) },
    ]);
  });

  test('has the columns that the records have where none are named', async () => {
    const given = [{ a: 1 }, { b: 'x', a: null }, { c: [1, { d: 2 }], at: new Date(5), no: null }];
    const { dead } = await write({}, [given]);
    expect(dead).toEqual([]);
    expect(await duckdb(`SELECT a, b, c::VARCHAR AS c, epoch_ms("at")::INT AS "at" FROM ${all()}`)).toEqual([
      { a: 1, b: null, c: null, at: null },
      { a: null, b: 'x', c: null, at: null },
      { a: null, b: null, c: '[1,{"d":2}]', at: 5 },
    ]);
  });

  test('leaves out, as dead letters, what a column does not take', async () => {
    const wrong = [
      { i: 0.5 },
      { n: '1' },
      { t: 1 },
      { b: 1 },
      { at: 'soon' },
      { raw: 'x' },
      { i: 2n ** 60n },
      { day: Number.NaN },
    ];
    const { dead } = await write({ schema: SCHEMA }, [[{ i: 1 }, ...wrong, { i: 2 }]]);
    expect(dead.map(({ code }) => code)).toEqual(wrong.map(() => 'WEIR_COLUMN_TYPE'));
    expect(await duckdb(`SELECT i::INT AS i, t, raw FROM ${all()}`)).toEqual([
      { i: 1, t: null, raw: null },
      { i: 2, t: null, raw: null },
    ]);
  });

  test('refuses a field that comes when the columns are fixed', async () => {
    const { dead } = await write({ rowGroup: 2 }, [[{ a: 1 }, { a: 2 }, { a: 3, b: 1 }, { a: 4, b: null }]]);
    expect(dead.map(({ code }) => code)).toEqual(['WEIR_COLUMN_NEW']);
    expect(await duckdb(`SELECT a FROM ${all()}`)).toEqual([{ a: 1 }, { a: 2 }, { a: 4 }]);
  });

  test('lies in folders by its partition', async () => {
    const given = Array.from({ length: 100 }, (_, id) => ({ id, day: `d${id % 3}` }));
    const { paths } = await write({ partition: ['day'] }, [given], 2);
    expect(paths).toHaveLength(6);
    const sums = `SELECT day, sum(id)::INT AS s FROM read_parquet('${folder}/out/**/*.parquet', hive_partitioning = true) GROUP BY day ORDER BY day`;
    expect(await duckdb(sums)).toEqual(
      [0, 1, 2].map((k) => ({ day: `d${k}`, s: given.reduce((s, { id }) => s + (id % 3 === k ? id : 0), 0) })),
    );
  });

  test('of many checkpoints lies in one file, which ends by its age or at the end', async () => {
    const lists = Array.from({ length: 7 }, (_, k) => rows(50, `list ${k}`));
    const { paths } = await write({ schema: SCHEMA, roll: { every: '3s' } }, lists, 2);
    expect(paths).toEqual(['out/part-1.parquet', 'out/part-5.parquet']);
    const got = (await duckdb(QUERY())).map((row) => JSON.stringify(row)).sort();
    expect(got).toEqual(
      lists
        .flat()
        .map((row) => JSON.stringify(asDuckDb(row)))
        .sort(),
    );
  });

  test('with other columns is gathered in another file', async () => {
    const { paths } = await write({ roll: { size: '1MB' } }, [[{ a: 1 }, { b: 'x' }], [{ a: 2 }]], 2);
    expect(paths).toEqual(['out/part-1-1.parquet', 'out/part-1.parquet']);
    const rows = await duckdb(
      `SELECT a, b FROM read_parquet('${folder}/out/*.parquet', union_by_name = true) ORDER BY a`,
    );
    expect(rows).toEqual([
      { a: 1, b: null },
      { a: 2, b: null },
      { a: null, b: 'x' },
    ]);
  });
});

describe('what is read', () => {
  test('is what was written, of every type', async () => {
    const given = rows(1000);
    await write({ schema: SCHEMA, rowGroup: 300, compression: 'zstd' }, [given.slice(0, 500), given.slice(500)]);
    const { rows: got, dead } = await read(`${folder}/out/*.parquet`);
    expect(dead).toEqual([]);
    expect(got).toEqual(given);
  });

  test('is what DuckDB wrote, of every type', async () => {
    await duckdb(`COPY (SELECT i::INTEGER AS i, (i * 1000000007)::BIGINT AS l, i / 3.0 AS d, (i / 4)::DECIMAL(10, 2) AS m,
      'x' || i % 5 AS t, i % 2 = 0 AS b, TIMESTAMP '2024-01-01' + to_milliseconds(i) AS "at", DATE '2024-01-01' + i::INTEGER AS day,
      CASE WHEN i % 3 = 0 THEN NULL ELSE i END::SMALLINT AS s, [i, NULL] AS list, (i / 4 - 50)::DECIMAL(18, 4) AS fine,
      (i / 8)::DECIMAL(30, 8) AS wide, CASE WHEN i % 2 = 0 THEN [i] END AS some, {'a': i, 'b': 'x'} AS rec, '\\x01'::BLOB AS raw,
      9007199254740993 AS huge FROM range(3000) r(i)) TO '${folder}/d.parquet' (ROW_GROUP_SIZE 2048, COMPRESSION zstd)`);
    const { rows: got } = await read(`${folder}/d.parquet`);
    expect(got.length).toBe(3000);
    const start = Date.UTC(2024, 0, 1);
    for (const i of [0, 1, 2, 2047, 2048, 2999]) {
      expect(got[i]).toEqual({
        i,
        l: i * 1_000_000_007,
        d: expect.closeTo(i / 3, 9),
        m: i / 4,
        t: `x${i % 5}`,
        b: i % 2 === 0,
        at: start + i,
        day: start + i * 86_400_000,
        s: i % 3 === 0 ? null : i,
        list: [i, null],
        fine: i / 4 - 50,
        wide: i / 8,
        some: i % 2 === 0 ? [i] : null,
        rec: { a: i, b: 'x' },
        raw: new Uint8Array([1]),
        huge: '9007199254740993',
      });
    }
  });

  test('has the columns that folders of DuckDB stand for, of every type', async () => {
    const columns = `i AS id, CASE WHEN i % 5 = 0 THEN NULL ELSE 'ä/b=' || i % 3 || ' %' END AS name, i % 2 AS core, i % 3 / 4 AS load,
      i % 2 = 0 AS ok, DATE '2024-02-28' + (i % 3)::INT AS day, TIMESTAMP '2024-05-01 10:00:00.25' + INTERVAL (i % 2) HOUR AS moment`;
    await duckdb(
      `COPY (SELECT ${columns} FROM range(60) r(i)) TO '${folder}/made' (FORMAT parquet, PARTITION_BY (name, core, load, ok, day, moment))`,
    );
    const types = { name: 'text', core: 'int', load: 'number', ok: 'bool', day: 'date', moment: 'time' };
    const { rows: got } = await read(`${folder}/made/**/*.parquet`, undefined, types);
    const expected =
      await duckdb(`SELECT i::INT AS id, name, core::INT AS core, load::DOUBLE AS load, ok, epoch_ms(day) AS day, epoch_ms(moment) AS moment
      FROM (SELECT i, ${columns} FROM range(60) r(i)) ORDER BY i`);
    const numbers = expected.map((row) => ({ ...row, day: Number(row.day), moment: Number(row.moment) }));
    expect(got.sort((a, b) => Number(a.id) - Number(b.id))).toEqual(numbers);
    expect((await read(`${folder}/made/**/*.parquet`, ['core'], types)).rows.slice(0, 1)).toEqual([
      { core: expect.any(Number) },
    ]);
    await expect(read(`${folder}/made/**/*.parquet`, undefined, { name: 'int' })).rejects.toThrow(
      /name=.* stands for no int/,
    );
    for (const [text, type] of [
      ['constructor', 'bool'],
      ['0x10', 'number'],
      ['Infinity', 'number'],
      ['1e3', 'int'],
    ] as const) {
      expect(() => folderValues(`a/x=${text}/b`, { x: type }), text).toThrow('stands for no');
    }
  });

  test('is the wanted columns alone', async () => {
    await write({ schema: SCHEMA }, [rows(10)]);
    const { rows: got } = await read(`${folder}/out/*.parquet`, ['i', 'none']);
    expect(got).toEqual(rows(10).map(({ i }) => ({ i })));
  });

  test.runIf(process.platform === 'linux')('leaves no file open, also when it is closed in the middle', async () => {
    await write({ schema: SCHEMA, rowGroup: 100 }, [rows(2000), rows(2000)]);
    const path = `${folder}/out/*.parquet`;
    const driver = await SourceDriver.create(source, { path });
    await driver.open(await splitsOf(source, { path }));
    await driver.run((one) => one.read.length >= 500);
    await driver.close();
    const links = await readdir('/proc/self/fd');
    const open = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    expect(open.filter((file) => file.startsWith(folder))).toEqual([]);
  });

  test('goes on at each position, and is shared by subtasks', async () => {
    await write({ schema: SCHEMA, rowGroup: 700 }, [rows(5000)]);
    const path = `${folder}/out/*.parquet`;
    const whole = (await read(path)).rows;
    const splits = await splitsOf(source, { path }, 3);
    expect(splits).toHaveLength(3);
    const parts: { order: number; row: Row }[] = [];
    for (const split of splits) {
      const driver = await SourceDriver.create(source, { path });
      await driver.open([split]);
      await driver.run((one) => one.read.length >= 900);
      const positions = driver.positions();
      parts.push(...driver.read);
      await driver.close();
      const next = await SourceDriver.create(source, { path });
      await next.open([split], positions);
      await next.run();
      parts.push(...next.read);
      await next.close();
    }
    expect(parts.sort((a, b) => a.order - b.order).map(({ row }) => row)).toEqual(whole);
  });
});
