import { expect, test } from 'vitest';
import { everyCrash } from '../../src/sim/every-crash.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { readSpec } from '../../src/sim/spec.ts';
import { failureLine, Tally } from '../../src/sim/tally.ts';
import { Feed, feeds } from '../../src/sim/trial/feed.ts';
import { trialGraph } from '../../src/sim/trial/graph.ts';
import { runTrial } from '../../src/sim/trial/run.ts';
import { parseTopology } from '../../src/topology/document.ts';
import { Issues } from '../../src/topology/issue.ts';
import { testsOf } from '../../src/topology/tests.ts';
import { testInTurn } from '../support/thorough.ts';
import { isStruck } from './struck.ts';

testInTurn('windows that closed because all was quiet are not given again, wherever it crashes', async () => {
  const { seed, scenario, faults } = readSpec('quiet@');
  const quiet = await simulate({ seed, scenario, faults });
  const never = await simulate({ seed, scenario: { ...scenario, quietMs: 0 }, faults });
  // The clock has closed windows: else this would prove nothing.
  expect(quiet.late).toBeGreaterThan(never.late + 5);
  const tally = new Tally();
  const failed: string[] = [];
  const kinds = ['kill', 'power', 'host-exit'] as const;
  const runsAt = (step: number) => (isStruck(step) ? [[{ kind: kinds[step % 3] ?? 'kill', step }]] : []);
  for await (const { spec, result } of everyCrash({ seed: 'quiet', runsAt })) {
    tally.add(result);
    if (result.failure !== undefined) failed.push(failureLine(spec, result));
  }
  console.log(`${tally}`);
  expect(failed).toEqual([]);
});

/** What minutes of visits give when the stream falls silent behind each of them; seconds, `null` for a minute of silence. */
async function minutes(visits: readonly (number | null)[], time: object, hosts = 1, crashAt?: number) {
  const given = {
    visits: visits.map((at) => (at === null ? { $advance: '1m' } : { at: at * 1000, door: at % 2 })),
  };
  const streams = {
    visits: { source: { tail: 'visits' }, time: { at: 'at', ...time } },
    counts: { from: 'visits', do: [{ key: 'door' }, { tumbling: { size: '1m', aggregate: { n: 'count()' } } }] },
  };
  const tests = [{ name: 'it', given, expect: { counts: [], 'counts.late': [] } }];
  const file = { file: 't.json', base: import.meta.url };
  const document = parseTopology(JSON.stringify({ name: 't', streams, tests }), file, new Issues());
  const [one] = testsOf(document);
  const made = await trialGraph(document, one as NonNullable<typeof one>, 'quiet');
  if (!('graph' in made)) throw new Error(JSON.stringify(made));
  // Stopped, not ended: the end of the input would close everything.
  const feed = new Feed(one?.given ?? new Map(), 0, false);
  feeds().set('quiet', feed);
  const result = await runTrial({
    graph: made.graph,
    feed,
    clockMs: 0,
    hosts,
    ...(crashAt === undefined ? {} : { crashAt }),
  });
  feeds().delete('quiet');
  expect(result.error).toBeUndefined();
  const rows = (name: string) => feed.table(name).map(({ row }) => row);
  return {
    counts: rows('counts').map(({ door, n, windowStart }) => `${door} ${n} ${Number(windowStart) / 1000}`),
    late: rows('counts.late').map(({ at }) => Number(at) / 1000),
    quiet: result.late.map(({ by }) => by?.quiet === true),
  };
}

// The clock brings event time to 70 and 130 s: the minute of 0 to 60 is over, then that of 60 to 120.
const VISITS = [3, 10, null, 20, 59, 61, null, 119, 130];

test('what is open closes as the clock goes on, and who comes behind it is late', async () => {
  expect(await minutes(VISITS, { quiet: '30s' })).toEqual({
    counts: ['1 1 0', '0 1 0', '1 1 60'],
    late: [20, 59, 119],
    // The journal says that it was the clock.
    quiet: [true, true, true],
  });
});

test('without the policy it stays open until a later record comes', async () => {
  expect(await minutes(VISITS, {})).toEqual({ counts: ['1 2 0', '0 2 0', '1 2 60'], late: [], quiet: [] });
});

test('a split that is idle closes its windows too', async () => {
  const late = [20, 59, 119];
  expect(await minutes(VISITS, { idle: '5s', quiet: '30s' })).toMatchObject({ late });
  expect(await minutes(VISITS, { idle: '40s', quiet: '30s' })).toMatchObject({ late });
});

testInTurn('with two subtasks, and behind a crash at any step, the same is late', async () => {
  const sorted = (of: Awaited<ReturnType<typeof minutes>>) => ({
    ...of,
    counts: of.counts.sort(),
    late: of.late.sort(),
  });
  const plain = sorted(await minutes(VISITS, { quiet: '30s' }));
  expect(sorted(await minutes(VISITS, { quiet: '30s' }, 2))).toEqual(plain);
  for (const crashAt of VISITS.keys()) {
    const crashed = sorted(await minutes(VISITS, { quiet: '30s' }, 1, crashAt));
    // A crash while the stream is silent: the clock goes on from the checkpoint, and event time may come further.
    if (VISITS[crashAt] === null) expect(crashed.late).toEqual(expect.arrayContaining(plain.late));
    else expect([crashAt, crashed]).toEqual([crashAt, plain]);
  }
});
