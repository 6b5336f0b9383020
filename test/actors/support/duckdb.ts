import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { MemoryDisk } from '../../../src/testkit/memory-disk.ts';

/** What DuckDB answers, rows as JSON values. */
export async function duckdb(sql: string): Promise<Record<string, any>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, any>[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Puts what a reader sees of a disk in memory into a folder, for a program of another make; gives the visible paths. */
export async function toFolder(disk: MemoryDisk, folder: string, root: string): Promise<string[]> {
  const paths: string[] = [];
  for (const [path, bytes] of Object.entries(disk.contents())) {
    if (!path.startsWith(root) || /\/\./.test(path)) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), Buffer.from(bytes, 'latin1'));
    paths.push(path);
  }
  return paths;
}
