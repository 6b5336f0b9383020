import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { topology } from '../../src/index.ts';
import { SCRIPTED_SOURCE } from '../../src/testkit/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-updating-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rowsOf = (name: string) => {
  const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)).sort((a, b) => a.windowStart - b.windowStart);
};

test('early results go to an upsert sink by window, and into sums over them, also with a failure on the way', async () => {
  const records = Array.from({ length: 300 }, (_, i) => ({ row: { at: i * 100, shop: `s${i % 3}`, price: 1 } }));
  const script = [...records.slice(0, 130), { failOnce: 'the network' }, ...records.slice(130)];
  const t = topology('updating');
  const sold = t
    .source(SCRIPTED_SOURCE, { script }, { name: 'sales', time: { at: 'at', outOfOrder: '5s' } })
    .key('shop')
    .window({ tumbling: { size: '10s', early: { records: 7 } } })
    .aggregate({ sold: 'sum(price)' });
  sold.to('file', { path: join(folder, 'sold.ndjson'), mode: 'upsert' });
  sold
    .key('windowStart')
    .aggregate({ all: 'sum(sold)' })
    .to('file', { path: join(folder, 'all.ndjson'), mode: 'upsert' });
  const running = await t.run({ threads: 0, state: join(folder, 'state'), fresh: true });
  await running.finished;
  const windows = [0, 10_000, 20_000];
  expect(rowsOf('all.ndjson')).toEqual(windows.map((windowStart) => ({ windowStart, all: 100 })));
  const shops = rowsOf('sold.ndjson').map(({ shop, windowStart, sold }) => `${windowStart} ${shop} ${sold}`);
  const counts = windows.flatMap((start) =>
    [0, 1, 2].map((shop) => {
      const own = records.filter(
        ({ row }) => row.shop === `s${shop}` && Math.floor(row.at / 10_000) * 10_000 === start,
      );
      return `${start} s${shop} ${own.length}`;
    }),
  );
  expect(shops.sort()).toEqual(counts.sort());
});
