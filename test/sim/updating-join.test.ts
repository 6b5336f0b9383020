import { expect, test } from 'vitest';
import { runTest } from '../../src/sim/trial/trial.ts';
import { parseTopology } from '../../src/topology/document.ts';
import { Issues } from '../../src/topology/issue.ts';
import { testsOf } from '../../src/topology/tests.ts';

const KEYS = ['x', 'y', 'z'];

/** Records of two streams that come in turns, with pauses longer than updates wait, so that rows are joined and then change. */
const clicks = Array.from({ length: 12 }, (_, id) => ({ t: id * 1000, id, k: KEYS[(id * id) % 3] }));
const shows = Array.from({ length: 18 }, (_, n) => ({ t: n * 700, k: KEYS[(n * 5 + (n >> 2)) % 3] }));
const paced = (records: readonly object[], first: string, pause: string) => [
  { $advance: first },
  ...records.flatMap((record) => [record, { $advance: pause }]),
];

/** Joins the clicks with how many shows there are of each key, and expects how often each click is there and with what. */
async function expectOf(join: object, expected: object[]): Promise<void> {
  const source = { source: { file: 'nowhere.ndjson' }, time: 't' };
  const steps = [
    { join: { with: 'counts', on: 'k', select: { id: 'id', n: 'counts.n' }, ...join } },
    { key: 'id' },
    { reduce: { rows: 'count()', n: 'max(n)' } },
  ];
  const streams = {
    clicks: source,
    shows: source,
    counts: { from: 'shows', do: [{ key: 'k' }, { reduce: { n: 'count()' } }] },
    out: { from: 'clicks', do: steps, to: 'null' },
  };
  const given = { clicks: paced(clicks, '300ms', '1s'), shows: paced(shows, '900ms', '700ms') };
  const topology = { name: 't', streams, tests: [{ name: 'it', given, expect: { out: expected } }] };
  const document = parseTopology(JSON.stringify(topology), { file: 't.json', base: import.meta.url }, new Issues());
  const [only] = testsOf(document);
  const { variants, failures } = await runTest(document, only as NonNullable<typeof only>);
  expect(failures).toEqual([]);
  expect(variants).toEqual(['plain', 'subtasks', 'crash']);
}

test.each([false, true])('each record stands with the last row of the table, and once; unique: %s', async (unique) => {
  const expected = clicks.map(({ id, k }) => ({ id, rows: 1, n: shows.filter((show) => show.k === k).length }));
  for (const kind of ['inner', 'left']) await expectOf({ unique, kind }, expected);
});
