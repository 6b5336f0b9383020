import lake from '../../../actors/sinks/lake.ts';
import type { Key } from '../../../src/stage/row.ts';
import { type MemoryDisk, SinkDriver } from '../../../src/testkit/index.ts';

/** A row as a lake is given it. */
export interface GivenRow {
  key: Key;
  time: number;
  row: Record<string, unknown>;
}

/** Has the lake's own sink write a table, in one checkpoint. */
export async function writeTable(disk: MemoryDisk, table: string, rows: readonly GivenRow[], path = 'lake') {
  const sink = await SinkDriver.open(lake, { table, path }, { disk });
  for (const { key, time, row } of rows) sink.write(row, { key, time });
  await sink.checkpoint();
  await sink.close();
}
