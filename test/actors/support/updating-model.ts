import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Row } from '../../../src/stage/row.ts';
import { aggregateOf, type Kept } from './window-models.ts';

/** What happens to windows that give results early or again: records, watermarks that only grow, the clock, restarts with a look at it. */
export type UpdatingEvent =
  | { kind: 'record'; key: string; time: number; x: number }
  | { kind: 'watermark'; time: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'restart' };

/** Few keys, out of order, some late. */
export const updatingEvents: fc.Arbitrary<UpdatingEvent[]> = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('record' as const),
          key: fc.constantFrom('a', 'b'),
          time: fc.integer({ min: -5, max: 40 }),
          x: fc.integer({ min: -3, max: 9 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('watermark' as const), time: fc.integer({ min: -5, max: 40 }) }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
    ),
    { maxLength: 50 },
  )
  .map((list) => {
    let highest = Number.NEGATIVE_INFINITY;
    return list.map((event) => {
      if (event.kind !== 'watermark') return event;
      highest = Math.max(highest, event.time);
      return { kind: 'watermark' as const, time: highest };
    });
  });

export interface UpdatingShape {
  /** The windows that a time is in, by their ends. */
  windowsOf(time: number): { start: number; end: number }[];
  /** Only the first of them that has not ended gives early results. */
  growing: boolean;
  every: number | undefined;
  records: number | undefined;
  update: boolean;
  lateness: number;
}

interface Group {
  key: string;
  start: number;
  end: number;
  kept: Kept[];
  last: Row | undefined;
  count: number;
  over: boolean;
  late: boolean;
}

/** What comes out at each event, and at the end; every group keeps every record, and all are looked through every time. */
export function updatingModel(events: readonly UpdatingEvent[], shape: UpdatingShape, begun: number) {
  const { windowsOf, growing, every, records, update, lateness } = shape;
  let groups: Group[] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  let now = begun;
  let late = 0;
  /** Records since the clock last gave. */
  let changed: { key: string; time: number }[] = [];
  let out: Row[] = [];
  const endsAt = (end: number) => end - 1 + (update ? 0 : lateness);
  const give = (group: Group) => {
    const row = { key: group.key, ...aggregateOf(group.kept), windowStart: group.start, windowEnd: group.end };
    if (isDeepStrictEqual(row, group.last)) return;
    if (group.last !== undefined) out.push({ ...group.last, $retract: true });
    out.push(row);
    group.last = row;
  };
  const early = (time: number) => {
    const ends = windowsOf(time).filter(({ end }) => endsAt(end) > watermark);
    return (growing ? ends.slice(0, 1) : ends).map(({ end }) => end);
  };
  const giveLate = () => {
    for (const group of groups.filter((one) => one.late)) {
      group.late = false;
      give(group);
    }
  };
  const step = (event: UpdatingEvent, order: number) => {
    if (event.kind === 'record') {
      const { key, time, x } = event;
      const windows = windowsOf(time);
      const open = windows.filter(({ end }) => end - 1 + lateness > watermark);
      if (windows.length > 0 && open.length === 0) late++;
      if (open.length === 0) return;
      changed.push({ key, time });
      for (const { start, end } of open) {
        let group = groups.find((one) => one.key === key && one.end === end);
        if (group === undefined) {
          group = { key, start, end, kept: [], last: undefined, count: 0, over: endsAt(end) <= watermark, late: false };
          groups.push(group);
        }
        group.kept.push({ time, order, x });
        if (group.over) group.late = true;
        else if (early(time).includes(end) && ++group.count === records) {
          group.count = 0;
          give(group);
        }
      }
    } else if (event.kind === 'wait') {
      giveLate();
      const before = now;
      now += event.ms;
      if (every === undefined || Math.floor(now / every) === Math.floor(before / every)) return;
      for (const { key, time } of changed) {
        for (const end of early(time)) give(groups.find((one) => one.key === key && one.end === end) as Group);
      }
      changed = [];
    } else if (event.kind === 'watermark') {
      giveLate();
      watermark = event.time;
      for (const group of groups.filter(({ end, over }) => !over && endsAt(end) <= watermark)) {
        group.over = true;
        give(group);
      }
      groups = groups.filter(({ end }) => end - 1 + lateness > watermark);
    } else {
      giveLate();
      // All is looked at anew: where windows grow, one may show that was not in hand when its records came.
      changed = groups.flatMap(({ key, kept }) => kept.map(({ time }) => ({ key, time })));
    }
  };
  const given = [...events, { kind: 'watermark' as const, time: Number.POSITIVE_INFINITY }].map((event, order) => {
    out = [];
    step(event, order);
    return textsOf(out);
  });
  return { given, late };
}

/** Rows as text, in any order. */
export function textsOf(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
