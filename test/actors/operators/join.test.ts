import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import join from '../../../actors/operators/join.ts';
import { KEY_GROUPS } from '../../../src/base/hash.ts';
import type { Row } from '../../../src/stage/row.ts';
import { OperatorDriver, type OperatorState } from '../../../src/testkit/operator-driver.ts';

/** A record of one of the two streams; `key` is matched, `n` tells it from all others. */
interface Event {
  left: boolean;
  time: number;
  /** Null matches nothing. */
  key: number | null;
  n: number;
}

/** No record comes more than so much behind the latest one, so none is late. */
const OUT_OF_ORDER = 10;

const keys = fc.constantFrom(0, 1, 2, null);
const events = fc
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

const options = (more: Row): Row => ({
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

function run(given: Row, list: readonly Event[], { restarts = new Set(), apart = false }: Run = {}): Row[] {
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

const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort();
const lefts = (list: readonly Event[]) => list.filter(({ left }) => left);
const rights = (list: readonly Event[]) => list.filter(({ left }) => !left);

/** The same records, each stream in its order, taken by turns of whichever (true: this one). */
function apart(list: readonly Event[], turns: readonly boolean[]): Event[] {
  const [left, right] = [lefts(list), rights(list)];
  const mixed = turns.flatMap((turn) => (turn ? left : right).splice(0, 1));
  return [...mixed, ...left, ...right];
}

type Kind = 'inner' | 'left' | 'semi' | 'anti';

/** All pairs for which a condition holds, in the plainest way. `time` is that of a pair, or of a record without one. */
function naive(
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

const kinds: Kind[] = ['inner', 'left', 'semi', 'anti'];
const restarts = fc.uniqueArray(fc.nat(60), { maxLength: 4 }).map((list) => new Set(list));

describe('window', () => {
  const start = (time: number) => Math.floor(time / 20) * 20;
  test.each(kinds)('%s: the pairs of one window, whatever order they come in and wherever it restarts', (kind) => {
    fc.assert(
      fc.property(events, restarts, (list, at) => {
        const expected = naive(
          list,
          kind,
          (a, b) => start(a.time) === start(b.time),
          (a) => start(a.time) + 19,
        );
        expect(sorted(run(options({ window: '20ms', kind }), list, { restarts: at }))).toEqual(sorted(expected));
      }),
    );
  });

  test('the results of a window come in the order of the records', () => {
    const driver = new OperatorDriver(join, options({ window: '20ms' }));
    driver.push({ key: 1, n: 'late' }, { time: 9, order: 0 });
    driver.push({ key: 1, n: 'x' }, { time: 9, order: 1, input: 'with' });
    driver.push({ key: 1, n: 'early' }, { time: 3, order: 2 });
    driver.end();
    expect(driver.take().map(({ a }) => a)).toEqual(['early', 'late']);
  });
});

describe('within', () => {
  test.each(kinds)('%s: the pairs whose times are near', (kind) => {
    fc.assert(
      fc.property(events, fc.nat(15), fc.nat(15), restarts, (list, before, after, at) => {
        const expected = naive(
          list,
          kind,
          (a, b) => b.time >= a.time - before && b.time <= a.time + after,
          (a, b) => (b === null ? a.time + after : Math.max(a.time, b.time)),
        );
        const given = options({ within: { before: `${before}ms`, after: `${after}ms` }, kind });
        expect(sorted(run(given, list, { restarts: at }))).toEqual(sorted(expected));
      }),
    );
  });
});

describe('asOf', () => {
  test.each(['inner', 'left'] as const)('%s: the version that was valid at the time of the record', (kind) => {
    fc.assert(
      fc.property(events, restarts, (list, at) => {
        const versionOf = (a: Event) =>
          rights(list)
            .filter((b) => a.key !== null && b.key === a.key && b.time <= a.time)
            .reduce<Event | undefined>((best, b) => (best === undefined || b.time >= best.time ? b : best), undefined);
        const expected = naive(
          list,
          kind,
          (a, b) => versionOf(a)?.n === b.n,
          (a) => a.time,
        );
        expect(sorted(run(options({ asOf: true, kind }), list, { restarts: at }))).toEqual(sorted(expected));
      }),
    );
  });
});

test('asOf: a version for which the condition does not hold ends those before it', () => {
  fc.assert(
    fc.property(events, restarts, (list, at) => {
      const expected = lefts(list).map((a) => {
        const before = rights(list).filter((b) => a.key !== null && b.key === a.key && b.time <= a.time);
        const last = before.sort((x, y) => x.time - y.time || x.n - y.n).at(-1);
        return { a: a.n, b: last === undefined || last.n % 3 === 0 ? null : last.n, t: a.time };
      });
      const given = options({ asOf: true, kind: 'left', where: 'other.n % 3 != 0' });
      expect(sorted(run(given, list, { restarts: at }))).toEqual(sorted(expected));
    }),
  );
});

/** What is left of a changelog: each retraction takes back one equal row that came before it. */
function fold(rows: readonly Row[]): string[] {
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

describe('for ever', () => {
  const regular = (more: Row) => options({ select: { a: 'n', b: 'other.n' }, ...more });
  const allPairs = (list: readonly Event[], kind: Kind) => {
    const found = naive(
      list,
      kind,
      () => true,
      () => 0,
    );
    return sorted(found.map(({ a, b }) => ({ a, b })));
  };

  test.each(['inner', 'left', 'semi'] as const)('%s: all pairs', (kind) => {
    fc.assert(
      fc.property(events, restarts, (list, at) => {
        expect(fold(run(regular({ kind }), list, { restarts: at }))).toEqual(allPairs(list, kind));
      }),
    );
  });

  test.each(['inner', 'left', 'semi'] as const)('%s: what is retracted on either side takes its pairs back', (kind) => {
    const changes = fc.array(fc.record({ left: fc.boolean(), key: fc.constantFrom(0, 1, null), n: fc.nat(3) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const driver = new OperatorDriver(join, regular({ kind }), { retractions: true });
        // A record that is there is retracted when it is drawn again.
        const there: Event[] = [];
        for (const { left, key, n } of list) {
          const i = there.findIndex((one) => one.left === left && one.key === key && one.n === n);
          driver.push({ key, n }, { time: 0, retract: i >= 0, ...(left ? {} : { input: 'with' }) });
          if (i >= 0) there.splice(i, 1);
          else there.push({ left, key, n, time: 0 });
        }
        expect(fold(driver.take())).toEqual(allPairs(there, kind));
      }),
    );
  });

  test.each(['inner', 'left', 'semi'] as const)('%s: also with unique, whichever side is updating', (kind) => {
    const changes = fc.array(fc.record({ left: fc.boolean(), key: fc.constantFrom(0, 1, null), n: fc.nat(3) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(changes, fc.constantFrom('with', 'input', 'both'), (list, updating) => {
        const given = regular({ kind, unique: true });
        const driver = new OperatorDriver(join, given, { retractions: true, othersUpdating: updating !== 'input' });
        const there: Event[] = [];
        const push = ({ left, key, n }: Event, retract: boolean) =>
          driver.push({ key, n }, { time: 0, retract, ...(left ? {} : { input: 'with' }) });
        for (const { left, key, n } of list) {
          const one = { left, key, n, time: 0 };
          // One that is drawn again is retracted; of the other stream one with the same key makes room.
          const i = there.findIndex((each) => each.left === left && each.key === key && (!left || each.n === n));
          if (i >= 0 && updating === (left ? 'with' : 'input')) continue;
          const before = i < 0 ? undefined : there.splice(i, 1)[0];
          if (before !== undefined) push(before, true);
          if (before?.n === n) continue;
          push(one, false);
          there.push(one);
        }
        expect(fold(driver.take())).toEqual(allPairs(there, kind));
      }),
    );
  });

  test('what is retracted is found whatever values it has', () => {
    const driver = new OperatorDriver(join, { with: 'others', on: 'key', select: { m: 'others.m' } });
    const values = () => [
      5n,
      6n,
      new Map([[1, 'a']]),
      new Map([[1, 'b']]),
      new Set([1]),
      new Set([2]),
      new Uint8Array([1]),
    ];
    driver.push({ key: 1 });
    for (const m of values()) driver.push({ key: 1, m }, { input: 'with' });
    driver.take();
    // Each is another object, and not the last of the list.
    for (const m of values()) {
      driver.push({ key: 1, m }, { input: 'with', retract: true });
      expect(driver.take()).toEqual([{ m, $retract: true }]);
    }
    expect(driver.dead).toEqual([]);
  });

  test('with unique, a record that has met its match is not kept, and one that waits is joined once', () => {
    const driver = new OperatorDriver(join, regular({ unique: true }));
    driver.push({ key: 1, n: 1 });
    driver.push({ key: 1, n: 9 }, { input: 'with' });
    driver.push({ key: 1, n: 2 });
    expect(driver.take()).toEqual([
      { a: 1, b: 9 },
      { a: 2, b: 9 },
    ]);
    driver.push({ key: 2, n: 3 });
    expect(driver.keyedSize).toBe(2);
  });

  describe('with ttl', () => {
    const TTL = 15;
    const near = (a: Event, b: Event) => Math.abs(a.time - b.time) < TTL;
    const later = (a: Event, b: Event | null) => Math.max(a.time, b?.time ?? a.time);
    const pairs = (list: readonly Event[], kind: Kind) => sorted(naive(list, kind, near, later));
    const turns = fc.array(fc.boolean(), { maxLength: 60 });

    test.each(['inner', 'left', 'semi'] as const)('%s: the pairs less than it apart, however they arrive', (kind) => {
      fc.assert(
        fc.property(events, turns, restarts, (list, order, at) => {
          const given = options({ ttl: `${TTL}ms`, kind });
          expect(fold(run(given, list, { restarts: at }))).toEqual(pairs(list, kind));
          expect(fold(run(given, apart(list, order), { restarts: at, apart: true }))).toEqual(pairs(list, kind));
        }),
      );
    });

    test.each(['inner', 'left', 'semi'] as const)('%s: also with unique', (kind) => {
      fc.assert(
        fc.property(events, turns, restarts, (all, order, at) => {
          // No record of this stream has two of the other within reach.
          const list: Event[] = [];
          for (const one of all) {
            const same = rights(list).filter(({ key }) => key === one.key);
            if (one.left || same.every(({ time }) => Math.abs(time - one.time) >= 2 * TTL)) list.push(one);
          }
          const given = options({ ttl: `${TTL}ms`, kind, unique: true });
          expect(fold(run(given, apart(list, order), { restarts: at, apart: true }))).toEqual(pairs(list, kind));
        }),
      );
    });

    test('a record behind the watermark is late, however much of what it could match is still there', () => {
      const driver = new OperatorDriver(join, regular({ ttl: '10ms', kind: 'left' }));
      driver.push({ key: 1, n: 1 }, { time: 8 });
      driver.watermark(10);
      driver.push({ key: 1, n: 2 }, { time: 10 });
      driver.push({ key: 1, n: 9 }, { time: 9, input: 'with' });
      expect(driver.late.map(({ row }) => row)).toEqual([
        { key: 1, n: 2 },
        { key: 1, n: 9 },
      ]);
      expect(driver.take()).toEqual([{ a: 1, b: null }]);
      driver.push({ key: 1, n: 3 }, { time: Number.NaN });
      expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_TIME']);
    });

    test.each(['inner', 'left', 'semi'] as const)('%s: records are forgotten when the watermark has passed', (kind) => {
      const driver = new OperatorDriver(join, regular({ ttl: '10ms', kind }));
      driver.push({ key: 1, n: 1 }, { time: 0 });
      driver.push({ key: 1, n: 2 }, { time: 8 });
      driver.watermark(10);
      driver.push({ key: 1, n: 9 }, { time: 12, input: 'with' });
      driver.watermark(22);
      expect(fold(driver.take())).toEqual(
        sorted(
          {
            inner: [{ a: 2, b: 9 }],
            left: [
              { a: 1, b: null },
              { a: 2, b: 9 },
            ],
            semi: [{ a: 2, b: null }],
          }[kind],
        ),
      );
      // How far event time has come, for every group of keys.
      expect(driver.keyedSize).toBe(KEY_GROUPS);
    });
  });
});

test('a pair that the projection cannot take is a dead letter, and the others go on', () => {
  const driver = new OperatorDriver(join, options({ select: { twice: 'other.n * 2' } }));
  for (const n of [1, 'x', 3]) driver.push({ key: 1, n }, { input: 'with' });
  driver.push({ key: 1, n: 0 });
  expect(driver.take()).toEqual([{ twice: 2 }, { twice: 6 }]);
  expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_TYPE']);
});

test('without a projection the other record stands under the name of its stream', () => {
  const driver = new OperatorDriver(join, { with: 'others', on: 'key' });
  driver.push({ key: 1, n: 2 }, { input: 'with' });
  driver.push({ key: 1, n: 1 });
  expect(driver.take()).toEqual([{ key: 1, n: 1, others: { key: 1, n: 2 } }]);
});
