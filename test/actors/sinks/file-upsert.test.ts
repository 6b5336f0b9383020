import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import { UpsertCommitter } from '../../../actors/lib/upsert/committer.ts';
import { writeFrame } from '../../../actors/lib/upsert/frame.ts';
import file from '../../../actors/sinks/file.ts';
import { hashText } from '../../../src/base/hash.ts';
import { Bytes } from '../../../src/stage/bytes.ts';
import { testInTurn, tries } from '../../support/thorough.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import {
  committerOf,
  crashMatrix,
  type Epochs,
  type Given,
  SinkRig,
  SinkRun,
  type SinkSetup,
} from '../support/sink-rig.ts';

const of = (options: Record<string, unknown> = {}, more: Partial<SinkSetup> = {}): SinkSetup => ({
  definition: file,
  options: { path: 'out.ndjson', mode: 'upsert', key: 'id', publish: '2s', ...options },
  ...more,
});

const record = (id: number | string, n: number, time = n, order = 0): Given => ({ row: { id, n }, time, order });

const lines = (disk: MemoryDisk) =>
  (disk.text('out.ndjson') ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .sort();

function used(): MemoryDisk {
  const disk = new MemoryDisk();
  for (const path of ['out.ndjson', 'out.ndjson.upserts/log-1', 'out.ndjson.upserts/table-1-0']) {
    disk.files.set(path, { bytes: Buffer.from('{"id":-1}\n'), synced: 10 });
  }
  return disk;
}

/** Two subtasks, each with its own keys, over enough checkpoints that the file is published in between. */
const EPOCHS: Epochs = [
  [[record(1, 1), record(2, 1)], [record(3, 1)]],
  [[record(1, 2)], []],
  [[], [record(3, 3), record(4, 3)]],
  [[record(2, 4), record(1, 4)], [record(3, 2)]],
  [[], []],
  [[record(5, 6)], [record(4, 6)]],
];
const LATEST = ['{"id":1,"n":4}', '{"id":2,"n":4}', '{"id":3,"n":3}', '{"id":4,"n":6}', '{"id":5,"n":6}'];

testInTurn(
  'one line per key, the latest, whichever step the process crashes at, and nothing else is left',
  async () => {
    const look = (disk: MemoryDisk) => [lines(disk), disk.paths];
    const runs = await crashMatrix(of(), EPOCHS, used, look, (found, _, where) => {
      expect(found, where).toEqual([LATEST, ['out.ndjson']]);
    });
    expect(runs).toBeGreaterThan(200);
  },
);

testInTurn(
  'large parts, which are moved into the log and not copied, are lost by no crash and doubled by none',
  async () => {
    const pad = 'x'.repeat(140_000);
    const large = (id: number, n: number): Given => ({ row: { id, n, pad }, time: n, order: 0 });
    const epochs: Epochs = [
      [[large(1, 1), large(2, 1)], [record(3, 1)]],
      [
        [large(1, 2), large(4, 2)],
        [large(3, 2), large(5, 2)],
      ],
      [[record(1, 3)], [record(3, 3), record(5, 1)]],
    ];
    const look = (disk: MemoryDisk) => [
      lines(disk).map((line) => [JSON.parse(line).id, JSON.parse(line).n, line.includes(pad)]),
      disk.paths,
    ];
    const latest = [
      [1, 3, false],
      [2, 1, true],
      [3, 3, false],
      [4, 2, true],
      [5, 2, true],
    ];
    const runs = await crashMatrix(of(), epochs, used, look, (found, _, where) => {
      expect(found, where).toEqual([latest, ['out.ndjson']]);
    });
    expect(runs).toBeGreaterThan(50);
  },
);

test('the file shows whole versions, the first one at once, then as often as `publish` says', async () => {
  const run = new SinkRun(used(), of({ publish: '3s' }), EPOCHS);
  const seen: string[][] = [];
  run.onCommit = () => seen.push(lines(run.disk));
  await run.toEnd();
  const first = ['{"id":1,"n":1}', '{"id":2,"n":1}', '{"id":3,"n":1}'];
  const second = ['{"id":1,"n":4}', '{"id":2,"n":4}', '{"id":3,"n":3}', '{"id":4,"n":3}'];
  expect(seen).toEqual([first, first, first, second, second, second]);
  expect(lines(run.disk)).toEqual(LATEST);
});

test('the later event time wins, then the later order, then what came later', async () => {
  const epochs: Epochs = [
    [[record('a', 1, 10, 5), record('a', 2, 9, 9), record('b', 1, 5, 5), record('b', 2, 5, 6)]],
    [[record('a', 3, 10, 4), record('b', 3, 5, 6), record('c', 1)]],
  ];
  const disk = new MemoryDisk();
  await new SinkRun(disk, of(), epochs).toEnd();
  expect(lines(disk)).toEqual(['{"id":"a","n":1}', '{"id":"b","n":3}', '{"id":"c","n":1}']);
});

test('the key of the stream is taken when none is named, and keys of different types are different', async () => {
  const given = (key: string | number | null, n: number): Given => ({ row: { n }, key });
  const epochs: Epochs = [[[given(1, 1), given('1', 2), given(null, 3), given('null', 4), given(1, 5)]]];
  const disk = new MemoryDisk();
  await new SinkRun(disk, of({ key: undefined }, { keyNames: ['id'] }), epochs).toEnd();
  expect(lines(disk)).toEqual(['{"n":2}', '{"n":3}', '{"n":4}', '{"n":5}']);
});

test('has the codec’s header, also without records', async () => {
  const setup = of({ path: 'out.csv', codec: 'csv' }, { codec: csv, fields: ['id', 'n'] });
  const disk = new MemoryDisk();
  await new SinkRun(disk, setup, [[[record(1, 1), record(1, 2)]]]).toEnd();
  expect(disk.text('out.csv')).toBe('id,n\n1,2\n');
  await committerOf(setup, disk).finish?.(undefined);
  expect(disk.text('out.csv')).toBe('id,n\n');
});

test('a record that cannot be encoded is a dead letter, the others are written', async () => {
  const rig = new SinkRig(of(), new MemoryDisk());
  const loop: Record<string, unknown> = { id: 1 };
  loop.loop = loop;
  rig.push({ row: loop }).push(record(2, 1));
  await rig.writer.prepare?.(1);
  expect(rig.dead.map(({ row }) => row)).toEqual([loop]);
});

test('work is dealt out by the key', () => {
  const partition = file.partition as (options: object) => unknown;
  const key = { names: ['id'], expressions: [] };
  expect(partition({ path: 'x', mode: 'upsert', key })).toEqual({ by: key });
  expect(partition({ path: 'x', mode: 'upsert' })).toBe('key');
  expect(partition({ path: 'x', mode: 'append' })).toBe('any');
});

describe('a table larger than a bucket', () => {
  const PAD = 'x'.repeat(100);

  /** A part of so many versions: about 150 bytes each. */
  function part(versions: readonly [key: number, n: number][]) {
    const bytes = new Bytes();
    for (const [key, n] of versions) {
      const line = `{"id":${key},"n":${n},"pad":"${PAD}"}\n`;
      writeFrame(bytes, hashText(String(key)), n, 0, String(key), (into) => into.text(line));
    }
    return { bytes: bytes.length, inline: new Uint8Array(bytes.view()) };
  }

  test('is cut into more buckets as it grows, and keeps the latest of each key', async () => {
    const disk = new MemoryDisk();
    const committer = new UpsertCommitter(disk, 'out.ndjson', new Uint8Array(0), 0, 500_000);
    const latest = new Map<number, number>();
    let base: any;
    const buckets: number[] = [];
    let at = 0;
    const commit = async (from: number, to: number, n: number) => {
      const versions: [number, number][] = [];
      for (let key = from; key < to; key++) {
        versions.push([key, n]);
        latest.set(key, Math.max(n, latest.get(key) ?? 0));
      }
      at += 1e6;
      base = await committer.commit(at / 1e6, [{ at, parts: [part(versions)] }], base);
      buckets.push(base.buckets.length);
    };
    await commit(0, 100, 1);
    await commit(50, 4000, 2);
    await commit(0, 2000, 1);
    await commit(2000, 7500, 3);
    expect(buckets).toEqual([1, 2, 2, 4]);
    await committer.finish(base);
    const found = new Map(lines(disk).map((line) => [JSON.parse(line).id, JSON.parse(line).n]));
    expect(found.size).toBe(7500);
    expect(found).toEqual(latest);
    expect(disk.paths).toEqual(['out.ndjson']);
  });
});

test('is what a map gives that is told of every record', async () => {
  const given = fc.record({ id: fc.integer({ min: 0, max: 4 }), time: fc.nat(5), order: fc.nat(3), n: fc.nat() });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(given, { maxLength: 8 }), { minLength: 1, maxLength: 5 }), async (epochs) => {
      const latest = new Map<number, (typeof epochs)[0][0]>();
      for (const one of epochs.flat()) {
        const before = latest.get(one.id);
        if (!before || one.time > before.time || (one.time === before.time && one.order >= before.order)) {
          latest.set(one.id, one);
        }
      }
      const disk = new MemoryDisk();
      await new SinkRun(
        disk,
        of({ publish: '0' }),
        epochs.map((epoch) => [epoch.map(({ id, time, order, n }) => ({ row: { id, n }, time, order }))]),
      ).toEnd();
      expect(lines(disk)).toEqual([...latest.values()].map(({ id, n }) => JSON.stringify({ id, n })).sort());
    }),
    { numRuns: tries(50) },
  );
});
