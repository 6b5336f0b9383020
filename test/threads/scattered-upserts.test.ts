import { expect } from 'vitest';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { testInTurn } from '../support/thorough.ts';

const folder = freshFolder();

const rowsOf = (name: string) => folder.rows(name).sort((a, b) => a.id - b.id);

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

testInTurn('what moves from one subtask to another keeps its line, with one, three and four threads', async () => {
  folder.writeRows('orders.ndjson', orders);
  folder.writeRows('customers.ndjson', customers);
  folder.write('t.yaml', TOPOLOGY);
  for (const threads of [1, 3, 4]) {
    const run = await weir(['run', 't.yaml', '--fresh', '--json', '--threads', `${threads}`], folder.path).ended;
    expect(run.code, run.stderr).toBe(0);
    for (const name of ['named.out', 'keyed.out']) expect([threads, rowsOf(name)]).toEqual([threads, EXPECTED]);
  }
});
