import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  boolean,
  dictionary,
  integer,
  nat,
  record,
  string,
} from 'fast-check';
import { expect, test } from 'vitest';
import { tries } from '../support/thorough.ts';
import { type Script, type Scripts, SourcesRig, type SubtaskRig } from './sources-rig.ts';

const NEVER = Number.NEGATIVE_INFINITY;

const rising = (from: number, to: number, step: number) =>
  Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step);

test('a split that is too far ahead waits until the others have come nearer', async () => {
  const rig = new SourcesRig({ outOfOrderMs: 5, alignMs: 100 }, [
    { ahead: { times: rising(0, 1000, 10), ends: true } },
    { behind: { times: [0, 50], ends: false } },
  ]);
  const [ahead, behind] = (await rig.open()).places as [SubtaskRig, SubtaskRig];
  // Nothing has come of the other yet.
  expect(ahead.run().given.map(({ time }) => time)).toEqual([0]);
  behind.next();
  expect(ahead.run().given.at(-1)).toEqual({ split: 'ahead', time: 110 });
  const { polls } = ahead;
  ahead.run();
  expect(ahead.polls).toBe(polls);
  behind.next();
  expect(ahead.run().given.at(-1)).toEqual({ split: 'ahead', time: 160 });
  (behind.scripts.behind as Script).ends = true;
  behind.next();
  expect(ahead.run().given.at(-1)).toEqual({ split: 'ahead', time: 1000 });
});

test('a watermark goes out although its split is held', async () => {
  const rig = new SourcesRig({ outOfOrderMs: 0, alignMs: 100 }, [
    { ahead: { times: [500], ends: false } },
    { behind: { times: [0], ends: false } },
  ]);
  await rig.open();
  rig.subtask(0).next();
  rig.subtask(0).take();
  rig.now += 50;
  rig.subtask(0).run();
  expect(rig.subtask(0).polls).toBe(1);
  expect(rig.subtask(0).watermarks.at(-1)).toBe(499);
});

test('an idle split holds nobody back, and is not idle because it was held', async () => {
  const rig = new SourcesRig({ outOfOrderMs: 0, alignMs: 100, idleMs: 1000 }, [
    { ahead: { times: [500, 600, 700], ends: false } },
    { quiet: { times: [10], ends: false } },
  ]);
  await rig.open();
  rig.pass(800);
  expect(rig.subtask(0).given).toHaveLength(1);
  rig.pass(800);
  expect(rig.subtask(0).given).toHaveLength(3);
  // It waited for more than a second, and was not idle.
  expect(rig.subtask(0).steps.map(({ kind }) => kind)).not.toContain('idle');
  (rig.subtask(1).scripts.quiet as Script).times.push(20);
  rig.pass(200);
  (rig.subtask(0).scripts.ahead as Script).times.push(800);
  rig.pass(400);
  expect(rig.subtask(0).given).toHaveLength(3);
});

test('whoever drains is not held', async () => {
  const rig = new SourcesRig({ outOfOrderMs: 0, alignMs: 100 }, [
    { ahead: { times: [500, 900], ends: true } },
    { behind: { times: [0], ends: false } },
  ]);
  await rig.open();
  rig.subtask(1).next();
  const { input, run } = { input: rig.subtask(0).input, run: () => rig.subtask(0).run() };
  run();
  expect(rig.subtask(0).given).toHaveLength(1);
  expect([...rig.subtask(0).held]).toEqual(['ahead']);
  input.drain();
  expect([...rig.subtask(0).held]).toEqual([]);
});

const script = record({ times: array(nat(60), { maxLength: 25 }), ends: boolean() });
const subtask = dictionary(string({ minLength: 1, maxLength: 3 }), script, { minKeys: 0, maxKeys: 3 });
const plan: Arbitrary<{ scripts: Scripts[]; order: number[]; alignMs: number; bound: number; canHold: boolean }> =
  record({
    scripts: array(subtask, { minLength: 1, maxLength: 4 }),
    order: array(nat(3), { minLength: 1, maxLength: 200 }),
    alignMs: integer({ min: 1, max: 20 }),
    bound: nat(5),
    canHold: boolean(),
  });

test('nothing that is too far ahead is read, and all is read in the end, whoever comes first', () =>
  assert(
    asyncProperty(plan, async ({ scripts, order, alignMs, bound, canHold }) => {
      const total = scripts.flatMap((of) => Object.values(of)).reduce((sum, { times }) => sum + times.length, 0);
      const named = scripts.map((of) => structuredClone(of));
      const rig = new SourcesRig({ outOfOrderMs: bound, alignMs, idleMs: 1000 }, named, canHold);
      await rig.open();
      /** Where each split stands, from what it gave: an array for each subtask. */
      const stand = () =>
        rig.places.map((one) => {
          return Object.keys(one.scripts)
            .filter((id) => !one.ended.has(id))
            .map((id) => {
              const own = one.given.filter(({ split }) => split === id).map(({ time }) => time);
              return { id, watermark: Math.max(NEVER, ...own) - bound - 1 };
            });
        });
      for (const place of order) {
        const one = rig.places[place % rig.places.length] as (typeof rig.places)[number];
        const before = stand();
        const least = Math.min(...before.flat().map(({ watermark }) => watermark));
        const given = one.given.length;
        // Less than it takes to be idle.
        rig.now += 1;
        one.next();
        const came = one.given[given];
        if (came === undefined) continue;
        const mine = before[rig.places.indexOf(one)] as { id: string; watermark: number }[];
        const readable = canHold ? mine.filter(({ id }) => id === came.split) : mine;
        // Of splits that are read together one is not too far ahead.
        expect(readable.some(({ watermark }) => watermark <= least + alignMs || watermark === NEVER)).toBe(true);
      }
      // Those that give nothing more become idle, or end: nobody waits for ever.
      rig.pass(1600 * (total + 2));
      expect(rig.places.reduce((sum, { given }) => sum + given.length, 0)).toBe(total);
    }),
    { numRuns: tries(300) },
  ));
