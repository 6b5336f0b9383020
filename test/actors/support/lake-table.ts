import lake from '../../../actors/sinks/lake.ts';
import type { Key } from '../../../src/stage/row.ts';
import { type MemoryDisk, SinkDriver } from '../../../src/testkit/index.ts';
import type { SinkSetup } from './sink-rig.ts';

/** The sink of a lake's table, for the rig of sinks. */
export const lakeOf = (options: Record<string, unknown> = {}): SinkSetup => ({
  definition: lake,
  options: { table: 't', path: 'lake', ...options },
});

/** All that comes, as a list. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

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
