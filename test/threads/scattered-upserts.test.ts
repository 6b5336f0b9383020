import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { weir } from '../nexmark/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const rowsOf = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .sort((a, b) => a.id - b.id);

/** Each order has three versions, each of another customer: its rows are made by other subtasks. */
const ORDERS = 200;
const customerOf = (id: number, version: number) => (id + version) % 3;
const orders = [0, 1, 2].flatMap((version) =>
  Array.from({ length: ORDERS }, (_, id) => ({ t: 1000 * (version + 1), id, k: customerOf(id, version), version })),
);
const customers = [0, 1, 2].map((k) => ({ t: 1000, k, name: `customer ${k}` }));
const EXPECTED = Array.from({ length: ORDERS }, (_, id) => {
  return { id, version: 2, name: `customer ${customerOf(id, 2)}` };
});

const joined = '{ join: { with: customers, on: k, select: { id: id, version: version, name: customers.name } } }';
const TOPOLOGY = `
name: scattered
checkpoint: { every: 50ms }
streams:
  orders: { source: { file: { path: orders.ndjson, chunk: 1KiB } }, time: { at: t, outOfOrder: 1s } }
  customers: { source: { file: customers.ndjson }, time: t }
  latest: { from: orders, do: [ { key: id }, last-by ] }
  named: { from: latest, do: [ ${joined} ], to: { file: { path: named.out, mode: upsert, key: id } } }
  keyed: { from: named, do: [ { key: id } ], to: { file: { path: keyed.out, mode: upsert } } }
`;

test('what moves from one subtask to another keeps its line, with one, three and four threads', async () => {
  writeFileSync(join(folder, 'orders.ndjson'), text(orders));
  writeFileSync(join(folder, 'customers.ndjson'), text(customers));
  writeFileSync(join(folder, 't.yaml'), TOPOLOGY);
  for (const threads of [1, 3, 4]) {
    const run = await weir(['run', 't.yaml', '--fresh', '--json', '--threads', `${threads}`], folder).ended;
    expect(run.code, run.stderr).toBe(0);
    for (const name of ['named.out', 'keyed.out']) expect([threads, rowsOf(name)]).toEqual([threads, EXPECTED]);
  }
});
