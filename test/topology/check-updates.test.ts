import { expect, test } from 'vitest';
import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';

/** Issues of two streams, `orders` and `rates`, of updating ones made of them, and of a join. */
async function issuesOf(from: string, join: string): Promise<string[]> {
  const text = `name: t
streams:
  orders: { source: { file: orders.ndjson }, time: at }
  rates: { source: { file: rates.ndjson }, time: at }
  latest: { from: rates, do: [ { key: k }, last-by ] }
  totals: { from: orders, do: [ { key: k }, { reduce: { n: count() } } ] }
  out: { from: ${from}, do: [ { join: { on: k, ${join} } } ], to: { file: { path: out.ndjson, mode: upsert, key: k } } }
  more: { from: [orders, rates, latest, totals], to: { file: { path: more.ndjson, mode: upsert, key: k } } }
`;
  const { issues } = await checkText(text, { file: 't.yaml', base: import.meta.url });
  return issues.map((issue) => `${issue.code} ${formatIssue(issue).replace(/^\S+ +/, '')}`);
}

const because = (updating: string, why: string) =>
  `WEIR_UPDATES join takes no updates, and ${updating} gives them: ${why}`;
const ROWS =
  'later rows take the place of earlier ones (expected windows, which give each row once, or a stage that takes updates (weir list STAGE says whether it does))';
const TTL =
  'with ttl rows are let go, and a row that changes later could not take its pairs back (expected a join without ttl, or a stream that takes nothing back)';
const AS_OF =
  'which of its versions come, and when, depends on the clock (expected the stream that it is made of: each of its records is a version from its event time on)';

test('a join of all records ever takes updates on either side', async () => {
  for (const kind of ['inner', 'left', 'semi']) {
    for (const unique of [false, true]) {
      const more = `kind: ${kind}, unique: ${unique}`;
      expect(await issuesOf('orders', `with: latest, ${more}`)).toEqual([]);
      expect(await issuesOf('latest', `with: orders, ${more}`)).toEqual([]);
      expect(await issuesOf('totals', `with: latest, ${more}`)).toEqual([]);
    }
  }
});

test('with ttl it takes none, and says why', async () => {
  for (const kind of ['inner', 'left', 'semi']) {
    const more = `ttl: 5s, kind: ${kind}`;
    expect(await issuesOf('orders', `with: latest, ${more}`)).toEqual([because('latest.last-by', TTL)]);
    expect(await issuesOf('totals', `with: rates, ${more}`)).toEqual([because('totals.reduce', TTL)]);
    expect(await issuesOf('orders', `with: rates, ${more}`)).toEqual([]);
  }
});

test('the versions of a join asOf are no updates, and it says what they are', async () => {
  expect(await issuesOf('orders', 'with: latest, asOf: true')).toEqual([because('latest.last-by', AS_OF)]);
  expect(await issuesOf('rates', 'with: totals, asOf: true, kind: left')).toEqual([because('totals.reduce', AS_OF)]);
  expect(await issuesOf('latest', 'with: orders, asOf: true')).toEqual([because('latest.last-by', ROWS)]);
  expect(await issuesOf('orders', 'with: rates, asOf: true')).toEqual([]);
});

test('joins by window and by interval take no updates', async () => {
  for (const how of ['window: 1m', 'within: { after: 1m }']) {
    expect(await issuesOf('orders', `with: latest, ${how}`)).toEqual([because('latest.last-by', ROWS)]);
    expect(await issuesOf('latest', `with: orders, ${how}`)).toEqual([because('latest.last-by', ROWS)]);
  }
});
