import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import file from '../../../actors/sinks/file.ts';
import { SinkDriver } from '../../../src/testkit/sink-driver.ts';
import { freshFolder } from '../../support/folder.ts';
import { duckdb, toFolder } from '../support/duckdb.ts';

const folder = freshFolder();
const rows = Array.from({ length: 300 }, (_, id) => ({ id, text: `row ${id} `.repeat(1 + (id % 50) * 20) }));

/** Writes the rows with three checkpoints. */
async function write(options: Record<string, unknown>) {
  const driver = await SinkDriver.open(file, options, { fields: ['id', 'text'] });
  for (const [i, row] of rows.entries()) {
    driver.write(row);
    if (i % 100 === 99) await driver.checkpoint();
  }
  await driver.finish();
  await driver.close();
  return { paths: await toFolder(driver.disk, folder.path, 'out'), disk: driver.disk };
}

describe.each(['gzip', 'zstd'])('a file packed by %s', (compression) => {
  const ending = compression === 'gzip' ? 'gz' : 'zst';

  test.each([`out.csv.${ending}`, 'out/', 'out/{odd}/'])('is unpacked by another program: %s', async (path) => {
    const more = path.includes('odd') ? { partition: { odd: 'id % 2' }, roll: { size: '1GB' } } : {};
    const { paths } = await write({ path, codec: 'csv', compression, ...more });
    expect(paths.every((one) => one.endsWith(`.csv.${ending}`))).toBe(true);
    const list = paths.map((one) => `'${folder.at(one)}'`);
    expect(await duckdb(`SELECT id::INT AS id, text FROM read_csv([${list}], header = true) ORDER BY id`)).toEqual(
      rows,
    );
  });
});

test('a member of gzip for each checkpoint is one text', async () => {
  const { disk } = await write({ path: 'out.ndjson.gz', compression: 'gzip' });
  const bytes = Buffer.from(disk.contents()['out.ndjson.gz']!, 'latin1');
  expect(gunzipSync(bytes).toString()).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});
