import fc from 'fast-check';
import type { Row } from '../../../src/stage/row.ts';

/** What happens to a windowed stream, in order. */
export type Event = { kind: 'record'; key: string; time: number; x: number } | { kind: 'watermark'; time: number };

/** Records out of order, of few keys, between watermarks that only grow; some records are late. */
export function streams(span: number): fc.Arbitrary<Event[]> {
  const record = fc.record({
    kind: fc.constant('record' as const),
    key: fc.constantFrom('a', 'b', 'c'),
    time: fc.integer({ min: -5, max: span }),
    x: fc.integer({ min: -3, max: 9 }),
  });
  const watermark = fc.record({ kind: fc.constant('watermark' as const), time: fc.integer({ min: -5, max: span }) });
  return fc
    .array(fc.oneof({ weight: 5, arbitrary: record }, { weight: 1, arbitrary: watermark }), { maxLength: 60 })
    .map((events) => {
      let highest = Number.NEGATIVE_INFINITY;
      return events.map((event) => {
        if (event.kind === 'record') return event;
        highest = Math.max(highest, event.time);
        return { kind: 'watermark' as const, time: highest };
      });
    });
}

/** Aggregates with all kinds of accumulators. */
export const AGGREGATES = {
  n: 'count()',
  total: 'sum(x)',
  low: 'min(x)',
  middle: 'median(x)',
  kinds: 'distinct(x)',
  last: 'last(x)',
  list: 'collect(x)',
};

export interface Kept {
  time: number;
  order: number;
  x: number;
}

/** The same aggregates, written down plainly. */
export function aggregateOf(records: readonly Kept[]): Row {
  const sorted = [...records].sort((a, b) => a.time - b.time || a.order - b.order);
  const values = sorted.map(({ x }) => x);
  const ranked = [...values].sort((a, b) => a - b);
  const at = (ranked.length - 1) / 2;
  return {
    n: values.length,
    total: values.reduce((sum, x) => sum + x, 0),
    low: ranked[0],
    middle: ((ranked[Math.floor(at)] as number) + (ranked[Math.ceil(at)] as number)) / 2,
    kinds: new Set(values).size,
    last: values.at(-1),
    list: values,
  };
}

export interface ModelResult {
  rows: Row[];
  late: number;
}

/** Every window keeps every record: what tumbling and hopping windows must give. */
export function windowModel(
  events: readonly Event[],
  {
    size,
    every = size,
    offset = 0,
    lateness = 0,
  }: { size: number; every?: number; offset?: number; lateness?: number },
): ModelResult {
  const groups = new Map<string, { key: string; start: number; records: Kept[] }>();
  let watermark = Number.NEGATIVE_INFINITY;
  let late = 0;
  events.forEach((event, order) => {
    if (event.kind === 'watermark') {
      watermark = event.time;
      return;
    }
    const starts = [];
    for (let start = offset - every * 100; start <= event.time; start += every) {
      if (event.time < start + size) starts.push(start);
    }
    const open = starts.filter((start) => start + size - 1 + lateness > watermark);
    if (starts.length > 0 && open.length === 0) late++;
    for (const start of open) {
      const id = `${event.key} ${start}`;
      const group = groups.get(id) ?? { key: event.key, start, records: [] };
      groups.set(id, group);
      group.records.push({ time: event.time, order, x: event.x });
    }
  });
  const rows = [...groups.values()].map(({ key, start, records }) => {
    return { key, ...aggregateOf(records), windowStart: start, windowEnd: start + size };
  });
  return { rows: sorted(rows), late };
}

/** Every window that grows by steps keeps every record. */
export function cumulativeModel(
  events: readonly Event[],
  { size, every, offset, lateness }: { size: number; every: number; offset: number; lateness: number },
): ModelResult {
  const groups = new Map<string, { key: string; start: number; end: number; records: Kept[] }>();
  let watermark = Number.NEGATIVE_INFINITY;
  let late = 0;
  events.forEach((event, order) => {
    if (event.kind === 'watermark') {
      watermark = event.time;
      return;
    }
    let start = offset;
    while (start > event.time) start -= size;
    while (start + size <= event.time) start += size;
    const ends = [];
    for (let end = start + every; end <= start + size; end += every) if (end > event.time) ends.push(end);
    const open = ends.filter((end) => end - 1 + lateness > watermark);
    if (open.length === 0) late++;
    for (const end of open) {
      const id = `${event.key} ${end}`;
      const group = groups.get(id) ?? { key: event.key, start, end, records: [] };
      groups.set(id, group);
      group.records.push({ time: event.time, order, x: event.x });
    }
  });
  const rows = [...groups.values()].map(({ key, start, end, records }) => {
    return { key, ...aggregateOf(records), windowStart: start, windowEnd: end };
  });
  return { rows: sorted(rows), late };
}

/** Sessions by looking through all open ones for every record. */
export function sessionModel(events: readonly Event[], gap: number): ModelResult {
  let open: { key: string; records: Kept[] }[] = [];
  const rows: Row[] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  let late = 0;
  const first = (records: Kept[]) => Math.min(...records.map(({ time }) => time));
  const last = (records: Kept[]) => Math.max(...records.map(({ time }) => time));
  const close = (until: number) => {
    for (const { key, records } of open.filter((session) => last(session.records) + gap <= until)) {
      rows.push({ key, ...aggregateOf(records), windowStart: first(records), windowEnd: last(records) + gap });
    }
    open = open.filter((session) => last(session.records) + gap > until);
  };
  events.forEach((event, order) => {
    if (event.kind === 'watermark') {
      watermark = event.time;
      close(watermark);
      return;
    }
    const { key, time, x } = event;
    const touched = open.filter(
      ({ key: other, records }) => other === key && time >= first(records) - gap && time <= last(records) + gap,
    );
    if (touched.length === 0 && time + gap <= watermark) {
      late++;
      return;
    }
    const merged = { key, records: [...touched.flatMap(({ records }) => records), { time, order, x }] };
    open = [...open.filter((session) => !touched.includes(session)), merged];
  });
  close(Number.POSITIVE_INFINITY);
  return { rows: sorted(rows), late };
}

export function sorted(rows: readonly Row[]): Row[] {
  const padded = (time: unknown) => String(Number(time) + 1e6).padStart(9, '0');
  const text = (row: Row) => `${padded(row.windowStart)} ${row.key} ${padded(row.windowEnd)}`;
  return [...rows].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
