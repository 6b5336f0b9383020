import { describe, expect, test } from 'vitest';
import { runTest, type TrialFailure } from '../../src/sim/trial/trial.ts';
import { parseTopology } from '../../src/topology/document.ts';
import { Issues } from '../../src/topology/issue.ts';
import { testsOf } from '../../src/topology/tests.ts';

const base = new URL('./', import.meta.url).href;

/** Runs the only test of a topology: streams and what stands beside them, then the test, as JSON. */
async function run(streams: object, one: object, top: object = {}) {
  const topology = { name: 't', ...top, streams, tests: [{ name: 'it', ...one }] };
  const document = parseTopology(JSON.stringify(topology), { file: 't.json', base }, new Issues());
  const [only] = testsOf(document);
  return await runTest(document, only as NonNullable<typeof only>);
}

/** What differs, without the places. */
const told = ({ failures }: { failures: TrialFailure[] }) =>
  failures.map((failure) => {
    if (failure.kind === 'faults') return failure.issues.map(({ message }) => message);
    if (failure.kind === 'failed') return `${failure.variant}: ${failure.message}`;
    const { variant, name, actual, expected, difference } = failure;
    return {
      variant,
      name,
      missing: difference.missing.map((one) => expected[one.expected]),
      instead: difference.missing.flatMap(({ instead }) => (instead === undefined ? [] : [actual[instead]])),
      unexpected: difference.unexpected.map((i) => actual[i]),
    };
  });

const raw = { source: { file: 'nowhere.ndjson' }, time: { at: 'at', outOfOrder: '2s' } };
const windows = {
  raw,
  sums: { from: 'raw', do: [{ key: 'k' }, { tumbling: { size: '10s', aggregate: { n: 'count()', sum: 'sum(x)' } } }] },
};

describe('a test of a topology', () => {
  test('is given its records, by time of event, and ends with all windows closed, whatever the order of the rows', async () => {
    // Sums by plain arithmetic over the records.
    const records = Array.from({ length: 30 }, (_, i) => ({ at: i * 1000 - (i % 3) * 500, k: `k${i % 4}`, x: i / 10 }));
    const rows = new Map<string, { k: string; n: number; sum: number; windowStart: number; windowEnd: number }>();
    for (const { at, k, x } of records) {
      const windowStart = Math.floor(at / 10_000) * 10_000;
      const row = rows.get(`${k} ${windowStart}`) ?? { k, n: 0, sum: 0, windowStart, windowEnd: windowStart + 10_000 };
      rows.set(`${k} ${windowStart}`, { ...row, n: row.n + 1, sum: row.sum + x });
    }
    const result = await run(windows, { given: { raw: records }, expect: { sums: [...rows.values()].reverse() } });
    expect(told(result)).toEqual([]);
    expect(result.variants).toEqual(['plain', 'subtasks', 'crash']);
  });

  test('tells what is missing, what came instead and what was not expected', async () => {
    const given = {
      raw: [
        { at: 0, k: 'a', x: 1 },
        { at: 1, k: 'b', x: 2 },
        { at: 2, k: 'c', x: 3 },
      ],
    };
    const row = (k: string, sum: number) => ({ k, n: 1, sum, windowStart: 0, windowEnd: 10_000 });
    const result = await run(windows, { given, expect: { sums: [row('a', 1), row('b', 5)] } });
    const at = { $time: 9999 };
    expect(told(result)).toEqual([
      {
        variant: 'plain',
        name: 'sums',
        missing: [row('b', 5)],
        instead: [{ ...row('b', 2), ...at, $key: 'b' }],
        unexpected: [{ ...row('c', 3), ...at, $key: 'c' }],
      },
    ]);
    const place = result.failures[0]?.kind === 'records' ? result.failures[0].place : undefined;
    const text = JSON.stringify({
      name: 't',
      streams: windows,
      tests: [{ name: 'it', given, expect: { sums: [row('a', 1)] } }],
    });
    expect(place).toEqual({
      file: 't.json',
      line: 1,
      column: text.indexOf('{"k":"a","n":1') + JSON.stringify(row('a', 1)).length + 2,
    });
  });

  test('knows which records are late: the watermark follows each of them', async () => {
    const given = {
      raw: [
        { at: 1000, k: 'a', x: 1 },
        { at: 12_000, k: 'a', x: 2 },
        { at: 9000, k: 'a', x: 3 },
        { at: 10_500, k: 'a', x: 4 },
      ],
    };
    const sums = [
      { n: 1, sum: 1, windowStart: 0 },
      { n: 2, sum: 6, windowStart: 10_000 },
    ];
    const late = [{ at: 9000, k: 'a', x: 3, $time: 9000 }];
    expect(told(await run(windows, { partial: true, given, expect: { sums, 'sums.late': late } }))).toEqual([]);
    given.raw[1] = { at: 11_999, k: 'a', x: 2 };
    const none = [{ n: 2, sum: 4, windowStart: 0 }, sums[1]];
    expect(told(await run(windows, { partial: true, given, expect: { sums: none, 'sums.late': [] } }))).toEqual([]);
  });

  test('moves the clock by hand, and with it streams whose time is the clock', async () => {
    const streams = {
      posted: { source: { 'http-server': { port: 1 } } },
      counts: { from: 'posted', do: [{ tumbling: { size: '10s', aggregate: { n: 'count()' } } }] },
    };
    const given = { posted: [{ x: 1 }, { $advance: '4s' }, { x: 2 }, { $advance: '8s' }] };
    const row = (n: number, windowStart: number) => ({ n, windowStart, windowEnd: windowStart + 10_000 });
    const open = { given, end: false, clock: 10_000 };
    expect(told(await run(streams, { ...open, expect: { counts: [row(2, 10_000)] } }))).toEqual([]);
    given.posted.push({ x: 3 });
    // The last window is still open: the run was stopped, and its input has not ended.
    expect(told(await run(streams, { ...open, expect: { counts: [row(2, 10_000)] } }))).toEqual([]);
    const all = [row(2, 10_000), row(1, 20_000)];
    expect(told(await run(streams, { ...open, end: true, expect: { counts: all } }))).toEqual([]);
  });

  test('an idle split holds nobody', async () => {
    const streams = {
      a: { source: { file: 'a' }, time: 'at' },
      b: { source: { file: 'b' }, time: { at: 'at', idle: '5s' } },
      both: { from: ['a', 'b'], do: [{ tumbling: { size: '1s', aggregate: { n: 'count()' } } }] },
    };
    const given = { b: [{ at: 100 }], a: [{ at: 200 }, { at: 3000 }] as object[] };
    const row = { n: 2, windowStart: 0, windowEnd: 1000 };
    expect(told(await run(streams, { end: false, given, expect: { both: [] } }))).toEqual([]);
    given.a.splice(1, 0, { $advance: '6s' });
    expect(told(await run(streams, { end: false, given, expect: { both: [row] } }))).toEqual([]);
  });

  test('expects dead letters by the fields that it names, and does not pass over others', async () => {
    const given = {
      raw: [
        { $error: 'not a record', $input: 'x,' },
        { k: 'a', x: 1 },
        { at: 5, k: ['a'], x: 1 },
      ],
    };
    const deadLetters = [
      { code: 'WEIR_KEY_TYPE', stage: 'sums.key' },
      { code: 'WEIR_MALFORMED', input: 'x,' },
      { code: 'WEIR_NO_EVENT_TIME' },
    ];
    expect(told(await run(windows, { given, expect: { deadLetters, sums: [] } }))).toEqual([]);
    const [failure] = told(await run(windows, { given, expect: { sums: [] } }));
    expect(failure).toMatchObject({ name: 'deadLetters', unexpected: [{}, {}, {}] });
  });

  test('of an updating stream the last row of each key counts', async () => {
    const streams = { raw, totals: { from: 'raw', do: [{ key: 'k' }, { reduce: { sum: 'sum(x)' } }] } };
    const given = { raw: [1, 2, 3, 4].map((x) => ({ at: x, k: x % 2, x })) };
    const totals = [
      { k: 0, sum: 6 },
      { k: 1, sum: 4 },
    ];
    expect(told(await run(streams, { given, expect: { totals } }))).toEqual([]);
  });

  test('compares order when asked, and key and event time when named', async () => {
    const streams = { raw, same: { from: 'raw', do: [{ key: 'k' }] } };
    const rows = [
      { at: 5, k: 'b' },
      { at: 3, k: 'a' },
    ];
    const given = { raw: rows };
    const same = [rows[1], rows[0]];
    expect(told(await run(streams, { given, expect: { same } }))).toEqual([]);
    expect(told(await run(streams, { given, ordered: true, expect: { same: rows } }))).toEqual([]);
    expect(told(await run(streams, { given, ordered: true, expect: { same } }))).toHaveLength(1);
    const named = [
      { ...rows[0], $key: 'b', $time: '5ms' },
      { ...rows[1], $key: 'a' },
    ];
    expect(told(await run(streams, { given, expect: { same: named } }))).toEqual([]);
    expect(told(await run(streams, { given, expect: { same: [{ ...rows[0], $key: 'a' }, rows[1]] } }))).toHaveLength(1);
  });

  test('an inner stream and one that only passes on can be asked for', async () => {
    const streams = {
      raw,
      big: { from: 'raw', do: [{ where: 'x > 1' }] },
      alias: { from: 'big', to: { file: 'never' } },
    };
    const rows = [
      { at: 1, x: 1 },
      { at: 2, x: 2 },
    ];
    const expected = { raw: rows, big: [rows[1]], alias: [rows[1]] };
    expect(told(await run(streams, { given: { raw: rows }, expect: expected }))).toEqual([]);
  });

  test('sets parameters; those of sources and sinks need no value', async () => {
    const streams = {
      raw: { ...raw, source: { file: '${input}' } },
      big: { from: 'raw', do: [{ where: 'x > ${least}' }], to: { file: '${output}' } },
    };
    const top = { params: { input: {}, output: {}, least: {} } };
    const one = {
      given: {
        raw: [
          { at: 1, x: 1 },
          { at: 2, x: 2 },
        ],
      },
      expect: { big: [{ at: 2, x: 2 }] },
    };
    expect(told(await run(streams, { ...one, params: { least: 1 } }, top))).toEqual([]);
    expect(told(await run(streams, one, top))).toEqual([
      "plain: the steps need a value of 'least': add it to the test's params",
    ]);
  });
});

describe('runs beside the plain one', () => {
  const numbered = (stage: string) => ({ raw, numbered: { from: 'raw', do: [{ key: 'k' }, { [stage]: null }] } });
  const given = { raw: ['a', 'b', 'c', 'd', 'e', 'f'].map((k, i) => ({ at: i, k })) };
  const one = { given, partial: true, expect: { numbered: [1, 2, 3, 4, 5, 6].map((number) => ({ number })) } };

  test('a stage that forgets its state at a restore is found', async () => {
    const same = { ...one, given: { raw: given.raw.map((record) => ({ ...record, k: 'a' })) } };
    const result = await run(numbered('./stages/forgets.ts'), same);
    expect(result.variants).toEqual(['plain', 'subtasks', 'crash']);
    expect(told(result)).toMatchObject([{ variant: 'crash', name: 'numbered' }]);
  });

  test('a stage that is right with one subtask alone is found', async () => {
    const result = await run(numbered('./stages/counts-alone.ts'), one);
    expect(told(result)).toMatchObject([{ variant: 'subtasks', name: 'numbered' }]);
  });

  test('lookups find the rows that it gives the lake, as of each record, in every variant', async () => {
    const lookup = { lake: 'prices', key: ['p', 'size'], as: 'then', select: { p: 'p', price: 'then.price' } };
    const latest = {
      lake: 'names',
      key: 'p',
      version: 'latest',
      path: 'other',
      select: { p: 'p', name: 'found.name' },
    };
    const streams = {
      raw,
      priced: { from: 'raw', do: [{ lookup }] },
      named: { from: 'raw', do: [{ lookup: latest }] },
      unknown: { from: 'raw', do: [{ lookup: { lake: 'nobody', key: 'p', required: true } }] },
    };
    const lake = {
      prices: [
        { $key: ['tea', 1], $time: '1s', price: 4 },
        { $key: ['tea', 1], $time: '3s', price: 5 },
        { $key: ['tea', 2], $time: 0, price: 9 },
      ],
      names: [{ $key: 'tea', $time: '1h', name: 'Tea' }],
    };
    const asked = [0, 1000, 2000, 3000, 4000].map((at) => ({ at, p: 'tea', size: 1 }));
    const priced = [null, 4, 4, 5, 5].map((price) => ({ p: 'tea', price }));
    const named = asked.map(() => ({ p: 'tea', name: 'Tea' }));
    const wanted = { priced, named, unknown: [], 'unknown.unmatched': asked };
    const result = await run(streams, { given: { raw: asked }, lake, expect: wanted });
    expect(told(result)).toEqual([]);
    expect(result.variants).toEqual(['plain', 'subtasks', 'crash']);
  });
});

describe('timers by the wall clock', () => {
  const streams = {
    raw: { source: { file: 'nowhere.ndjson' } },
    out: { from: 'raw', do: [{ key: 'k' }, { process: './stages/remind.mjs#remind' }] },
  };
  type Step = { advance: number } | { id: number; in: number; more: number };

  /** What comes out when a record and the timers that are due when the clock has moved are all that there is. */
  function model(steps: readonly Step[]): object[] {
    const out: object[] = [];
    let now = 0;
    const timers: { due: number; every: number; more: number }[] = [];
    for (const step of steps) {
      if ('id' in step) {
        out.push({ id: step.id });
        timers.push({ due: now + step.in, every: step.in, more: step.more });
        continue;
      }
      now += step.advance;
      for (;;) {
        const [next] = timers.sort((a, b) => a.due - b.due);
        if (next === undefined || next.due > now) break;
        out.push({ due: next.due });
        if (next.more-- === 0) timers.shift();
        else next.due += next.every;
      }
    }
    return out;
  }

  test.each<[string, Step[]]>([
    [
      'before the next record',
      [{ id: 0, in: 300, more: 0 }, { advance: 5000 }, { id: 1, in: 300, more: 0 }, { advance: 300 }],
    ],
    [
      'not before they are due',
      [{ id: 0, in: 300, more: 0 }, { advance: 299 }, { id: 1, in: 50, more: 0 }, { advance: 1 }],
    ],
    ['in order', [{ id: 0, in: 900, more: 0 }, { id: 1, in: 500, more: 2 }, { advance: 700 }, { advance: 2000 }]],
    [
      'in moves that are short',
      Array.from({ length: 9 }, (_, id) => [{ id, in: 35, more: 1 }, { advance: 20 }]).flat(),
    ],
    ['within days', [{ id: 0, in: 7_300_000, more: 3 }, { id: 1, in: 86_400_000, more: 0 }, { advance: 3e8 }]],
  ])('go off as the clock moves, %s', async (_, steps) => {
    const raw = steps.map((step) => ('id' in step ? { ...step, k: 'a' } : { $advance: `${step.advance}ms` }));
    const result = await run(streams, { ordered: true, given: { raw }, expect: { out: model(steps) } });
    expect(told(result)).toEqual([]);
    expect(result.variants).toEqual(['plain', 'subtasks', 'crash']);
  });
});
