import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scan } from '../../actors/lib/lake/read.ts';
import { realDisk } from '../../src/host/disk.ts';
import { launch } from '../../src/host/launch.ts';
import { openLevel } from '../../src/host/level-kv.ts';
import { graphOf, node } from '../support/graphs.ts';
import { testInTurn } from '../support/thorough.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  process.env.WEIR_TEST_FOLDER = folder;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lake = () => join(folder, 'lake');
const generate = (count: number, fields: object) =>
  node('s', 'source', 'generate', { count, interval: '10ms', fields }, undefined, { parallelism: 2 });
const rowsIn = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function run(nodes: ReturnType<typeof node>[], name: string) {
  const graph = graphOf(nodes, { checkpointIntervalMs: 20 });
  const { engine, close } = launch(graph, { threads: 2, stateFolder: join(folder, name) });
  try {
    return await engine.run();
  } finally {
    await close();
  }
}

/** A product's price changes every 70 ms; five products. */
const price = (n: number) => ({ product: n % 5, price: n });
const writesPrices = () =>
  run(
    [
      generate(500, { product: 'n % 5', price: 'n' }),
      node('k', 'operator', 'key', { by: 'product' }, 's'),
      node('to', 'sink', 'lake', { table: 'prices', path: lake() }, 'k'),
    ],
    'prices',
  );

testInTurn('two subtasks find what held then in a table that an earlier run has written', async () => {
  await writesPrices();
  const asked = { lake: 'prices', path: lake(), key: 'p', as: 'then', concurrency: 20 };
  const summary = await run(
    [
      generate(3000, { p: 'n % 7', n: 'n', at: 'time' }),
      node('x', 'operator', 'exchange', { how: 'rebalance' }, 's'),
      node('l', 'operator', 'lookup', { ...asked, select: { n: 'n', price: 'then.price' } }, 'x', { parallelism: 2 }),
      node('to', 'sink', 'file', { path: join(folder, 'out.ndjson') }, 'l'),
    ],
    'asking',
  );
  expect(summary).toMatchObject({ deadLetters: 0, restarts: 0, finished: true });
  const prices = Array.from({ length: 500 }, (_, n) => ({ ...price(n), time: n * 10 }));
  const right = Array.from({ length: 3000 }, (_, n) => {
    const held = prices.filter(({ product, time }) => product === n % 7 && time <= n * 10);
    return { n, price: held.at(-1)?.price ?? null };
  });
  const byNumber = (a: Record<string, unknown>, b: Record<string, unknown>) => Number(a.n) - Number(b.n);
  expect(rowsIn('out.ndjson').sort(byNumber)).toEqual(right);
});

test('lookups and sinks of one lake share it, through a restart, and it is closed at the end', async () => {
  const lookup = { lake: 'seen', path: lake(), key: 'p', version: 'latest' };
  const summary = await run(
    [
      generate(4000, { n: 'n', p: 'n % 11' }),
      node('k', 'operator', 'key', { by: 'p' }, 's'),
      node('seen', 'sink', 'lake', { table: 'seen', path: lake() }, 'k'),
      node('other', 'sink', 'lake', { table: 'other', path: `${lake()}/` }, 'k'),
      node('a', 'operator', 'lookup', { ...lookup, as: 'a' }, 'k', { parallelism: 2 }),
      node('f', 'operator', 'map', { with: './faulty.mjs#exitOnce' }, 'a'),
      node('b', 'operator', 'lookup', { ...lookup, as: 'b' }, 'f', { onError: 'fail' }),
      node('c', 'operator', 'select', { fields: { n: 'n', p: 'p', a: 'a.p', b: 'b.p', from: 'a.n', to: 'b.n' } }, 'b'),
      node('out', 'sink', 'file', { path: join(folder, 'out.ndjson') }, 'c'),
    ],
    'both',
  );
  expect(summary).toMatchObject({ deadLetters: 0, restarts: 1, finished: true });
  const rows = rowsIn('out.ndjson');
  expect(rows.map(({ n }) => n).sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 4000 }, (_, n) => n),
  );
  for (const { p, a, b, from, to } of rows) {
    expect([p, null]).toContain(a);
    expect([p, null]).toContain(b);
    // Rows only come: who asks later finds no earlier one.
    expect(Number(to ?? -1)).toBeGreaterThanOrEqual(Number(from ?? -1));
  }
  for (const table of ['seen', 'other']) {
    const kept: unknown[] = [];
    for await (const { row } of scan(realDisk, lake(), table)) kept.push(row.n);
    expect(kept.length).toBe(4000);
  }
});

test('a lake that somebody else has open is told at the start', async () => {
  const other = await openLevel(lake());
  const asking = [generate(1, { p: 'n' }), node('l', 'operator', 'lookup', { lake: 't', path: lake(), key: 'p' }, 's')];
  const failed = run([...asking, node('to', 'sink', 'null', {}, 'l')], 'locked');
  await expect(failed).rejects.toMatchObject({ code: 'WEIR_LOCKED', data: { path: lake() } });
  await other.close();
});

test('it is closed when the topology fails, too', async () => {
  await writesPrices();
  const failed = run(
    [
      generate(100, { p: 'n' }),
      node('l', 'operator', 'lookup', { lake: 'prices', path: lake(), key: 'p' }, 's'),
      node('f', 'operator', 'where', { if: 'p + 1 > "x"' }, 'l', { onError: 'fail' }),
      node('to', 'sink', 'null', {}, 'f'),
    ],
    'failing',
  );
  await expect(failed).rejects.toMatchObject({ code: 'WEIR_STAGE_FAILED' });
  await (await openLevel(lake())).close();
});
