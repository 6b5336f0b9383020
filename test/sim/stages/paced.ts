import { prng } from '../../../src/base/prng.ts';
import { field, source } from '../../../src/stage/index.ts';

/** What the records of a paced source are made from. */
export interface PacedSpec {
  seed: string;
  splits: number;
  /** Records of each split. */
  count: number;
  /** How far a record may come behind the latest one of its split, ms. */
  outOfOrderMs: number;
}

/** A record of a split, in the order in which they arrive. */
export interface PacedRecord {
  id: string;
  key: string;
  value: number;
  /** Event time, and when it arrives, ms since the beginning. */
  at: number;
  arrives: number;
}

/** Records of one split: in bursts and with pauses, each so much later than its event time as the bound allows at most. */
export function recordsOf(spec: PacedSpec, split: number): PacedRecord[] {
  const next = prng(`${spec.seed} ${split}`);
  let at = 0;
  const records = Array.from({ length: spec.count }, (_, n): PacedRecord => {
    at += Math.floor(next() < 0.1 ? next() * 20_000 : next() * 900);
    const arrives = at + Math.floor(next() * (spec.outOfOrderMs + 1));
    const value = Math.floor(next() * 100);
    return { id: `${spec.seed}${split}-${n}`, key: `k${Math.floor(next() * 5)}`, value, at, arrives };
  });
  return records.sort((a, b) => a.arrives - b.arrives);
}

/** Gives the same records live, each when it arrives, or all at once. */
export default source({
  summary: 'Records at their own speed, or at once.',
  since: '0.1.0',
  options: {
    spec: field.any('What the records are made from.'),
    live: field.flag('Each record when it arrives.', { default: false }),
    batch: field.count('Records of a poll, when not live.', { default: 1000 }),
  },
  replayable: true,
  bounded: true,
  examples: [],
  async splits({ spec }) {
    return Array.from({ length: (spec as PacedSpec).splits }, (_, split) => ({ id: String(split), data: split }));
  },
  create({ spec, live, batch }, { now, after, wake }) {
    let splits: { id: string; number: number; records: PacedRecord[]; next: number }[] = [];
    let begun = 0;
    const ended = new Set<string>();
    return {
      open(assigned) {
        begun = now();
        splits = assigned.map(({ id, data, position }) => {
          const number = data as number;
          return { id, number, records: recordsOf(spec as PacedSpec, number), next: (position as number) ?? 0 };
        });
      },
      poll(out) {
        for (const { id, records, next } of splits) {
          if (next < records.length || ended.has(id)) continue;
          ended.add(id);
          out.endSplit(id);
        }
        const open = splits.filter(({ id }) => !ended.has(id));
        if (open.length === 0) return 'end';
        const due = (split: (typeof open)[number]) => (split.records[split.next] as PacedRecord).arrives;
        const first = open.reduce((a, b) => (due(b) < due(a) ? b : a));
        const inMs = begun + due(first) - now();
        if (live && inMs > 0) {
          after(inMs, wake);
          return 'wait';
        }
        // Live one record a poll; else as many as a poll may give, of one split.
        for (let i = 0; i < (live ? 1 : batch) && first.next < first.records.length; i++) {
          const { id, key, value, at } = first.records[first.next] as PacedRecord;
          const order = first.next++ * (spec as PacedSpec).splits + first.number;
          out.emit(first.id, { id, key, value, at }, order, at);
        }
        return 'more';
      },
      positions: () => Object.fromEntries(splits.map(({ id, next }) => [id, next])),
    };
  },
});
