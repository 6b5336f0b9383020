import { describe, expect, test } from 'vitest';
import { thorough } from '../support/thorough.ts';
import { runText } from './run-text.ts';
import { type PacedSpec, recordsOf } from './stages/paced.ts';

const tested = test.runIf(thorough('backfills with several splits'));

const SPEED = { live: true, backfill: false } as const;
const BOUND_MS = 3000;

interface Way {
  live: boolean;
  hosts: number;
  /** More of `time`. */
  time?: object;
}

const spec = (seed: string, splits: number): PacedSpec => ({ seed, splits, count: 100, outOfOrderMs: BOUND_MS });

/** A topology whose sources are paced; it writes to `out`. */
function topology(streams: Record<string, object>, splits: number, { live, time = {} }: Way): string {
  const source = (seed: string) => ({
    source: { './stages/paced.ts': { spec: spec(seed, splits), live } },
    time: { at: 'at', outOfOrder: `${BOUND_MS}ms`, ...time },
  });
  const both = JSON.stringify(streams).includes('"b"') ? { b: source('b') } : {};
  return JSON.stringify({ name: 't', checkpoint: { every: '60s' }, streams: { a: source('a'), ...both, ...streams } });
}

const AGGREGATES = {
  n: 'count()',
  sum: 'sum(value)',
  least: 'min(value)',
  first: 'first(id)',
  last: 'last(id)',
  all: 'collect(id)',
};
const to = { file: 'out.ndjson' };
const keyed = (...steps: object[]) => ({ out: { from: 'a', do: [{ key: 'key' }, ...steps], to } });
const join = (how: object) => {
  const select = { id: 'id', other: 'b.id', value: 'value + b.value' };
  return { out: { from: 'a', do: [{ join: { with: 'b', on: 'key == key', select, ...how } }], to } };
};

/** None of them gives updates: each row once, for good. */
const TOPOLOGIES: Record<string, Record<string, object>> = {
  tumbling: keyed({ tumbling: { size: '10s', aggregate: AGGREGATES } }),
  'tumbling without a key': { out: { from: 'a', do: [{ tumbling: { size: '10s', aggregate: AGGREGATES } }], to } },
  hopping: keyed({ hopping: { size: '12s', every: '3s', aggregate: AGGREGATES } }),
  'hopping of many slices': keyed({
    hopping: { size: '20s', every: '1s', aggregate: { n: 'count()', sum: 'sum(value)' } },
  }),
  cumulative: keyed({ cumulative: { size: '20s', every: '5s', aggregate: AGGREGATES } }),
  session: keyed({ session: { gap: '4s', aggregate: AGGREGATES } }),
  'windows of windows': keyed(
    { tumbling: { size: '5s', aggregate: { n: 'count()' } } },
    { key: 'n' },
    { tumbling: { size: '30s', aggregate: { windows: 'count()', n: 'sum(n)' } } },
  ),
  lag: keyed({ lag: { of: 'value', as: 'before' } }),
  'a join by window': join({ window: '10s' }),
  'a join by interval': join({ within: { before: '2s', after: '5s' } }),
  'a join with a time to live': join({ ttl: '5s' }),
  'a semi-join with a time to live, and windows of it': {
    pairs: {
      from: 'a',
      do: [{ join: { with: 'b', on: 'key == key', ttl: '5s', kind: 'semi', select: { value: 'value', key: 'key' } } }],
    },
    out: {
      from: 'pairs',
      do: [{ key: 'key' }, { tumbling: { size: '2s', aggregate: { n: 'count()', sum: 'sum(value)' } } }],
      to,
    },
  },
  'a join and windows of it': {
    pairs: {
      from: 'a',
      do: [
        { join: { with: 'b', on: 'key == key', within: { after: '5s' }, select: { value: 'b.value', key: 'key' } } },
      ],
    },
    out: {
      from: 'pairs',
      do: [{ key: 'key' }, { tumbling: { size: '10s', aggregate: { n: 'count()', sum: 'sum(value)' } } }],
      to,
    },
  },
};

const lines = (text: string) => text.split('\n').sort();

describe.each(Object.entries(TOPOLOGIES))('%s', (name, streams) => {
  test('live and as a backfill the output is the same, byte for byte', async () => {
    const [live, backfill] = [
      await runText(topology(streams, 1, { live: SPEED.live, hosts: 1 }), 1),
      await runText(topology(streams, 1, { live: SPEED.backfill, hosts: 1 }), 1),
    ];
    expect(live.out.length).toBeGreaterThan(500);
    expect([live.summary.late, backfill.summary.late]).toEqual([0, 0]);
    // It was live: as long as the records took to arrive.
    const last = recordsOf(spec('a', 1), 0).at(-1)?.arrives as number;
    expect(live.took).toBeGreaterThanOrEqual(last);
    expect(backfill.took).toBeLessThan(last / 10);
    // Pairs come as their records meet, and between two streams there is no order.
    if (name.includes('join')) expect(lines(live.out)).toEqual(lines(backfill.out));
    else expect(live.out).toBe(backfill.out);
  });

  tested('and with two subtasks and several splits, held back or not', async () => {
    const plain = await runText(topology(streams, 3, { live: true, hosts: 1 }), 1);
    const ways: Way[] = [
      { live: true, hosts: 2 },
      { live: false, hosts: 2 },
      { live: false, hosts: 2, time: { align: '5s' } },
    ];
    for (const way of ways) {
      const { out, summary } = await runText(topology(streams, 3, way), way.hosts);
      expect(summary.late).toBe(0);
      // Between subtasks, keys and splits there is no order.
      expect(lines(out)).toEqual(lines(plain.out));
    }
  });
});

test('windows hold what a model of them holds', async () => {
  const { out } = await runText(
    topology(TOPOLOGIES.tumbling as object as Record<string, object>, 2, { live: true, hosts: 1 }),
    1,
  );
  const records = [...recordsOf(spec('a', 2), 0), ...recordsOf(spec('a', 2), 1)];
  const counts = new Map<string, number>();
  for (const { key, at } of records) {
    const id = `${key} ${Math.floor(at / 10_000) * 10_000}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const found = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(found.map(({ key, windowStart, n }) => `${key} ${windowStart}: ${n}`).sort()).toEqual(
    [...counts].map(([id, n]) => `${id}: ${n}`).sort(),
  );
});

describe('a join of a backfill with a live stream', () => {
  const NOTHING = {};
  /** The latest event time behind so many records and one. */
  const latest = (seed: string) => {
    let time = 0;
    return recordsOf(spec(seed, 1), 0).map(({ at }) => (time = Math.max(time, at)));
  };
  const [ofA, ofB] = [latest('a'), latest('b')];

  /** How far the backfill was ahead at most, ms; its records are read five at a time. */
  async function drift(time: object): Promise<{ ahead: number; held: boolean; lines: string[] }> {
    const source = (seed: string, options: object) => ({
      source: { './stages/paced.ts': { spec: spec(seed, 1), ...options } },
      time: { at: 'at', outOfOrder: `${BOUND_MS}ms`, ...time },
    });
    const streams = {
      a: source('a', { batch: 5 }),
      b: source('b', { live: true }),
      ...join({ within: { after: '5s' } }),
    };
    let ahead = 0;
    let held = false;
    const text = JSON.stringify({ name: 't', checkpoint: { every: '60s' }, streams });
    const { out } = await runText(text, 2, (metrics) => {
      const [a, b] = metrics.filter(({ kind }) => kind === 'source');
      if (a === undefined || b === undefined) return;
      held ||= a.held > 0;
      // The other's first record may be yet to come.
      if (b.in === 0) expect(a.in).toBeLessThanOrEqual(time === NOTHING ? Number.POSITIVE_INFINITY : 5);
      else ahead = Math.max(ahead, (ofA[a.in - 1] ?? 0) - (ofB[b.in - 1] as number));
    });
    return { ahead, held, lines: lines(out) };
  }

  test('reads no further ahead than it may, and gives the same', async () => {
    const free = await drift(NOTHING);
    const aligned = await drift({ align: '5s' });
    expect(free.ahead).toBeGreaterThan(60_000);
    expect(free.held).toBe(false);
    // What comes on top is what the five records of a poll span at most.
    const spans = ofA.map((from, i) => (ofA[Math.min(i + 5, ofA.length - 1)] as number) - from);
    expect(aligned.ahead).toBeLessThanOrEqual(5000 + Math.max(...spans));
    expect(aligned.held).toBe(true);
    expect(aligned.lines).toEqual(free.lines);
  });
});
