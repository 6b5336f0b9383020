import fc from 'fast-check';
import { expect } from 'vitest';
import join from '../../../actors/operators/join.ts';
import type { Row } from '../../../src/stage/row.ts';
import { OperatorDriver, type OperatorState } from '../../../src/testkit/operator-driver.ts';

/** A record of one of the two streams; `key` is matched, `n` tells it from all others. */
export interface Event {
  left: boolean;
  time: number;
  /** Null matches nothing. */
  key: number | null;
  n: number;
}

/** No record comes more than so much behind the latest one, so none is late. */
const OUT_OF_ORDER = 10;

const keys = fc.constantFrom(0, 1, 2, null);
export const events = fc
  .array(fc.record({ left: fc.boolean(), step: fc.nat(12), back: fc.nat(OUT_OF_ORDER), key: keys }), {
    maxLength: 60,
  })
  .map((list) => {
    let now = 0;
    return list.map(({ left, step, back, key }, n): Event => {
      now += step;
      return { left, time: now - back, key, n };
    });
  });

/** `as: other`, and a result that says which two records it is of. */
export const options = (more: Row): Row => ({
  with: 'others',
  on: 'key',
  as: 'other',
  select: { a: 'n', b: 'other.n', t: 'eventTime()' },
  ...more,
});

interface Run {
  /** A new instance goes on from a checkpoint before each of these events. */
  restarts?: ReadonlySet<number>;
  /** One stream is read faster than the other, so the watermark is that of the one behind. */
  apart?: boolean;
}

/** What the join gives for these records, in this order, up to the end of the input; nothing of it is late. */
export function run(given: Row, list: readonly Event[], { restarts = new Set(), apart = false }: Run = {}): Row[] {
  const out: Row[] = [];
  let driver = new OperatorDriver(join, given);
  const latest = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY] as [number, number];
  const all = apart ? Math.min : Math.max;
  const timed = given.window || given.within || given.asOf || given.ttl;
  let passed = Number.NEGATIVE_INFINITY;
  let seen = 0;
  // What comes out is on time for those who follow, whatever the records have met.
  const onTime = () => {
    const late = driver.out.slice(seen).filter(({ time, retract }) => timed && !retract && time <= passed);
    expect(late).toEqual([]);
    seen = driver.out.length;
  };
  list.forEach(({ left, time, key, n }, i) => {
    if (restarts.has(i)) {
      const from: OperatorState = driver.snapshot();
      out.push(...driver.take());
      driver = new OperatorDriver(join, given, { from });
      seen = 0;
    }
    driver.push({ key, n }, { time, order: n, ...(left ? {} : { input: 'with' }) });
    const side = left ? 0 : 1;
    latest[side] = Math.max(latest[side], time);
    const watermark = all(...latest) - OUT_OF_ORDER - 1;
    onTime();
    if (i % 3 !== 0 || watermark <= passed) return;
    driver.watermark(watermark);
    onTime();
    passed = watermark;
  });
  driver.end();
  onTime();
  expect(driver.late).toEqual([]);
  expect(driver.keyedSize).toBe(timed ? 0 : driver.keyedSize);
  return [...out, ...driver.take()];
}

export const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort();
export const lefts = (list: readonly Event[]) => list.filter(({ left }) => left);
export const rights = (list: readonly Event[]) => list.filter(({ left }) => !left);

/** The same records, each stream in its order, taken by turns of whichever (true: this one). */
export function apart(list: readonly Event[], turns: readonly boolean[]): Event[] {
  const [left, right] = [lefts(list), rights(list)];
  const mixed = turns.flatMap((turn) => (turn ? left : right).splice(0, 1));
  return [...mixed, ...left, ...right];
}

export type Kind = 'inner' | 'left' | 'semi' | 'anti';

/** All pairs for which a condition holds, in the plainest way. `time` is that of a pair, or of a record without one. */
export function naive(
  list: readonly Event[],
  kind: Kind,
  matches: (a: Event, b: Event) => boolean,
  time: (a: Event, b: Event | null) => number,
): Row[] {
  return lefts(list).flatMap((a): Row[] => {
    const found = rights(list).filter((b) => a.key !== null && a.key === b.key && matches(a, b));
    const alone = { a: a.n, b: null };
    if (kind === 'semi') return found.length > 0 ? [{ ...alone, t: Math.min(...found.map((b) => time(a, b))) }] : [];
    if (kind !== 'inner' && found.length === 0) return [{ ...alone, t: time(a, null) }];
    if (kind === 'anti') return [];
    return found.map((b) => ({ a: a.n, b: b.n, t: time(a, b) }));
  });
}

export const kinds: Kind[] = ['inner', 'left', 'semi', 'anti'];
export const restarts = fc.uniqueArray(fc.nat(60), { maxLength: 4 }).map((list) => new Set(list));

/** What is left of a changelog: each retraction takes back one equal row that came before it. */
export function fold(rows: readonly Row[]): string[] {
  const left: string[] = [];
  for (const { $retract, ...row } of rows) {
    const text = JSON.stringify(row);
    if ($retract !== true) left.push(text);
    else {
      const i = left.lastIndexOf(text);
      expect(i, `${text} is retracted and was never given`).toBeGreaterThanOrEqual(0);
      left.splice(i, 1);
    }
  }
  return left.sort();
}
