import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import pattern from '../../../actors/operators/pattern.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';
import { tries } from '../../support/thorough.ts';
import { type ModelStep, matchesOf } from '../support/pattern-model.ts';

const keyed = { keyNames: ['id'] };
const contiguity = fc.constantFrom('strict', 'relaxed', 'any');
const step = fc.record({
  kinds: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
  min: fc.integer({ min: 0, max: 2 }),
  more: fc.constantFrom(0, 1, 2, Number.POSITIVE_INFINITY),
  optional: fc.boolean(),
  greedy: fc.boolean(),
  not: fc.boolean(),
  contiguity,
  /** The condition also asks that the record is larger than the one that was taken first. */
  larger: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const patterns = fc
  .array(step, { minLength: 1, maxLength: 4 })
  .filter((steps) => !steps[0]!.not && steps.some(({ not, optional, min }) => !not && !optional && min > 0));
const records = fc.array(
  fc.record({ kind: fc.constantFrom('a', 'b', 'c'), x: fc.nat(3), gap: fc.constantFrom(0, 1, 2, 9) }),
  { maxLength: 9 },
);
const skips = fc.constantFrom('no-skip', 'to-next', 'past-last', 'to-first', 'to-last');

const isMany = ({ min, more }: Step) => min + more > 1;
const highest = ({ min, more }: Step) => Math.max(1, min + more);

function written(steps: readonly Step[], i: number) {
  const { kinds, min, optional, greedy, not, contiguity: how, larger } = steps[i]!;
  const kind = kinds.map((each) => `kind == "${each}"`).join(' || ');
  const first = isMany(steps[0]!) ? 's0[0]' : 's0';
  const rest = { ...(optional ? { optional } : {}), ...(greedy ? { greedy } : {}), ...(not ? { not } : {}) };
  const most = highest(steps[i]!);
  const times = most === Number.POSITIVE_INFINITY ? `${min}+` : { min, max: most };
  const after = larger && i > 0 ? `(${kind}) && x > (${first}.x ?? 0)` : kind;
  return { name: `s${i}`, if: after, contiguity: how, ...rest, ...(not ? {} : { times }) };
}

function modelOf(steps: readonly Step[], list: readonly { kind: string; x: number }[]): ModelStep[] {
  return steps.map((each, s) => ({
    ...each,
    max: highest(each),
    contiguity: each.contiguity as ModelStep['contiguity'],
    meets(i, taken) {
      const first = taken.find(([, of]) => of === 0);
      const least = first === undefined ? 0 : list[first[0]]!.x;
      return each.kinds.includes(list[i]!.kind) && (!each.larger || s === 0 || list[i]!.x > least);
    },
  }));
}

test('finds what trying all sequences of records finds, in the same order, over restarts', () => {
  fc.assert(
    fc.property(patterns, records, skips, fc.nat(9), fc.nat(12), (steps, list, how, to, within) => {
      const target = to % steps.length;
      fc.pre(!how.startsWith('to-') || how === 'to-next' || !steps[target]!.not);
      let time = 0;
      const given = list.map(({ kind, x, gap }, i) => ({ i, kind, x, time: (time += gap) }));
      const options = {
        steps: steps.map((_, i) => written(steps, i)),
        within: `${within + 1}ms`,
        skip: how,
        skipTo: `s${target}`,
        partials: 1_000_000,
      };
      let driver = new OperatorDriver(pattern, options, keyed);
      const out: object[] = [];
      // As they should not come: the later half first.
      const half = list.length >> 1;
      for (const { i, time: at, ...row } of [...given.slice(half), ...given.slice(0, half)]) {
        driver.push({ i, ...row }, { time: at, order: i, key: 'k' });
      }
      for (const { time: at } of given) {
        driver.watermark(at - 1);
        out.push(...driver.take());
        driver = new OperatorDriver(pattern, options, { ...keyed, from: driver.snapshot() });
      }
      driver.end();
      out.push(...driver.take());
      const skip =
        how === 'to-first' ? { first: target } : how === 'to-last' ? { last: target } : (how as 'no-skip' | 'to-next');
      const times = given.map(({ time: at }) => at);
      const expected = matchesOf(modelOf(steps, given), times, within + 1, skip);
      const picks = (out as Record<string, { i: number } | { i: number }[] | null>[]).map((row) => {
        return steps.flatMap((_, s) => [row[`s${s}`] ?? []].flat().map(({ i }) => [i, s]));
      });
      expect(picks).toEqual(expected);
      expect(driver.keyedSize).toBe(0);
    }),
    { numRuns: tries(300) },
  );
});

const logins = {
  steps: [
    { name: 'failed', if: '!ok', times: '3+' },
    { name: 'success', if: 'ok' },
  ],
  within: '1m',
};

function run(options: object, oks: readonly boolean[], gap = 1000): OperatorDriver {
  const driver = new OperatorDriver(pattern, options as Record<string, unknown>, keyed);
  for (const [n, ok] of oks.entries()) driver.push({ ok, n }, { time: n * gap, key: 'ann' });
  driver.end();
  return driver;
}

describe('a match', () => {
  test('has the fields of its key, its bounds and its steps, and the time of its last record', () => {
    const driver = run(logins, [false, false, false, false, true]);
    const failed = [0, 1, 2, 3].map((n) => ({ ok: false, n }));
    const row = { id: 'ann', matchStart: 0, matchEnd: 4000, failed, success: { ok: true, n: 4 } };
    expect(driver.out).toEqual([{ row, time: 4000, order: 4, key: 'ann' }]);
  });

  test('whose fields cannot be computed is a dead letter', () => {
    const driver = run({ ...logins, select: { n: 'failed[0].ok - 1' } }, [false, false, false, true]);
    expect(driver.out).toEqual([]);
    expect(driver.dead).toMatchObject([{ code: 'WEIR_TYPE', input: { id: 'ann', matchStart: 0 } }]);
  });

  test('is found however the records of several keys arrive', () => {
    const records = fc.array(fc.record({ ok: fc.boolean(), key: fc.constantFrom('a', 'b'), at: fc.nat(20) }));
    fc.assert(
      fc.property(records, fc.gen(), (list, gen) => {
        const given = list.map((one, order) => ({ ...one, order }));
        const all = (sorted: typeof given) => {
          const driver = new OperatorDriver(pattern, logins, keyed);
          for (const { key, at: time, order, ok } of sorted) driver.push({ ok, order }, { key, time, order });
          driver.end();
          return driver.out;
        };
        const shuffled = gen(() => fc.shuffledSubarray(given, { minLength: given.length }));
        expect(all(shuffled)).toEqual(all(given));
      }),
    );
  });
});

describe('a partial match', () => {
  test('goes to the side output once its time is over, by a watermark or by a record', () => {
    const byRecord = run(logins, [false, false, false], 59_999);
    const timedOut = byRecord.sides.map(({ name, row }) => [name, row.matchStart, (row.failed as object[]).length]);
    expect(timedOut).toEqual([
      ['timeout', 0, 2],
      ['timeout', 59_999, 2],
      ['timeout', 119_998, 1],
    ]);
    const driver = new OperatorDriver(pattern, logins, keyed);
    driver.push({ ok: false }, { time: 0, key: 'a' }).watermark(59_999);
    expect(driver.sides).toEqual([]);
    driver.watermark(60_000);
    expect(driver.sides).toHaveLength(1);
  });

  test('is a dead letter when the key has more than it may have: the one that began first', () => {
    const driver = run({ ...logins, partials: 2 }, [false, false, false, false, true]);
    // Those that began with records 0 and 1; behind each record those with fewer records are there, too.
    expect(driver.dead.map(({ code }) => code)).toContain('WEIR_PARTIAL_MATCHES');
    expect(driver.dead[0]?.input).toMatchObject({ matchStart: 0 });
  });

  test('of many keys times out in portions', () => {
    const driver = new OperatorDriver(pattern, logins, keyed);
    for (let key = 0; key < 2500; key++) driver.push({ ok: false }, { time: 0, key });
    driver.watermark(1);
    expect(driver.watermark(60_000)).toBe(3);
    expect(driver.sides).toHaveLength(2500);
  });
});

test.each([
  ['a first step that is a not', [{ name: 'a', if: 'x', not: true }]],
  ['no step that is always there', [{ name: 'a', if: 'x', optional: true }]],
  [
    'two steps of one name',
    [
      { name: 'a', if: 'x' },
      { name: 'a', if: 'y' },
    ],
  ],
  ['a name that is none', [{ name: 'a b', if: 'x' }]],
  ['times that are none', [{ name: 'a', if: 'x', times: '3..5' }]],
  ['times the wrong way round', [{ name: 'a', if: 'x', times: '5-3' }]],
])('%s is refused', (_, steps) => {
  expect(() => new OperatorDriver(pattern, { steps, within: '1m' })).toThrow(
    expect.objectContaining({ code: 'WEIR_OPTION' }),
  );
});

test('skipping to a step needs a step to skip to', () => {
  const make = (skipTo: string) => new OperatorDriver(pattern, { ...logins, skip: 'to-first', skipTo });
  expect(() => make('nobody')).toThrow(expect.objectContaining({ code: 'WEIR_OPTION' }));
  expect(() => make('success')).not.toThrow();
});
