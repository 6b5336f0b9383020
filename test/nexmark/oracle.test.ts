import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { generateNexmark } from '../../bench/nexmark/generate.ts';
import { Oracle } from '../../bench/nexmark/oracle/oracle.mjs';
import { queryNames } from '../../bench/nexmark/queries.mjs';
import { generateSide } from '../../bench/nexmark/side.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-oracle-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
generateSide({ out: at('side.csv') });
let oracle: Oracle | undefined;
afterEach(() => oracle?.close());

type Row = Record<string, unknown>;
const ndjson = (rows: Row[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

function written(rows: Row[]): string {
  writeFileSync(at('out.ndjson'), ndjson(rows));
  return at('out.ndjson');
}

async function over(events: Row[]): Promise<Oracle> {
  oracle?.close();
  writeFileSync(at('few.ndjson'), ndjson(events));
  oracle = await Oracle.open({ events: at('few.ndjson'), side: at('side.csv') });
  return oracle;
}

const EVENING = Date.UTC(2026, 0, 31, 23, 59, 59);
const bid = (fields: Row) => ({
  event_type: 2,
  bid: {
    auction: 1,
    bidder: 1,
    price: 100,
    channel: 'Apple',
    url: 'https://a.org/x/y/z/i',
    dateTime: 0,
    extra: '',
    ...fields,
  },
});
const auction = (fields: Row) => ({
  event_type: 1,
  auction: {
    ...{ id: 1, itemName: 'cup', description: 'blue', initialBid: 1, reserve: 2, dateTime: 0, expires: 5000 },
    ...{ seller: 1, category: 10, extra: '' },
    ...fields,
  },
});
const person = (fields: Row) => ({
  event_type: 0,
  person: {
    ...{ id: 1, name: 'Ada', emailAddress: 'a@b', creditCard: '1', city: 'Bend', state: 'OR', dateTime: 0, extra: '' },
    ...fields,
  },
});

test('every query has its SQL, here and for the peer', () => {
  const sqlIn = (path: string) =>
    readdirSync(new URL(`../../bench/${path}/`, import.meta.url))
      .filter((f) => f.endsWith('.sql'))
      .sort();
  const queries = sqlIn('nexmark/oracle');
  expect(queries).toEqual(expect.arrayContaining(queryNames().map((name) => `${name}.sql`)));
  expect(sqlIn('peers/flink/sql')).toEqual(queries);
});

test('a line is numbered as it stands in the file', async () => {
  generateNexmark({ events: 150_000, shuffleMs: 1000, out: at('many.ndjson') });
  oracle = await Oracle.open({ events: at('many.ndjson'), side: at('side.csv') });
  const rows = await oracle.rows(
    'SELECT coalesce(bid.extra, auction.extra, person.extra) AS extra FROM event ORDER BY line',
  );
  const lines = readFileSync(at('many.ndjson'), 'utf8').trimEnd().split('\n');
  expect(rows.map(({ extra }) => extra)).toEqual(lines.map((line) => /"extra":"(.*)"/.exec(line)?.[1]));
});

describe('what the queries give where a rule has an edge', () => {
  const edges: [string, string, Row[], Row[]][] = [
    [
      'q4',
      'a bid counts from the opening to the expiry, both included',
      [
        auction({ dateTime: 1000 }),
        bid({ price: 900, dateTime: 999 }),
        bid({ price: 10, dateTime: 1000 }),
        bid({ price: 20, dateTime: 5000 }),
        bid({ price: 800, dateTime: 5001 }),
        auction({ id: 2 }),
        bid({ auction: 2, price: 25 }),
        auction({ id: 3 }), // without a bid
      ],
      [{ category: 10, final: 22.5 }],
    ],
    [
      'q5',
      'windows begin before the first event, and ties are all kept',
      [bid({ dateTime: 9000 }), bid({ auction: 2, dateTime: 10_000 }), bid({ auction: 2, dateTime: 11_999 })],
      [
        { auction: 1, num: 1, windowStart: 0, windowEnd: 10_000 },
        ...[2, 4, 6, 8].map((s) => ({ auction: 2, num: 2, windowStart: s * 1000, windowEnd: (s + 10) * 1000 })),
        { auction: 2, num: 2, windowStart: 10_000, windowEnd: 20_000 },
      ],
    ],
    [
      'q7',
      'ties are all kept',
      [
        bid({ bidder: 2, price: 7 }),
        bid({ price: 7, dateTime: 9999 }),
        bid({ price: 3 }),
        bid({ price: 3, dateTime: 10_000 }),
      ],
      [
        { auction: 1, bidder: 2, price: 7, dateTime: 0, extra: '' },
        { auction: 1, bidder: 1, price: 7, dateTime: 9999, extra: '' },
        { auction: 1, bidder: 1, price: 3, dateTime: 10_000, extra: '' },
      ],
    ],
    [
      'q8',
      'once each, in the window in which they appeared',
      [
        person({ dateTime: 9000 }),
        auction({ dateTime: 1 }),
        auction({ id: 2, dateTime: 9999 }),
        person({ id: 2, dateTime: 9000 }),
        auction({ id: 3, seller: 2, dateTime: 10_000 }),
      ],
      [{ id: 1, name: 'Ada', starttime: 0 }],
    ],
    [
      'q9',
      'of equal prices the earliest wins, then the first in the stream',
      [
        auction({}),
        bid({ bidder: 1, price: 9, dateTime: 20 }),
        bid({ bidder: 2, price: 9, dateTime: 10 }),
        bid({ bidder: 3, price: 9, dateTime: 10 }),
        bid({ bidder: 4, price: 8, dateTime: 0 }),
      ],
      [
        {
          ...auction({}).auction,
          ...{ auction: 1, bidder: 2, price: 9, bid_dateTime: 10, bid_extra: '' },
        },
      ],
    ],
    [
      'q11',
      'bids exactly ten seconds apart belong together',
      [
        bid({ dateTime: 20_001 }),
        bid({ dateTime: 0 }),
        bid({ dateTime: 10_000 }),
        bid({ dateTime: 0 }),
        bid({ bidder: 2 }),
      ],
      [
        { bidder: 1, bid_count: 3, starttime: 0, endtime: 20_000 },
        { bidder: 1, bid_count: 1, starttime: 20_001, endtime: 30_001 },
        { bidder: 2, bid_count: 1, starttime: 0, endtime: 10_000 },
      ],
    ],
    [
      'q14',
      'the hours of the day, and the letters c',
      [6, 7, 8, 18, 19, 20].map((h) => bid({ price: 2_000_000, dateTime: h * 3_600_000, extra: 'accC'.slice(h % 3) })),
      ['nightTime', 'otherTime', 'dayTime', 'dayTime', 'otherTime', 'nightTime'].map((bidTimeType, i) => {
        const h = [6, 7, 8, 18, 19, 20][i] as number;
        const c_counts = [2, 2, 1][h % 3];
        const extra = 'accC'.slice(h % 3);
        return { auction: 1, bidder: 1, price: 1_816_000, bidTimeType, dateTime: h * 3_600_000, extra, c_counts };
      }),
    ],
    [
      'q16',
      'the latest minute of a day, and ranks that begin at their bound',
      [
        bid({ price: 9999, dateTime: EVENING }),
        bid({ price: 10_000, bidder: 2, dateTime: EVENING - 3_600_000 }),
        bid({ price: 1_000_000, bidder: 2, dateTime: EVENING + 1000 }),
      ],
      [
        {
          ...{ channel: 'Apple', day: '2026-01-31', minute: '23:59' },
          ...{ total_bids: 2, rank1_bids: 1, rank2_bids: 1, rank3_bids: 0 },
          ...{ total_bidders: 2, rank1_bidders: 1, rank2_bidders: 1, rank3_bidders: 0 },
          ...{ total_auctions: 1, rank1_auctions: 1, rank2_auctions: 1, rank3_auctions: 0 },
        },
        {
          ...{ channel: 'Apple', day: '2026-02-01', minute: '00:00' },
          ...{ total_bids: 1, rank1_bids: 0, rank2_bids: 0, rank3_bids: 1 },
          ...{ total_bidders: 1, rank1_bidders: 0, rank2_bidders: 0, rank3_bidders: 1 },
          ...{ total_auctions: 1, rank1_auctions: 0, rank2_auctions: 0, rank3_auctions: 1 },
        },
      ],
    ],
    [
      'q18',
      'the last by time, then in the stream',
      [bid({ price: 3, dateTime: 5 }), bid({ price: 1, dateTime: 5 }), bid({ price: 2, dateTime: 4 })],
      [{ ...bid({ price: 1, dateTime: 5 }).bid }],
    ],
    [
      'q19',
      'ten, and of equal prices the first in the stream',
      [...Array.from({ length: 11 }, (_, i) => bid({ bidder: i, dateTime: 100 - i })), bid({ price: 101 })],
      [
        { ...bid({ price: 101 }).bid, rank_number: 1 },
        ...Array.from({ length: 9 }, (_, i) => ({ ...bid({ bidder: i, dateTime: 100 - i }).bid, rank_number: i + 2 })),
      ],
    ],
    [
      'q21',
      'channels in any case, ids from the url, and none left out',
      [
        ...['aPPLE', 'Google', 'FACEBOOK', 'baidu'].map((channel) => bid({ channel, url: 'x&channel_id=9' })),
        bid({ channel: 'channel-7', url: 'https://a.org/i.htm?query=1&channel_id=7' }),
        bid({ channel: 'channel-8', url: 'https://a.org/i.htm?query=1' }),
      ],
      [...['aPPLE', 'Google', 'FACEBOOK', 'baidu', 'channel-7'].entries()].map(([i, channel]) => {
        return { auction: 1, bidder: 1, price: 100, channel, channel_id: i === 4 ? '7' : String(i) };
      }),
    ],
  ];
  test.each(edges)('%s: %s', async (query, _, events, rows) => {
    const report = await (await over(events)).check(query, written(rows));
    expect(report).toEqual({ query, rows: rows.length, faults: [] });
  });
});

describe('bids by the wall clock', () => {
  const events = [bid({}), bid({}), bid({ bidder: 2 })];
  const row = (bidder: number, bid_count: number, starttime: number, ms = 10_000) => {
    return { bidder, bid_count, starttime, endtime: starttime + ms };
  };
  const check = async (rows: Row[]) => (await (await over(events)).check('q12', written(rows))).faults.length;

  test('may fall into any windows', async () => {
    expect(await check([row(1, 1, 70_000), row(1, 1, 90_000), row(2, 1, 80_000)])).toBe(0);
    expect(await check([row(2, 1, 0), row(1, 2, 0)])).toBe(0);
  });
  test.each([
    ['a bid is missing', [row(1, 1, 70_000), row(2, 1, 70_000)]],
    ['a bid counts twice', [row(1, 2, 70_000), row(1, 1, 80_000), row(2, 1, 70_000)]],
    ['a window comes twice', [row(1, 1, 70_000), row(1, 1, 70_000), row(2, 1, 70_000)]],
    ['a window begins elsewhere', [row(1, 1, 70_000), row(1, 1, 80_001), row(2, 1, 70_000)]],
    ['a window is shorter', [row(1, 1, 70_000), row(1, 1, 80_000, 9999), row(2, 1, 70_000)]],
    ['all are shorter', [row(1, 2, 70_000, 9999), row(2, 1, 70_000, 9999)]],
  ])('are wrong when %s', async (_, rows) => {
    expect(await check(rows)).toBeGreaterThan(0);
  });
});

describe('a comparison', () => {
  const events = [bid({ price: 3 }), bid({ price: 3 }), bid({ price: 5, bidder: 2 })];
  const right = [3, 5, 3].map((price) => ({
    price: price * 0.908,
    bidder: price === 5 ? 2 : 1,
    auction: 1,
    dateTime: 0,
    extra: '',
  }));
  const faults = async (rows: Row[]) => (await (await over(events)).check('q1', written(rows))).faults;

  test('finds nothing wrong with the right rows in another order', async () => {
    expect(await faults(right)).toEqual([]);
  });
  test('takes doubles for equal that differ by rounding, and no others', async () => {
    expect(await faults(right.map((row) => ({ ...row, price: row.price * (1 + 1e-12) })))).toEqual([]);
    expect(await faults(right.map((row) => ({ ...row, price: row.price * (1 + 1e-8) })))).toHaveLength(6);
  });
  test('finds rows that are missing, too many, or not right', async () => {
    expect(await faults(right.slice(1))).toEqual([expect.stringMatching(/^missing \(1 of 1\): .*2\.7/)]);
    expect(await faults([...right, right[2] as Row])).toEqual([
      expect.stringMatching(/^not expected \(1 of 1\): .*2\.7/),
    ]);
    expect(await faults([])).toHaveLength(3);
    const [first, ...others] = right;
    expect(await faults([{ ...first, extra: 'x' }, ...others])).toEqual([
      expect.stringMatching(/^not expected .*"x"/),
      expect.stringMatching(/^missing /),
    ]);
  });
  test('finds columns that are missing, too many, or of another type', async () => {
    const all = (change: Row) => right.map((row) => ({ ...row, ...change }));
    expect(await faults(all({ bidder: undefined }))).toEqual(['bidder must be BIGINT, and is missing']);
    expect(await faults(all({ bidder: '1' }))).toEqual(['bidder must be BIGINT, and is VARCHAR']);
    expect(await faults(all({ bidder: 1.5 }))).toEqual(['bidder must be BIGINT, and is DOUBLE']);
    expect(await faults(all({ bidder: null }))).toHaveLength(6);
    expect(await faults(all({ url: 'x' }))).toEqual(['url is no column of the query']);
  });
  test('finds a file that is not there', async () => {
    const report = await (await over(events)).check('q1', at('nowhere'));
    expect(report.faults).toEqual([`there is no ${at('nowhere')}`]);
  });
  test('reads a folder of parts, and finds rows in the wrong folder', async () => {
    const late = bid({ dateTime: EVENING + 1000 });
    const { channel, url, ...row } = late.bid;
    const check = async (minute: string) => {
      const path = join(folder, 'parts', 'day=2026-02-01', `minute=${minute}`);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'part-0.ndjson'), ndjson([row]));
      const { faults } = await (await over([late])).check('q10', at('parts'));
      rmSync(at('parts'), { recursive: true });
      return faults;
    };
    expect(await check('00%3A00')).toEqual([]);
    expect(await check('00%3A01')).toHaveLength(2);
  });
});
