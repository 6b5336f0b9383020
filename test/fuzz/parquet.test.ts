import { readFileSync } from 'node:fs';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { test } from 'vitest';
import parquet from '../../actors/sinks/parquet.ts';
import { WeirError } from '../../src/stage/index.ts';
import { SinkDriver } from '../../src/testkit/sink-driver.ts';
import { duckdb } from '../actors/support/duckdb.ts';
import { openBytes } from '../actors/support/parquet-bytes.ts';
import { freshFolder } from '../support/folder.ts';
import { fuzz, INPUTS } from './fuzz.ts';

const folder = freshFolder();
let written = 0;

/** Files of our own sink: pages of version 2, plain and with dictionaries. */
async function own(compression: string): Promise<Buffer> {
  const driver = await SinkDriver.open(parquet, { path: 'out/', compression }, { fields: ['id', 'name', 'ok'] });
  for (let id = 0; id < 50; id++) driver.write({ id: id % 4 ? id : null, name: `user ${id % 7}`, ok: id % 3 === 0 });
  await driver.checkpoint();
  await driver.finish();
  const [, bytes] = Object.entries(driver.disk.contents()).find(([name]) => name.endsWith('.parquet'))!;
  await driver.close();
  return Buffer.from(bytes, 'latin1');
}

const FLAT = `i::INTEGER AS i, CASE WHEN i % 3 = 0 THEN NULL ELSE i END::BIGINT AS l, 'x' || i % 5 AS t, i % 2 = 0 AS b, i / 3.0 AS d`;
const NESTED = `[i, NULL] AS list, CASE WHEN i % 2 = 0 THEN [['a', i::VARCHAR], []] END AS lists, {'a': i, 'b': NULL::INTEGER} AS rec,
  MAP {'k': i} AS m`;

/** Files of DuckDB: pages of version 1, lists, records and maps, every way to pack, with v2 differences and split streams. */
async function theirs(columns: string, compression: string, version = 'V1'): Promise<Buffer> {
  const path = folder.at(`${++written}.parquet`);
  await duckdb(
    `COPY (SELECT ${columns} FROM range(40) r(i)) TO '${path}' (COMPRESSION ${compression}, PARQUET_VERSION ${version})`,
  );
  return readFileSync(path);
}

/** Encodings that the others do not write. */
function prefixed(): Buffer {
  const writer = new ByteWriter();
  const texts = Array.from({ length: 40 }, (_, i) => `user-${i >> 3}-${i}`);
  const column = (name: string, type: string, encoding: string, data: unknown[]) => ({ name, type, encoding, data });
  const columnData = [
    column('a', 'STRING', 'DELTA_BYTE_ARRAY', texts),
    column('b', 'STRING', 'DELTA_LENGTH_BYTE_ARRAY', texts),
    column(
      'c',
      'INT64',
      'DELTA_BINARY_PACKED',
      texts.map((_, i) => BigInt(i * i)),
    ),
    column(
      'd',
      'DOUBLE',
      'BYTE_STREAM_SPLIT',
      texts.map((_, i) => i / 3),
    ),
    column(
      'e',
      'BOOLEAN',
      'RLE',
      texts.map((_, i) => i > 20),
    ),
  ];
  parquetWrite({ writer, columnData: columnData as never, codec: 'UNCOMPRESSED' });
  return Buffer.from(writer.getBuffer());
}

const KINDS: Record<string, () => Promise<Buffer[]>> = {
  'of our own sink': () => Promise.all(['none', 'snappy', 'gzip', 'zstd'].map(own)),
  'of DuckDB, flat': () => Promise.all([theirs(FLAT, 'uncompressed'), theirs(FLAT, 'uncompressed', 'V2')]),
  'of DuckDB, packed': async () => {
    const seeds = [];
    for (const packed of ['snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']) seeds.push(await theirs(FLAT, packed));
    return seeds;
  },
  'of DuckDB, nested': async () => [
    await theirs(NESTED, 'uncompressed'),
    await theirs(NESTED, 'uncompressed', 'V2'),
    await theirs(NESTED, 'snappy'),
  ],
  'of differences': async () => [prefixed()],
};

test.each(Object.keys(KINDS))(
  'Parquet files %s are read or refused',
  async (kind) => {
    await fuzz(
      {
        name: `parquet ${kind}`,
        seeds: await KINDS[kind]!(),
        async run(bytes) {
          const file = await openBytes(bytes);
          const rows: object[] = [];
          const reasons: string[] = [];
          for (let index = 0; index < Math.min(file.rows.length, 3); index++) {
            try {
              const group = await file.group(index, undefined);
              const isWhole = group.columns.every(({ length }) => length === group.rows);
              if (!isWhole) throw new WeirError('WEIR_ASSERTION', 'a column of another length than the row group');
              rows.push(...group.names.map((name) => ({ name })));
            } catch (error) {
              if (error instanceof WeirError) throw error;
              // The reader makes one dead letter of a row group that cannot be read.
              reasons.push((error as Error).message || 'an error without words');
            }
          }
          return { rows, reasons };
        },
      },
      Math.max(200, INPUTS / Object.keys(KINDS).length),
    );
  },
  3_600_000,
);
