// Rows a second out of Parquet that DuckDB has written, flat and with lists, and by hyparquet in a loop over the row groups.
// npm run build && node bench/micro/parquet-read.mjs [folder of another build to compare with, such as dist-old]
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

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

/** The plain client, with the whole file in memory. */
async function plain(path) {
  const file = readFileSync(path).buffer;
  const metadata = parquetMetadata(file);
  const begun = cpuMs();
  let rowEnd = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowStart = rowEnd;
    rowEnd += Number(num_rows);
    await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
  }
  return cpuMs() - begun;
}

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
for (const [name, [columns, how]] of Object.entries(files)) {
  const path = join(folder, 'x.parquet');
  await connection.run(`COPY (SELECT ${columns} FROM range(${ROWS}) r(i)) TO '${path}' (${how})`);
  const tasks = {
    ...Object.fromEntries(readers.map(({ ParquetFile }, i) => [builds[i], () => read(ParquetFile, path)])),
    hyparquet: () => plain(path),
  };
  const best = {};
  for (let round = 0; round < 7; round++) {
    for (const [who, task] of Object.entries(tasks)) best[who] = Math.min(best[who] ?? Infinity, await task());
  }
  const shown = Object.entries(best).map(([who, ms]) => {
    return `${who} ${Math.round((ROWS * 1000) / ms)} rows/s (${(best.hyparquet / ms).toFixed(2)})`;
  });
  console.log(`${name}: ${shown.join(', ')}`);
}
connection.closeSync();
instance.closeSync();
rmSync(folder, { recursive: true });
