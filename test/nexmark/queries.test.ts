import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { THOROUGH } from '../support/thorough.ts';
import { weir } from './cli.ts';
import { UNDISTURBED } from './killed.ts';
import { Stream } from './streams.ts';

const EVENTS = THOROUGH ? 40_000 : 20_000;

/** Different in rate, in order and in the time of day. Nothing in them is later than the 4 s that the queries wait. */
const STREAMS = {
  'at 10,000 events a second, in order': { events: EVENTS, seed: 7 },
  'at 1,000 events a second, shuffled': { events: EVENTS, seed: 8, rate: 1000, shuffleMs: 4000 },
  'at one event a second, over midnight, out of order': {
    ...{ events: EVENTS / 2, seed: 9, rate: 1, baseTime: Date.UTC(2026, 1, 28, 18, 40) },
    ...{ shuffleMs: 2000, outOfOrderMs: 1900 },
  },
};
const THREADS = [1, 2, 4];

const streams = new Map<string, Stream>();
beforeAll(async () => {
  for (const [name, options] of Object.entries(STREAMS)) streams.set(name, await Stream.of(options));
});
afterAll(() => {
  for (const stream of streams.values()) stream.end();
});

describe.each(UNDISTURBED.map((query, i) => ({ query, i })))('$query', ({ query, i }) => {
  // Every query meets every stream and every number of threads; which go together changes from query to query. Only in
  // `.ci/run` each meets them all.
  const all = Object.keys(STREAMS).map((name, j) => ({ name, threads: THREADS[(i + j) % THREADS.length] as number }));
  const runs = THOROUGH ? all : all.filter((_, j) => j === (i + Math.floor(i / 3)) % THREADS.length);
  test.each(runs)('gives what DuckDB gives $name, with $threads threads', async ({ name, threads }) => {
    const stream = streams.get(name) as Stream;
    const { code, stdout, stderr } = await weir(stream.arguments(query, `${threads}`, threads, '100ms')).ended;
    expect(stderr).not.toContain('restart');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) as string)).toMatchObject({ late: 0, deadLetters: 0 });
    const { rows, faults } = await stream.check(query, `${threads}`);
    expect(faults).toEqual([]);
    expect(rows).toBeGreaterThan(0);
  });
});
