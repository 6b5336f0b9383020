import { readFileSync } from 'node:fs';

interface Bid {
  auction: number;
  bidder: number;
  price: number;
  channel: string;
  url: string;
  dateTime: number;
  extra: string;
}

/** The bids of a file of Nexmark events, in order. */
export function readBids(file: string): Bid[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { event_type: number; bid: Bid })
    .filter(({ event_type }) => event_type === 2)
    .map(({ bid }) => bid);
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/**
 * What each query gives, computed in the plainest way from the whole input at once: arrays, no streams, no windows that
 * close, nothing of Weir's.
 */
export const ORACLE: Record<string, (bids: Bid[]) => object[]> = {
  q0: (bids) =>
    bids.map(({ auction, bidder, price, dateTime, extra }) => ({ auction, bidder, price, dateTime, extra })),
  q1: (bids) =>
    bids.map(({ auction, bidder, price, dateTime, extra }) => ({
      auction,
      bidder,
      price: price * 0.908,
      dateTime,
      extra,
    })),
  q2: (bids) => bids.filter(({ auction }) => auction % 123 === 0).map(({ auction, price }) => ({ auction, price })),
  q7: (bids) =>
    [...groupBy(bids, ({ dateTime }) => Math.floor(dateTime / 10_000)).values()].flatMap((window) => {
      const highest = Math.max(...window.map(({ price }) => price));
      return ORACLE.q0!(window.filter(({ price }) => price === highest));
    }),
  q11: (bids) =>
    [...groupBy(bids, ({ bidder }) => bidder)].flatMap(([bidder, own]) => {
      const times = own.map(({ dateTime }) => dateTime).sort((a, b) => a - b);
      const sessions: number[][] = [];
      for (const time of times) {
        const last = sessions.at(-1);
        if (last && time - (last.at(-1) as number) <= 10_000) last.push(time);
        else sessions.push([time]);
      }
      return sessions.map((s) => ({
        bidder,
        bid_count: s.length,
        starttime: s[0],
        endtime: (s.at(-1) as number) + 10_000,
      }));
    }),
  q17: (bids) =>
    [...groupBy(bids, ({ auction, dateTime }) => `${auction} ${new Date(dateTime).toISOString().slice(0, 10)}`)].map(
      ([key, own]) => {
        const prices = own.map(({ price }) => price);
        const sum = prices.reduce((a, b) => a + b, 0);
        const [auction, day] = key.split(' ') as [string, string];
        return {
          auction: Number(auction),
          day,
          total_bids: prices.length,
          rank1_bids: prices.filter((p) => p < 10_000).length,
          rank2_bids: prices.filter((p) => p >= 10_000 && p < 1_000_000).length,
          rank3_bids: prices.filter((p) => p >= 1_000_000).length,
          min_price: Math.min(...prices),
          max_price: Math.max(...prices),
          avg_price: sum / prices.length,
          sum_price: sum,
        };
      },
    ),
  q22: (bids) =>
    bids.map(({ auction, bidder, price, channel, url }) => {
      const [, , , dir1, dir2, dir3] = url.split('/');
      return { auction, bidder, price, channel, dir1, dir2, dir3 };
    }),
};

/** Lines in an order of their own, so that two results can be compared whatever order they came in. */
export function sortedLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

/** The lines that a query must give, sorted. */
export function expectedLines(query: string, bids: Bid[]): string[] {
  return ORACLE[query]!(bids)
    .map((row) => JSON.stringify(row))
    .sort();
}
