// Parquet files and Delta tables, of each compression, over a disk that fails at each of its writes. DuckDB says what is in them.
import { expect, test } from 'vitest';
import { readDeltaTable } from '../../../actors/lib/delta/log.ts';
import delta from '../../../actors/sinks/delta.ts';
import parquet from '../../../actors/sinks/parquet.ts';
import { realDisk } from '../../../src/host/disk.ts';
import type { MemoryDisk } from '../../../src/testkit/memory-disk.ts';
import { freshFolder } from '../../support/folder.ts';
import { some } from '../../support/thorough.ts';
import { duckdb, toFolder } from '../support/duckdb.ts';
import { strikes } from '../support/struck-sink.ts';

const folder = freshFolder();
const SCHEMA = { id: 'int', day: 'text', text: 'text' };
const rowsOf = (epoch: number) =>
  Array.from({ length: 6 }, (_, i) => ({ id: epoch * 6 + i, day: `d${i % 2}`, text: 'weir '.repeat(i) }));

const idsIn = async (files: string) =>
  (await duckdb(`SELECT id::INT AS id FROM read_parquet(${files}, hive_partitioning = false) ORDER BY id`)).map(
    ({ id }) => id,
  );

async function copied(disk: MemoryDisk): Promise<void> {
  await realDisk.remove(folder.at('t'));
  await toFolder(disk, folder.path, 't/');
}

const COMPRESSIONS = ['none', 'snappy', 'gzip', 'zstd'] as const;
const KINDS = some(
  COMPRESSIONS.flatMap((compression) =>
    [{}, { roll: { size: '1GiB' } }].map((roll) => JSON.stringify({ compression, ...roll })),
  ),
);

test.each(KINDS)(
  'parquet, %s: each row is there once',
  async (kind) => {
    const options = { path: 't/', schema: SCHEMA, partition: ['day'], ...JSON.parse(kind) };
    const steps = [
      ['prepare', 1],
      ['commit', 1],
      ['commit', 2],
      ['finish', 2],
    ] as const;
    const runs = await strikes({ definition: parquet, options, rowsOf, last: 2 }, steps, async (disk) => {
      await copied(disk);
      return idsIn(`'${folder.at('t')}/**/*.parquet'`);
    });
    expect(runs).toBeGreaterThan(4);
  },
  120_000,
);

test.each(some(COMPRESSIONS))(
  'delta, %s: each row is there once, also where the log is summed up',
  async (compression) => {
    const options = { path: 't/', schema: SCHEMA, partition: ['day'], compression };
    // Version 10, of which a checkpoint is made, is the eleventh commit.
    const steps = [
      ['prepare', 11],
      ['commit', 11],
    ] as const;
    const runs = await strikes({ definition: delta, options, rowsOf, last: 12 }, steps, async (disk) => {
      await copied(disk);
      const { files, version, transactions } = await readDeltaTable(realDisk, folder.at('t/'));
      expect([version, [...transactions.values()]]).toEqual([11, [12]]);
      return idsIn(`[${[...files.keys()].map((path) => `'${folder.at(`t/${decodeURIComponent(path)}`)}'`)}]`);
    });
    expect(runs).toBeGreaterThan(4);
  },
  120_000,
);
