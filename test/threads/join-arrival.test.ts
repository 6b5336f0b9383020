import { expect, test } from 'vitest';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { thorough } from '../support/thorough.ts';

const folder = freshFolder();

const KEYS = 20;
const TTL_MS = 2000;
/** Two streams in the order of event time, one of them ten times as dense: of a key there is one every 0.2 s and every 2 s. */
const clicks = Array.from({ length: 10_000 }, (_, n) => ({ t: 10 * n, id: n, k: n % KEYS }));
const shows = Array.from({ length: 1000 }, (_, n) => ({ t: 100 * n, show: n, k: (n * 7) % KEYS })).filter(
  // Ten seconds without any, so that some clicks find nothing.
  ({ t }) => t < 40_000 || t >= 50_000,
);

/** For each click the shows less than the time to live away, in the plainest way. */
const near = clicks.map((click) => ({
  ...click,
  shows: shows.filter(({ k, t }) => k === click.k && Math.abs(t - click.t) < TTL_MS).map(({ show }) => show),
}));
const pairs = near.flatMap(({ id, shows: list }) => list.map((show) => ({ id, show })));
const EXPECTED = {
  inner: pairs,
  left: [...pairs, ...near.filter((one) => one.shows.length === 0).map(({ id }) => ({ id, show: null }))],
  semi: near.filter((one) => one.shows.length > 0).map(({ id }) => ({ id })),
};

const stream = (kind: string, select: string, to: string) =>
  `  ${kind}: { from: clicks, do: [ { join: { with: shows, on: k, ttl: ${TTL_MS}ms, kind: ${kind}, select: ${select} } } ], to: { file: ${to} } }`;
const TOPOLOGY = `
name: arrival
streams:
  clicks: { source: { file: { path: clicks.ndjson, chunk: 8KiB } }, time: t }
  shows: { source: { file: { path: shows.ndjson, chunk: 2KiB } }, time: t }
${stream('inner', '{ id: id, show: shows.show }', 'inner.out')}
${stream('left', '{ id: id, show: shows.show }', '{ path: left.out, mode: upsert, key: [id, show] }')}
${stream('semi', '{ id: id }', 'semi.out')}
`;

const sorted = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();

test.runIf(thorough('joins on threads by arrival'))(
  'a join with a time to live gives the pairs that are near, with one, two and four threads',
  async () => {
    folder.writeRows('clicks.ndjson', clicks);
    folder.writeRows('shows.ndjson', shows);
    folder.write('t.yaml', TOPOLOGY);
    for (const threads of [1, 2, 4]) {
      const run = await weir(['run', 't.yaml', '--fresh', '--json', '--threads', `${threads}`], folder.path).ended;
      expect(run.code, run.stderr).toBe(0);
      expect(JSON.parse(run.stdout.trim().split('\n').at(-1) as string)).toMatchObject({ late: 0, deadLetters: 0 });
      for (const [name, rows] of Object.entries(EXPECTED)) {
        expect(sorted(folder.rows(`${name}.out`))).toEqual(sorted(rows));
      }
    }
  },
);
