import type { Row } from '#stage';
import type { KeyRuns, Run, Taken } from './runs.ts';

type TakenData = [record: number, step: number, before: number];
type RecordData = [row: Row, time: number, order: number, index: number];
type RunData = [last: number, count: number, skipped: boolean, seen: number];

/** The partial matches of a key as msgpack-able data: what branches share is written once. */
export interface KeyRunsData {
  next: number;
  records: RecordData[];
  taken: TakenData[];
  runs: RunData[];
}

export function encodeRuns({ next, runs }: KeyRuns): KeyRunsData {
  const data: KeyRunsData = { next, records: [], taken: [], runs: [] };
  const records = new Map<number, number>();
  const known = new Map<Taken, number>();
  const placeOf = (last: Taken): number => {
    const way: Taken[] = [];
    let taken: Taken | undefined = last;
    for (; taken !== undefined && !known.has(taken); taken = taken.before) way.push(taken);
    let before = taken === undefined ? -1 : (known.get(taken) as number);
    for (const one of way.reverse()) {
      const { row, time, order, index, step } = one;
      let record = records.get(index);
      if (record === undefined) {
        record = data.records.push([row, time, order, index]) - 1;
        records.set(index, record);
      }
      before = data.taken.push([record, step, before]) - 1;
      known.set(one, before);
    }
    return before;
  };
  data.runs = runs.map(({ last, count, skipped, seen }) => [placeOf(last), count, skipped, seen]);
  return data;
}

export function decodeRuns({ next, records, taken, runs }: KeyRunsData): KeyRuns {
  const known: Taken[] = [];
  const starts: Taken[] = [];
  for (const [record, step, before] of taken) {
    const [row, time, order, index] = records[record] as RecordData;
    const one = { row, time, order, index, step, before: known[before] };
    starts.push(starts[before] ?? one);
    known.push(one);
  }
  return {
    next,
    runs: runs.map(([last, count, skipped, seen]): Run => {
      return { start: starts[last] as Taken, last: known[last] as Taken, count, skipped, seen };
    }),
  };
}
