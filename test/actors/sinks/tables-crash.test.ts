// Parquet files and Delta tables, of each compression, over a disk that fails at each of its writes. DuckDB says what is in them.
import { expect, test } from 'vitest';
import { readDeltaTable } from '../../../actors/lib/delta/log.ts';
import delta from '../../../actors/sinks/delta.ts';
import parquet from '../../../actors/sinks/parquet.ts';
import { realDisk } from '../../../src/host/disk.ts';
import { MemoryDisk } from '../../../src/testkit/memory-disk.ts';
import { type SinkCheckpoint, SinkDriver } from '../../../src/testkit/sink-driver.ts';
import { freshFolder } from '../../support/folder.ts';
import { some, THOROUGH } from '../../support/thorough.ts';
import { duckdb, toFolder } from '../support/duckdb.ts';

const folder = freshFolder();
const SCHEMA = { id: 'int', day: 'text', text: 'text' };
const rowsOf = (epoch: number) =>
  Array.from({ length: 6 }, (_, i) => ({ id: epoch * 6 + i, day: `d${i % 2}`, text: 'weir '.repeat(i) }));

interface Strike {
  step: 'prepare' | 'commit' | 'finish';
  epoch: number;
  write: number;
  done: boolean;
}

/** Writes checkpoints of six rows up to `last`; at the write that is named the disk fails, and a new process goes on. */
async function crashed(definition: any, options: Record<string, unknown>, last: number, strike: Strike) {
  let [disk, from, left] = [new MemoryDisk(), undefined as SinkCheckpoint | undefined, true];
  for (;;) {
    const fails = (step: Strike['step'], epoch: number) => {
      if (left && strike.step === step && strike.epoch === epoch)
        driver.disk.failAt(strike.write, { done: strike.done });
    };
    const over = () => driver.disk.failAt(Number.POSITIVE_INFINITY);
    const driver = await SinkDriver.open(definition, options, { disk, from });
    try {
      for (let epoch = (from?.epoch ?? 0) + 1; epoch <= last; epoch++) {
        for (const row of rowsOf(epoch)) driver.write(row);
        fails('prepare', epoch);
        from = await driver.prepare();
        over();
        fails('commit', epoch);
        await driver.commit();
        over();
      }
      fails('finish', last);
      await driver.finish();
      await driver.close();
      return { disk: driver.disk, struck: !left };
    } catch {
      left = false;
      ({ disk, from } = driver.crash());
    }
  }
}

/** Sweeps over the writes of some steps; `ids` says which rows there are. Gives how often the disk failed. */
async function sweep(
  definition: any,
  options: Record<string, unknown>,
  steps: readonly (readonly [Strike['step'], number])[],
  last: number,
  ids: (disk: MemoryDisk) => Promise<number[]>,
): Promise<number> {
  const expected = Array.from({ length: last }, (_, i) => rowsOf(i + 1).map(({ id }) => id)).flat();
  let runs = 0;
  for (const [step, epoch] of steps) {
    for (const done of THOROUGH ? [false, true] : [process.pid % 2 === 0]) {
      for (let write = 1, struck = true; struck; write++) {
        const run = await crashed(definition, options, last, { step, epoch, write, done });
        struck = run.struck;
        expect(await ids(run.disk), `${step} ${epoch}, write ${write}, ${done ? 'done' : 'not done'}`).toEqual(
          expected,
        );
        if (struck) runs++;
      }
    }
  }
  return runs;
}

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
    const runs = await sweep(parquet, options, steps, 2, async (disk) => {
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
    const runs = await sweep(delta, options, steps, 12, async (disk) => {
      await copied(disk);
      const { files, version, transactions } = await readDeltaTable(realDisk, folder.at('t/'));
      expect([version, [...transactions.values()]]).toEqual([11, [12]]);
      return idsIn(`[${[...files.keys()].map((path) => `'${folder.at(`t/${decodeURIComponent(path)}`)}'`)}]`);
    });
    expect(runs).toBeGreaterThan(4);
  },
  120_000,
);
