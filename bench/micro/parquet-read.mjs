// Rows a second out of Parquet: of our own sink's kind, and of DuckDB's with lists.
// npm run build && node bench/micro/parquet-read.mjs [folder of another build to compare with, such as dist-old]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const builds = ['dist', ...process.argv.slice(2)];
const readers = await Promise.all(builds.map((dist) => import(`../../${dist}/actors/lib/parquet/parquet-file.js`)));
/** Time of the processor: others on the machine do not count. */
const cpuMs = () => process.cpuUsage().user / 1000;
const folder = mkdtempSync(join(tmpdir(), 'weir-parquet-read-'));
const ROWS = 500_000;
const flat = `i AS id, i / 3.0::DOUBLE AS load, i % 7 AS core, 'host-' || i % 4 AS host, 'user-' || i AS "user", i % 3 = 0 AS ok,
  CASE WHEN i % 5 = 0 THEN NULL ELSE i END AS some`;
const files = {
  'flat, snappy': [flat, 'COMPRESSION snappy'],
  'flat, gzip': [flat, 'COMPRESSION gzip'],
  'flat, zstd': [flat, 'COMPRESSION zstd'],
  'flat, v2': [flat, 'COMPRESSION snappy, PARQUET_VERSION V2'],
  'lists, snappy': ['i AS id, [i, i + 1] AS list', 'COMPRESSION snappy'],
};

async function read(ParquetFile, path) {
  const file = await ParquetFile.open({ path, size: statSync(path).size, mark: 0 });
  const begun = cpuMs();
  for (let group = 0; group < file.rows.length; group++) await file.group(group, undefined);
  const ms = cpuMs() - begun;
  await file.close();
  return ms;
}

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
for (const [name, [columns, how]] of Object.entries(files)) {
  const path = join(folder, 'x.parquet');
  await connection.run(`COPY (SELECT ${columns} FROM range(${ROWS}) r(i)) TO '${path}' (${how})`);
  const best = readers.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 7; round++) {
    for (const [i, { ParquetFile }] of readers.entries()) best[i] = Math.min(best[i], await read(ParquetFile, path));
  }
  const shown = best.map((ms, i) => `${builds[i]} ${Math.round((ROWS * 1000) / ms)} rows/s`);
  console.log(`${name}: ${shown.join(', ')}${best[1] ? `, ratio ${(best[1] / best[0]).toFixed(2)}` : ''}`);
}
connection.closeSync();
instance.closeSync();
rmSync(folder, { recursive: true });
