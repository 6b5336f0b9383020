import { describe, expect, test } from 'vitest';
import type { BufferSettings } from '../../../src/flow/buffer/settings.ts';
import { MemoryDisk } from '../../../src/testkit/memory-disk.ts';
import { clockAt, Side, Subtask, settle } from './rig.ts';

const MAX = 1 << 16;
/** Chunks are an eighth of that at most. */
const CHUNK = MAX / 8;
const FAT = 'x'.repeat(1000);

async function opened(settings: BufferSettings, up = false) {
  const side = new Side();
  side.isUp = up;
  const clock = clockAt(1_000_000);
  const disk = new MemoryDisk();
  const subtask = new Subtask(side, disk, clock, settings);
  await subtask.writer.open();
  let n = 0;
  let epoch = 0;
  return {
    ...{ side, clock, disk, subtask },
    async write(count: number) {
      for (let i = 0; i < count; i++) {
        subtask.writer.write({ n: n++, text: FAT }, { time: n, order: n, key: null });
        // The disk keeps up.
        if (i % 5 === 0) await settle();
      }
    },
    async checkpoint() {
      await subtask.writer.prepare(++epoch);
      subtask.writer.committed(epoch);
      await settle();
    },
    /** The other side is back, and takes what there is. */
    async forwarded() {
      side.isUp = true;
      clock.advance(20_000);
      await settle();
      return side.got.map(({ row }) => row.n as number);
    },
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('when the buffer is full', () => {
  test('the stream waits, as long as the other side is away', async () => {
    const run = await opened({ maxBytes: MAX, full: 'wait' });
    let count = 0;
    while (run.subtask.writer.busy() === undefined && count < 1000) {
      await run.write(1);
      count++;
      if (count % 20 === 0) await run.checkpoint();
    }
    expect(count * FAT.length).toBeGreaterThan(MAX * 0.8);
    expect(run.subtask.shown.bytes).toBeGreaterThanOrEqual(MAX - CHUNK);
    expect(run.subtask.shown.bytes).toBeLessThan(MAX + 2 * CHUNK);
    let hasRoom = false;
    run.subtask.writer.busy()?.then(() => (hasRoom = true));
    run.clock.advance(60_000);
    await run.checkpoint();
    expect(hasRoom).toBe(false);
    expect(await run.forwarded()).toEqual(range(0, count));
    expect(hasRoom).toBe(true);
    expect(run.subtask.shown).toEqual({ records: 0, bytes: 0, since: 0, dropped: 0 });
  });

  test('what is on its way is let in when the run is stopped', async () => {
    const run = await opened({ maxBytes: MAX, full: 'wait' });
    await run.write(100);
    const busy = run.subtask.writer.busy();
    expect(busy).toBeDefined();
    run.subtask.writer.stopping();
    await busy;
    expect(run.subtask.writer.busy()).toBeUndefined();
  });

  test('the oldest go, but for what is being sent', async () => {
    const run = await opened({ maxBytes: MAX, full: 'drop-oldest' });
    run.side.hangs = true;
    await run.write(10);
    await run.checkpoint();
    await run.write(500);
    await run.checkpoint();
    const { bytes, dropped } = run.subtask.shown;
    expect(bytes).toBeLessThanOrEqual(MAX);
    expect(run.subtask.logs.filter((text) => text.includes('dropped'))).toHaveLength(1);
    await run.subtask.writer.close();
    // What hung is with the next life of the run.
    const next = new Subtask(run.side, run.disk, run.clock, { maxBytes: MAX, full: 'drop-oldest' }, { epoch: 2 });
    run.side.isUp = true;
    await next.writer.open();
    await settle();
    const got = run.side.got.map(({ row }) => row.n as number);
    expect(got.slice(0, 10)).toEqual(range(0, 10));
    expect(got.slice(10)).toEqual(range(10 + (dropped as number), 510));
    expect(got.length).toBeGreaterThan(40);
  });

  test('the newest are not taken', async () => {
    const run = await opened({ maxBytes: MAX, full: 'drop-newest' });
    await run.write(500);
    expect(run.subtask.writer.busy()).toBeUndefined();
    await run.checkpoint();
    const { bytes, dropped, records } = run.subtask.shown;
    expect(bytes).toBeLessThanOrEqual(MAX);
    expect((records as number) + (dropped as number)).toBe(500);
    const got = await run.forwarded();
    // What is small enough still fits behind what was too much.
    expect(got).toEqual([...got].sort((a, b) => a - b));
    expect(got.slice(0, 50)).toEqual(range(0, 50));
    expect(new Set(got).size).toBe(records);
  });
});

describe('what is too old', () => {
  test('goes, while the other side is away', async () => {
    const run = await opened({ maxBytes: MAX, maxAgeMs: 60_000, full: 'wait' });
    await run.write(20);
    await run.checkpoint();
    run.clock.advance(40_000);
    await settle();
    await run.write(20);
    await run.checkpoint();
    for (let i = 0; i < 30; i++) {
      run.clock.advance(1000);
      await settle();
    }
    expect(run.subtask.shown).toMatchObject({ records: 20, dropped: 20 });
    expect(await run.forwarded()).toEqual(range(20, 40));
  });
});

test('what waits is shown: records, bytes, and since when', async () => {
  const run = await opened({ maxBytes: MAX, full: 'wait' });
  await run.write(3);
  await run.checkpoint();
  run.clock.advance(5000);
  await settle();
  expect(run.subtask.shown).toMatchObject({ records: 3, since: 1_000_000, dropped: 0 });
  expect(run.subtask.logs.filter((text) => text.includes('nobody answers'))).toHaveLength(1);
});

describe('a sink that tries by itself for long', () => {
  const said = (logs: string[]) => logs.splice(0).map((text) => text.replace(/;.*/, ''));

  test('is told after seconds, then now and then, and when it takes records again', async () => {
    const run = await opened({ maxBytes: MAX, full: 'wait' });
    run.side.hangs = true;
    await run.write(3);
    await run.checkpoint();
    run.clock.advance(4999);
    expect(said(run.subtask.logs)).toEqual([]);
    run.clock.advance(1);
    expect(run.subtask.logs).toEqual(['nothing was taken for 5s; 3 records wait in the buffer']);
    run.subtask.logs.length = 0;
    run.clock.advance(60_000);
    expect(said(run.subtask.logs)).toEqual(['nothing was taken for 35s', 'nothing was taken for 1m5s']);
    run.side.return();
    await settle();
    expect(run.subtask.logs).toEqual(['the other side takes records again']);
    expect(run.subtask.shown.records).toBe(0);
    run.clock.advance(60_000);
    expect(run.subtask.logs).toHaveLength(1);
  });

  test('is not told of while it takes records, however slowly', async () => {
    const run = await opened({ maxBytes: MAX, full: 'wait' }, true);
    run.side.takesMs = 3000;
    await run.write(10);
    await run.checkpoint();
    for (let i = 0; i < 10; i++) {
      run.clock.advance(3000);
      await settle();
    }
    expect(run.side.got).toHaveLength(10);
    expect(run.subtask.logs).toEqual([]);
  });
});

test('while nothing comes, a checkpoint writes nothing', async () => {
  const run = await opened({ maxBytes: MAX, full: 'wait' }, true);
  await run.write(3);
  await run.checkpoint();
  await run.checkpoint();
  const { operations } = run.disk;
  for (let i = 0; i < 5; i++) await run.checkpoint();
  expect(run.disk.operations).toBe(operations);
});

test('a fault that nothing mends ends the run', async () => {
  const side = new Side();
  const isFinal = (error: unknown) => (error as Error).message === 'nobody answers';
  side.isUp = false;
  const settings: BufferSettings = { maxBytes: MAX, full: 'wait' };
  const subtask = new Subtask(side, new MemoryDisk(), clockAt(0), settings, { isFinal });
  await subtask.writer.open();
  subtask.writer.write({ n: 1 }, { time: 0, order: 0, key: null });
  await subtask.writer.prepare(1);
  subtask.writer.committed(1);
  await settle();
  expect(subtask.failures).toEqual([expect.objectContaining({ message: 'nobody answers' })]);
});

test('a run ends although the other side is still being reached', async () => {
  const run = await opened({ maxBytes: MAX, full: 'wait' }, true);
  run.side.opens = new Promise(() => {});
  await run.write(3);
  await run.checkpoint();
  expect(run.side.opened).toBe(1);
  await run.subtask.writer.close();
  expect(run.subtask.failures).toEqual([]);
  expect(run.subtask.shown.records).toBe(3);
});

test('a checkpoint of very much is acknowledged in parts, but not between records of one origin', async () => {
  const run = await opened({ maxBytes: 1 << 26, full: 'wait' }, true);
  const sizes: number[] = [];
  run.side.onFlush = () => void sizes.push(run.side.got.length);
  const text = 'x'.repeat(10_000);
  for (let n = 0; n < 2000; n++) {
    // The last thousand are of one record.
    run.subtask.writer.write({ n, text }, { time: 0, order: Math.min(n, 1000), key: null });
    if (n % 100 === 0) await settle();
  }
  await run.checkpoint();
  await run.subtask.writer.drained();
  expect(run.side.got.map(({ row }) => row.n)).toEqual(range(0, 2000));
  expect(sizes).toHaveLength(2);
  expect(sizes[1]).toBeGreaterThan(800);
  expect(sizes[1]).toBeLessThanOrEqual(1001);
});
