import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lastAuction, lastPerson, NexmarkEvents } from '../../bench/nexmark/events.ts';
import { type GenerateOptions, generateNexmark } from '../../bench/nexmark/generate.ts';
import { generateSide } from '../../bench/nexmark/side.ts';

interface Event {
  event_type: number;
  person?: Fields;
  auction?: Fields;
  bid?: Fields;
}
type Numbers = 'id' | 'seller' | 'expires' | 'auction' | 'bidder' | 'price' | 'dateTime';
type Fields = Record<Numbers, number> & Record<'channel' | 'url' | 'extra', string>;

const folder = mkdtempSync(join(tmpdir(), 'weir-nexmark-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(events: number, options: Partial<GenerateOptions> = {}): { lines: string[]; bytes: number } {
  const out = join(folder, 'events.ndjson');
  const { bytes } = generateNexmark({ events, out, ...options });
  const text = readFileSync(out, 'latin1');
  expect(text.length).toBe(bytes);
  expect(text.endsWith('\n')).toBe(true);
  return { lines: text.slice(0, -1).split('\n'), bytes };
}

const COUNT = 20_000;
const { lines, bytes } = run(COUNT);
const events: Event[] = lines.map((line) => JSON.parse(line));
const bids = events.flatMap((event, number) => (event.bid ? [{ number, ...event.bid }] : []));
const auctions = events.flatMap((event, number) => (event.auction ? [{ number, ...event.auction }] : []));
const people = events.flatMap((event) => (event.person ? [event.person] : []));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the side table', () => {
  it('has a value for each key from 0 to 9,999, the same with each run, others with another seed', () => {
    const table = (seed: number) => {
      generateSide({ out: join(folder, 'side.csv'), seed });
      return readFileSync(join(folder, 'side.csv'), 'utf8');
    };
    const [head, ...rows] = table(1).trimEnd().split('\n');
    expect(head).toBe('key,value');
    expect(rows.map((row) => Number(row.split(',')[0]))).toEqual(Array.from({ length: 10_000 }, (_, key) => key));
    for (const row of rows) expect(row).toMatch(/^\d+,side-[a-z_]{3,19}$/);
    expect(table(1)).toBe(table(1));
    expect(table(2)).not.toBe(table(1));
  });
});

describe('the Nexmark generator', () => {
  it('gives 1 person, 3 auctions and 46 bids of every 50 events, in that order', () => {
    expect(events).toHaveLength(COUNT);
    const kind = (number: number) => (number % 50 === 0 ? 0 : number % 50 < 4 ? 1 : 2);
    expect(events.map((event) => event.event_type)).toEqual(events.map((_, number) => kind(number)));
  });

  it('writes the keys in the documented order', () => {
    const keys = (event: Event) => [Object.keys(event), Object.keys(event.person ?? event.auction ?? event.bid!)];
    expect(keys(events[0]!)).toEqual([
      ['event_type', 'person'],
      ['id', 'name', 'emailAddress', 'creditCard', 'city', 'state', 'dateTime', 'extra'],
    ]);
    expect(keys(events[1]!)[1]!.join(' ')).toBe(
      'id itemName description initialBid reserve dateTime expires seller category extra',
    );
    expect(keys(events[4]!)[1]!.join(' ')).toBe('auction bidder price channel url dateTime extra');
  });

  it('numbers people and auctions from 1000 without gaps', () => {
    expect(people.map((person) => person.id)).toEqual(people.map((_, i) => 1000 + i));
    expect(auctions.map((auction) => auction.id)).toEqual(auctions.map((_, i) => 1000 + i));
  });

  it('gives half of the bids to the hot auction and three quarters to the hot bidder', () => {
    const hotAuction = (bid: { number: number }) => 1000 + Math.floor(lastAuction(bid.number) / 100) * 100;
    const hotBidder = (bid: { number: number }) => 1001 + Math.floor(lastPerson(bid.number) / 100) * 100;
    const hotSeller = (auction: { number: number }) => hotBidder(auction) - 1;
    expect(mean(bids.map((bid) => Number(bid.auction === hotAuction(bid))))).toBeCloseTo(0.505, 1.5);
    expect(mean(bids.map((bid) => Number(bid.bidder === hotBidder(bid))))).toBeCloseTo(0.751, 1.5);
    expect(mean(auctions.map((auction) => Number(auction.seller === hotSeller(auction))))).toBeCloseTo(0.751, 1.3);
  });

  it('takes cold auctions from the last 100 and people from the last 1000', () => {
    const auctionAges = bids.map((bid) => lastAuction(bid.number) - (bid.auction - 1000));
    const bidderAges = bids.map((bid) => lastPerson(bid.number) - (bid.bidder - 1000));
    expect([Math.min(...auctionAges), Math.max(...auctionAges)]).toEqual([0, 99]);
    expect(Math.min(...bidderAges)).toBeGreaterThanOrEqual(-1); // the hot one may be just about to appear
    expect(Math.max(...bidderAges)).toBeLessThan(1000);
  });

  it('spreads prices evenly over six powers of ten', () => {
    const logs = bids.map((bid) => Math.log10(bid.price / 100));
    expect(Math.min(...logs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...logs)).toBeLessThanOrEqual(6);
    expect(mean(logs)).toBeCloseTo(3, 1);
  });

  it('names a hot channel in half of the bids, and the id of nine in ten of the others in their url', () => {
    const cold = bids.filter((bid) => bid.channel.startsWith('channel-'));
    expect(cold.length / bids.length).toBeCloseTo(0.5, 1.5);
    const named = cold.filter((bid) => bid.url.endsWith(`&channel_id=${bid.channel.slice('channel-'.length)}`));
    expect(named.length / cold.length).toBeCloseTo(0.9, 1.5);
    for (const bid of bids) {
      expect(bid.url).toMatch(/^https:\/\/www\.nexmark\.com\/\w{3,4}\/\w{3,4}\/\w{3,4}\/item\.htm\?query=1/);
    }
    expect(new Set(bids.map((bid) => `${bid.channel} ${bid.url}`)).size).toBe(
      new Set(bids.map((bid) => bid.channel)).size,
    );
  });

  it('lets an auction expire within twice the time in which 100 more auctions appear', () => {
    const open = auctions.map((auction) => auction.expires - auction.dateTime);
    expect(Math.min(...open)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...open)).toBeLessThanOrEqual(333);
    expect(mean(open)).toBeGreaterThan(150);
    expect(mean(open)).toBeLessThan(185);
  });

  it('keeps the sizes of the benchmark', () => {
    const fields = (record: object) => Object.values(record).filter((value) => typeof value === 'string');
    const size = (record: object) => fields(record).reduce((sum, value) => sum + value.length, 0);
    expect(mean(people.map(size)) + 8).toBeCloseTo(200, -1);
    expect(mean(auctions.map(size)) + 48).toBeCloseTo(500, -1);
    expect(mean(bids.map(size)) + 8).toBeCloseTo(100, -1);
    expect(bytes / COUNT).toBeGreaterThan(240);
    expect(bytes / COUNT).toBeLessThan(255);
  });

  it('spaces times by the rate, ascending', () => {
    expect(bids[0]!.dateTime).toBe(1_600_000_000_000);
    expect(bids.at(-1)!.dateTime).toBe(1_600_000_001_999);
    expect(bids.every((bid, i) => i === 0 || bid.dateTime >= bids[i - 1]!.dateTime)).toBe(true);
    const slow = new NexmarkEvents({ rate: 10, baseTime: 5000 });
    expect((slow.event(14) as unknown as Event).bid!.dateTime).toBe(6400);
  });

  it('puts times out of order by no more than the bound', () => {
    const late = new NexmarkEvents({ outOfOrderMs: 50 });
    const shifts = bids.slice(0, 500).map(({ number, dateTime }) => {
      return (late.event(number) as unknown as Event).bid!.dateTime - dateTime!;
    });
    expect(Math.min(...shifts)).toBe(0);
    expect(Math.max(...shifts)).toBe(50);
  });

  it('shuffles lines within the bound, and changes nothing in them', () => {
    const shuffled = run(COUNT, { rate: 1000, shuffleMs: 4000 }).lines;
    const ordered = run(COUNT, { rate: 1000 }).lines;
    expect([...shuffled].sort()).toEqual([...ordered].sort());
    const timeOf = (event: Event) => (event.person ?? event.auction ?? event.bid!).dateTime;
    let latest = 0;
    const lags = shuffled.map((line) => {
      const time = timeOf(JSON.parse(line));
      latest = Math.max(latest, time);
      return latest - time;
    });
    expect(Math.max(...lags)).toBeLessThan(4000);
    expect(Math.max(...lags)).toBeGreaterThan(3900);
    expect(mean(lags)).toBeGreaterThan(1500);
    expect(run(COUNT, { rate: 1000, shuffleMs: 4000 }).lines).toEqual(shuffled);
  });

  it('makes the same event alone as in a run, and another with another seed', () => {
    const alone = new NexmarkEvents({});
    for (const number of [19_999, 0, 1, 7, 12_345]) expect(alone.event(number)).toEqual(events[number]);
    expect(run(200).lines).toEqual(lines.slice(0, 200));
    expect(run(200, { seed: 2 }).lines).not.toEqual(lines.slice(0, 200));
    expect(new NexmarkEvents({ seed: 2 }).event(12_345)).not.toEqual(events[12_345]);
  });
});
