import { expect, test } from 'vitest';
import { Feed, feeds } from '../../src/sim/trial/feed.ts';
import { trialGraph } from '../../src/sim/trial/graph.ts';
import { runTrial } from '../../src/sim/trial/run.ts';
import { parseTopology } from '../../src/topology/document.ts';
import { Issues } from '../../src/topology/issue.ts';
import { testsOf } from '../../src/topology/tests.ts';

/** A topology of two sources that meet in a window, and what was late in it. */
async function lateOf(window: object, bounds: { a: number; b: number }, hosts = 1, crashAt?: number) {
  const at = (n: number) => ({ at: n, k: n % 3 });
  const given = {
    a: [1000, 15_000, 2000, 31_000, 9_998, 20_500].map(at),
    b: [500, 14_000, 3000, 33_000, 9_000, 100].map(at),
  };
  const source = (name: 'a' | 'b') => ({
    source: { file: name },
    time: { at: 'at', outOfOrder: `${bounds[name]}ms` },
  });
  const streams = { a: source('a'), b: source('b'), sums: { from: ['a', 'b'], do: [{ key: 'k' }, window] } };
  const text = JSON.stringify({ name: 't', streams, tests: [{ name: 'it', given, expect: { 'sums.late': [] } }] });
  const document = parseTopology(text, { file: 't.json', base: import.meta.url }, new Issues());
  const [one] = testsOf(document);
  const made = await trialGraph(document, one as NonNullable<typeof one>, 'late');
  if (!('graph' in made)) throw new Error(JSON.stringify(made));
  const feed = new Feed(one?.given ?? new Map(), 0, true);
  feeds().set('late', feed);
  const more = crashAt === undefined ? {} : { crashAt };
  const result = await runTrial({ graph: made.graph, feed, clockMs: 0, hosts, ...more });
  feeds().delete('late');
  expect(result.error).toBeUndefined();
  // What the side output gave, which is counted in another way.
  expect(result.late.map(({ order }) => order).sort()).toEqual(
    feed
      .table('sums.late')
      .map(({ order }) => order)
      .sort(),
  );
  return result.late;
}

const WINDOWS = [
  { tumbling: { size: '10s', aggregate: { n: 'count()' } } },
  { tumbling: { size: '10s', allowedLateness: '3s', aggregate: { n: 'count()' } } },
  { hopping: { size: '10s', every: '2s', aggregate: { n: 'count()' } } },
  { session: { gap: '4s', aggregate: { n: 'count()' } } },
];

test.each(WINDOWS)('with so much less watermark a late record of %o is on time', async (window) => {
  const bounds = { a: 1000, b: 500 };
  const late = await lateOf(window, bounds);
  expect(late.length).toBeGreaterThan(0);
  const [name] = Object.keys(window);
  for (const { order, lateByMs, by } of late) {
    const source = by?.source.split('.')[0] as 'a' | 'b';
    expect(by).toEqual({ source: `${source}.file`, split: '0', outOfOrderMs: bounds[source] });
    const enough = await lateOf(window, { ...bounds, [source]: bounds[source] + lateByMs });
    expect(enough.map((entry) => entry.order)).not.toContain(order);
    if (name === 'session') continue;
    const less = await lateOf(window, { ...bounds, [source]: bounds[source] + lateByMs - 1 });
    expect(less.map((entry) => entry.order)).toContain(order);
  }
});

test('the journal is the same with two subtasks, and behind a crash', async () => {
  const [window] = WINDOWS as [object];
  const plain = await lateOf(window, { a: 0, b: 0 });
  const facts = (late: typeof plain) =>
    late.map(({ epoch: _, subtask: __, ...rest }) => rest).sort((x, y) => x.order - y.order);
  expect(facts(await lateOf(window, { a: 0, b: 0 }, 2))).toEqual(facts(plain));
  for (let crashAt = 1; crashAt < 12; crashAt++) {
    expect(facts(await lateOf(window, { a: 0, b: 0 }, 1, crashAt))).toEqual(facts(plain));
  }
});
