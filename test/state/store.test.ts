import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytewise } from '../../src/base/bytewise.ts';
import { realDisk } from '../../src/host/disk.ts';
import { CheckpointStore, type StagePart } from '../../src/state/store.ts';
import { MemoryDisk } from '../../src/testkit/index.ts';
import { freshFolder } from '../support/folder.ts';
import { manifest } from './manifest.ts';

const folder = freshFolder();

/** Split ids may hold anything, such as the names of files. */
const IDS = ['', '0', 'a/b', '/', 'é', '\ud7ff', '\ue000', '\uffff', '\uffff\uffff', '😀', '\u{10ffff}', '😀/\uffff'];

test.each([
  ['LevelDB', () => realDisk, () => folder.at('state')],
  ['memory', () => new MemoryDisk(), () => 'state'],
])('every split gets its position back from %s, and no stage that of another', async (_, disk, path) => {
  const store = await CheckpointStore.open(disk(), path());
  const stages = ['s', 's.t', 's-0', 's0', 't', '😀', '\uffff'];
  const positions = (stage: string) => Object.fromEntries(IDS.map((id) => [id, `${stage}:${id}`]));
  const parts = stages.map((stage): StagePart => {
    return {
      stage,
      subtask: 0,
      keyed: [{ name: 'n', bytes: Buffer.from(stage), oldest: 1 }],
      positions: positions(stage),
    };
  });
  await store.write(manifest(1), parts, false);
  for (const stage of stages) {
    const state = await store.stage(stage);
    expect(state.positions).toEqual(positions(stage));
    expect(state.keyed.n?.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([stage]);
  }
  // A full one drops all that was there.
  await store.write(manifest(2), [], true);
  for (const stage of stages) expect((await store.stage(stage)).keyed).toEqual({});
  await store.close();
});

test('texts are ordered as their bytes are', () => {
  const text = fc.string({ unit: 'binary', maxLength: 4 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(bytewise(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  expect(bytewise('\uffff', '😀')).toBeLessThan(0);
});
