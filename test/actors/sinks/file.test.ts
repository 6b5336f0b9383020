import { describe, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import { partitionPath } from '../../../actors/lib/files/partition-path.ts';
import file from '../../../actors/sinks/file.ts';
import type { Row } from '../../../src/stage/row.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { committerOf, crashMatrix, type Epochs, SinkRig, SinkRun, type SinkSetup } from '../support/sink-rig.ts';

const of = (options: Record<string, unknown>, more: Partial<SinkSetup> = {}): SinkSetup => ({
  definition: file,
  options,
  ...more,
});

/** So long that few records do not fit into the checkpoint itself. */
const LONG = 'x'.repeat(40_000);

const rows = (from: number, to: number, more: Row = {}) =>
  Array.from({ length: to - from }, (_, i) => ({ row: { id: from + i, ...more } }));

/** Two subtasks, three checkpoints: few bytes, many bytes, none. */
const EPOCHS: Epochs = [
  [rows(0, 3), rows(10, 12, { LONG })],
  [rows(3, 6, { LONG }), rows(12, 13)],
  [[], []],
  [rows(6, 7), rows(13, 16, { LONG })],
];

const idsOf = (text: string | undefined) =>
  (text ?? '').split('\n').flatMap((line) => (line ? [JSON.parse(line).id] : []));
const sorted = (ids: number[]) => [...ids].sort((a, b) => a - b);
const ALL = [0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15];

/** A disk on which an earlier run has left its files. */
function used(): MemoryDisk {
  const disk = new MemoryDisk();
  const old = () => ({ bytes: Buffer.from('{"id":-1}\n'), synced: 10 });
  for (const path of [
    'out.ndjson',
    'out/part-0-1.ndjson',
    'out/part-7-7.ndjson',
    'out/.part-1-1.ndjson',
    'out/mine.txt',
  ]) {
    disk.files.set(path, old());
  }
  disk.files.set('out.ndjson.upserts/log-1', old());
  return disk;
}

describe('one file', () => {
  test('holds every record once, whichever step the process crashes at', async () => {
    const look = (disk: MemoryDisk) => idsOf(disk.text('out.ndjson'));
    const runs = await crashMatrix(of({ path: 'out.ndjson' }), EPOCHS, used, look, (found, expected, where) => {
      expect(found, where).toEqual(expected);
      expect(sorted(found as number[]), where).toEqual(ALL);
    });
    expect(runs).toBeGreaterThan(50);
  });

  test('grows with every commit and leaves no pending part', async () => {
    const run = new SinkRun(new MemoryDisk(), of({ path: 'out.ndjson' }), EPOCHS);
    const lengths: number[] = [];
    run.onCommit = () => lengths.push(idsOf(run.disk.text('out.ndjson')).length);
    await run.toEnd();
    expect(lengths).toEqual([5, 9, 9, 13]);
  });

  test('an input without records leaves an empty file in place of the old one', async () => {
    const disk = used();
    await new SinkRun(disk, of({ path: 'out.ndjson' }), [[[]]]).toEnd();
    expect(disk.text('out.ndjson')).toBe('');
    const other = used();
    await committerOf(of({ path: 'out.ndjson' }), other).finish?.(undefined);
    expect(other.text('out.ndjson')).toBe('');
  });

  test('has one header, also without records', async () => {
    const setup = of({ path: 'out.csv', codec: 'csv' }, { codec: csv, fields: ['id', 'n'] });
    const disk = new MemoryDisk();
    await new SinkRun(disk, setup, [
      [[{ row: { id: 1, n: 2 } }], [{ row: { id: 2, n: 3 } }]],
      [[], []],
    ]).toEnd();
    expect(disk.text('out.csv')).toBe('id,n\n1,2\n2,3\n');
    const empty = new MemoryDisk();
    await new SinkRun(empty, setup, [[[]]]).toEnd();
    expect(empty.text('out.csv')).toBe('id,n\n');
  });

  test('a record that cannot be encoded leaves nothing behind', async () => {
    const disk = new MemoryDisk();
    const rig = new SinkRig(of({ path: 'out.ndjson' }), disk);
    const loop: Row = { before: 1 };
    loop.loop = loop;
    rig
      .push({ row: { id: 1 } })
      .push({ row: loop })
      .push({ row: { id: 2 } });
    const prepared = (await rig.writer.prepare?.(1)) as { parts: { part: { inline: Uint8Array } }[] };
    expect(Buffer.from(prepared.parts[0]!.part.inline).toString()).toBe('{"id":1}\n{"id":2}\n');
    expect(rig.dead.length).toBe(1);
  });

  test('what is written after the barrier belongs to the next checkpoint', async () => {
    const rig = new SinkRig(of({ path: 'out.ndjson' }), new MemoryDisk());
    rig.push({ row: { id: 1 } });
    const first = rig.writer.prepare?.(1);
    rig.push({ row: { id: 2 } });
    const texts = (await Promise.all([first, rig.writer.prepare?.(2)])).map((prepared: any) =>
      Buffer.from(prepared.parts[0].part.inline).toString(),
    );
    expect(texts).toEqual(['{"id":1}\n', '{"id":2}\n']);
  });
});

/** Ids by file, of all files that a reader sees; fails on half a line. */
function folderOf(disk: MemoryDisk, root = 'out/'): Record<string, number[]> {
  const visible = disk.paths.filter((path) => path.startsWith(root) && !/\/\./.test(path) && path.endsWith('.ndjson'));
  return Object.fromEntries(visible.map((path) => [path.slice(root.length), idsOf(disk.text(path))]));
}

describe('a folder of parts', () => {
  test('has a part per subtask and checkpoint, and each record once, whichever step crashes', async () => {
    await crashMatrix(of({ path: 'out/' }), EPOCHS, used, folderOf, (found, _, where) => {
      expect(found, where).toEqual({
        'part-0-1.ndjson': [0, 1, 2],
        'part-1-1.ndjson': [10, 11],
        'part-0-2.ndjson': [3, 4, 5],
        'part-1-2.ndjson': [12],
        'part-0-4.ndjson': [6],
        'part-1-4.ndjson': [13, 14, 15],
      });
    });
  });

  test('keeps files that are none of its own', async () => {
    const disk = used();
    await new SinkRun(disk, of({ path: 'out/' }), EPOCHS).toEnd();
    expect(disk.paths.filter((path) => path.startsWith('out/') && !/part-[01]-[124]/.test(path))).toEqual([
      'out/mine.txt',
    ]);
  });

  test('can be on another file system than the state', async () => {
    const elsewhere = () => Object.assign(used(), { otherDevice: (path: string) => path.startsWith('pending/') });
    await crashMatrix(of({ path: 'out/' }), EPOCHS, elsewhere, folderOf, (found, expected, where) => {
      expect(found, where).toEqual(expected);
      expect(sorted(Object.values(found as object).flat()), where).toEqual(ALL);
    });
  });

  test('every part has a header', async () => {
    const disk = new MemoryDisk();
    const setup = of({ path: 'out/', codec: 'csv' }, { codec: csv, fields: ['id'] });
    await new SinkRun(disk, setup, [[rows(0, 1)], [rows(1, 2)]]).toEnd();
    expect(disk.paths.map((path) => [path, disk.text(path)])).toEqual([
      ['out/part-0-1.csv', 'id\n0\n'],
      ['out/part-0-2.csv', 'id\n1\n'],
    ]);
  });
});

describe('a folder of rolled files', () => {
  const setup = of({ path: 'out/', roll: { size: '100kB', every: '3s' } });
  const many: Epochs = [...EPOCHS, [rows(7, 8), []], [[], []], [[], []], [rows(8, 9), rows(16, 17)]];

  test('gathers checkpoints until a file is large or old, each record once, whichever step crashes', async () => {
    await crashMatrix(setup, many, used, folderOf, (found, expected, where) => {
      expect(found, where).toEqual(expected);
      expect(sorted(Object.values(found as object).flat()), where).toEqual([
        ...ALL.slice(0, 7),
        7,
        8,
        ...ALL.slice(7),
        16,
      ]);
    });
    const disk = new MemoryDisk();
    await new SinkRun(disk, setup, many).toEnd();
    // By size at the second checkpoint, by size at the fourth, by age at the eighth (begun at the fifth).
    expect(Object.keys(folderOf(disk))).toEqual(['part-1.ndjson', 'part-4.ndjson', 'part-5.ndjson']);
  });

  test('a growing file is hidden until it ends', async () => {
    const run = new SinkRun(new MemoryDisk(), of({ path: 'out/', roll: { every: '1h' } }), many);
    const seen: unknown[] = [];
    run.onCommit = () => seen.push(folderOf(run.disk));
    await run.toEnd();
    expect(seen).toEqual(many.map(() => ({})));
    expect(Object.keys(folderOf(run.disk))).toEqual(['part-1.ndjson']);
  });
});

describe('partitions', () => {
  const days = (list: [number, string | null][]) => list.map(([id, day]) => ({ row: { id, day } }));
  const epochs: Epochs = [
    [
      days([
        [1, 'mon'],
        [2, 'tue'],
        [3, 'mon'],
      ]),
      days([[4, 'mon']]),
    ],
    [
      days([
        [5, 'tue'],
        [6, null],
      ]),
      [],
    ],
  ];

  test('spread the parts over folders named by their values', async () => {
    const disk = new MemoryDisk();
    await new SinkRun(disk, of({ path: 'out/{day}/x/', partition: ['day'] }), epochs).toEnd();
    expect(folderOf(disk)).toEqual({
      'mon/x/part-0-1.ndjson': [1, 3],
      'mon/x/part-1-1.ndjson': [4],
      'tue/x/part-0-1.ndjson': [2],
      'tue/x/part-0-2.ndjson': [5],
      'null/x/part-0-2.ndjson': [6],
    });
  });

  test('a partition that had to be sealed early has several parts, none lost at a crash', async () => {
    const setup = of({ path: 'out/', partition: ['day'], maxOpen: 1 });
    await crashMatrix(
      setup,
      epochs,
      () => new MemoryDisk(),
      folderOf,
      (found, _, where) => {
        expect(found, where).toEqual({
          'day=mon/part-0-1.ndjson': [1],
          'day=mon/part-0-1-1.ndjson': [3],
          'day=mon/part-1-1.ndjson': [4],
          'day=tue/part-0-1.ndjson': [2],
          'day=tue/part-0-2.ndjson': [5],
          'day=__HIVE_DEFAULT_PARTITION__/part-0-2.ndjson': [6],
        });
      },
    );
  });

  test('with roll there is one growing file each, none lost at a crash', async () => {
    const setup = of({ path: 'out/', partition: ['day'], roll: { every: '1h' } });
    await crashMatrix(
      setup,
      epochs,
      () => new MemoryDisk(),
      folderOf,
      (found, _, where) => {
        expect(found, where).toEqual({
          'day=mon/part-1.ndjson': [1, 3, 4],
          'day=tue/part-1.ndjson': [2, 5],
          'day=__HIVE_DEFAULT_PARTITION__/part-2.ndjson': [6],
        });
      },
    );
  });

  test.each([
    ['..', '%2E%2E/'],
    ['.', '%2E/'],
    ['a/b', 'a%2Fb/'],
    ['é\ud800', '%C3%A9%EF%BF%BD/'],
    ['', 'null/'],
    [null, 'null/'],
    ['null', '%6Eull/'],
    ['_x', '%5Fx/'],
    ['__HIVE_DEFAULT_PARTITION__', '%5F_HIVE_DEFAULT_PARTITION__/'],
    [7, '7/'],
    [{ a: 1 }, '%7B%22a%22%3A1%7D/'],
  ])('the value %j cannot leave its folder', (day, folder) => {
    const { partition } = materializeSync(file.options, { path: 'out/{day}/', partition: ['day'] });
    const path = partitionPath('out/{day}/', partition);
    expect([path.root, path.of({ day }, { time: 0, order: 0, key: null })]).toEqual(['out/', folder]);
  });

  test.each([
    [null, '__HIVE_DEFAULT_PARTITION__'],
    ['__HIVE_DEFAULT_PARTITION__', '%5F_HIVE_DEFAULT_PARTITION__'],
    ['null', 'null'],
    ['_x', '%5Fx'],
  ])('the value %j behind day= is not taken for another', (day, folder) => {
    const { partition } = materializeSync(file.options, { path: 'out/', partition: ['day'] });
    expect(partitionPath('out/', partition).of({ day }, { time: 0, order: 0, key: null })).toBe(`day=${folder}/`);
  });

  test.each([
    ['255 bytes in a name', 'out/{day}/', 'a'.repeat(255), true],
    ['256 bytes in a name', 'out/{day}/', 'a'.repeat(256), false],
    ['a name that its escapes make too long', 'out/{day}/', 'é'.repeat(50), false],
    ['a name that text beside the hole makes too long', 'out/d{day}/', 'a'.repeat(255), false],
    ['a name that holes together make too long', 'out/{day}{day}/', 'a'.repeat(128), false],
    ['a name that the name of its field makes too long', 'out/', 'a'.repeat(252), false],
    ['a name with text beside the hole that is not ASCII', 'out/é{day}/', 'a'.repeat(254), false],
    ['names that are a long path', `out/${'{day}/'.repeat(11)}`, 'a'.repeat(255), true],
    ['names that are too long a path', `out/${'{day}/'.repeat(12)}`, 'a'.repeat(255), false],
  ])('%s', (_, path, day, fits) => {
    const rig = new SinkRig(of({ path, partition: ['day'] }), new MemoryDisk());
    rig.push({ row: { day } });
    expect(rig.dead.map(({ code }) => code)).toEqual(fits ? [] : ['WEIR_PATH_TOO_LONG']);
  });
});

describe('options that do not go together', () => {
  test.each([
    [{ path: 'out/', mode: 'upsert' }, /must not end in/],
    [{ path: 'out.ndjson', mode: 'upsert' }, /needs a key/],
    [{ path: 'out.ndjson', key: 'id' }, /mode: upsert/],
    [{ path: 'out.ndjson', partition: ['day'] }, /end in \//],
    [{ path: 'out.ndjson', roll: { size: '1MB' } }, /end in \//],
    [{ path: 'out/{hour}/', partition: ['day'] }, /\{hour\}/],
    [{ path: 'out/{day}/' }, /partition is missing/],
  ])('%j', (options, message) => {
    expect(() => new SinkRig(of(options), new MemoryDisk())).toThrow(message);
  });
});
