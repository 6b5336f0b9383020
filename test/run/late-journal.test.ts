import { describe, expect, test } from 'vitest';
import { adviceFor, byStage, stageLines } from '../../src/cli/late-report.ts';
import { LATE_KEPT, type LateEntry, LateJournal } from '../../src/flow/late-journal.ts';
import { lateCommitter } from '../../src/run/late-commits.ts';
import type { At } from '../../src/stage/row.ts';
import { MemoryDisk } from '../../src/testkit/memory-disk.ts';

const entriesOf = (disk: MemoryDisk): LateEntry[] =>
  (disk.text('late.ndjson') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Parts as checkpoints would have them: `counts` late records of stages a and b in each. */
async function parts(disk: MemoryDisk, counts: readonly (readonly [a: number, b: number])[]) {
  let order = 0;
  const at: At = { time: 0, order: 0, key: null };
  const journal = new LateJournal(disk, () => `pending-${order}`, at, 0);
  const sealed = [];
  for (const [epoch, [a, b]] of counts.entries()) {
    for (const [stage, count] of [
      ['a', a],
      ['b "quoted"', b],
    ] as const) {
      for (let i = 0; i < count; i++) {
        at.order = order++;
        journal.add(stage, { i }, 10, 0, 20, undefined);
      }
    }
    sealed.push(await journal.seal(epoch + 1));
  }
  return sealed;
}

/** The same by plain lists. */
function expected(counts: readonly (readonly [number, number])[]): Record<string, number[]> {
  const lists: Record<string, number[]> = { a: [], 'b "quoted"': [] };
  let order = 0;
  for (const [a, b] of counts) {
    for (let i = 0; i < a; i++) lists.a?.push(order++);
    for (let i = 0; i < b; i++) lists['b "quoted"']?.push(order++);
  }
  return Object.fromEntries(Object.entries(lists).map(([stage, list]) => [stage, list.slice(-1000)]));
}

const ordersOf = (disk: MemoryDisk) =>
  Object.fromEntries([...byStage(entriesOf(disk))].map(([stage, list]) => [stage, list.map(({ order }) => order)]));

describe('the journal of late records', () => {
  test('keeps the last 1,000 of each stage, in order', async () => {
    const disk = new MemoryDisk();
    const counts = [
      [3, 1],
      [2500, 2],
      [0, 0],
      [700, 999],
      [5, 0],
    ] as const;
    const committer = lateCommitter(disk, 'late.ndjson');
    for (const [i, part] of (await parts(disk, counts)).entries()) {
      await committer.commit(i + 1, part ? [part] : [], undefined);
      expect(ordersOf(disk)).toEqual(
        Object.fromEntries(Object.entries(expected(counts.slice(0, i + 1))).filter(([, list]) => list.length > 0)),
      );
    }
    expect(LATE_KEPT).toBe(1000);
  });

  test('a commit that is repeated, or cut short at any write, gives the same', async () => {
    const counts = [
      [30, 1],
      [990, 5],
      [20, 990],
    ] as const;
    for (let at = 1; ; at++) {
      const disk = new MemoryDisk();
      const sealed = await parts(disk, counts);
      const committer = lateCommitter(disk, 'late.ndjson');
      await committer.commit(1, [sealed[0]], undefined);
      await committer.commit(2, [sealed[1]], undefined);
      disk.failAt(at);
      const failed = await committer.commit(3, [sealed[2]], undefined).then(
        () => false,
        () => true,
      );
      const again = disk.afterCrash('half kept');
      const repeated = lateCommitter(again, 'late.ndjson');
      await repeated.commit(3, [sealed[2]], undefined);
      await repeated.commit(3, [sealed[2]], undefined);
      expect(ordersOf(again), `write ${at}`).toEqual(expected(counts));
      if (!failed) break;
    }
  });
});

describe('the explanation', () => {
  const by = { source: 'in.file', split: '3', outOfOrderMs: 2000 };
  const entry = (lateByMs: number): LateEntry => {
    const windowEnd = 1_767_607_260_000;
    const watermark = windowEnd - 2 + lateByMs;
    const rest = { stage: 'w', epoch: 1, subtask: 0, time: windowEnd - 500, order: 7, key: 'k', record: {} };
    return { ...rest, watermark, windowEnd, allowedLatenessMs: 0, lateByMs, by };
  };

  test('says what would have kept half of the records, and all', () => {
    expect(adviceFor([entry(500), entry(90_000), entry(3000)])).toEqual([
      { source: 'in.file', outOfOrderMs: 5000, keeps: 2, of: 3 },
      { source: 'in.file', outOfOrderMs: 92_000, keeps: 3, of: 3 },
    ]);
  });

  test('reads as text', () => {
    expect(stageLines('w', [entry(90_000), entry(1500)], 1, (source) => source.split('.')[0] as string)).toEqual([
      'w: 2 late records, of which the last 1',
      '  2026-01-05T10:00:59.500Z  key "k"  order 7',
      '    its window ended at 2026-01-05T10:01:00.000Z; the watermark was at 2026-01-05T10:01:01.498Z already',
      '    set by split 3 of in.file, which had come to 2026-01-05T10:01:03.499Z with outOfOrder 2s',
      '    1.5s too late: outOfOrder: 3.5s on stream in, or allowedLateness: 1.5s would have kept it',
      '  outOfOrder: 3.5s on stream in would have kept 1 of 2',
      '  outOfOrder: 1m32s on stream in would have kept 2 of 2',
    ]);
    const quiet = { ...entry(1500), by: { ...by, quiet: true } };
    expect(stageLines('w', [quiet], 1, (source) => source)[3]).toBe(
      '    set by the clock, since in.file was quiet, which had come to 2026-01-05T10:01:03.499Z with outOfOrder 2s',
    );
  });
});
