import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realDisk } from '../../src/host/disk.ts';
import { pack } from '../../src/state/pack.ts';
import { CheckpointStore, type StagePart } from '../../src/state/store.ts';
import { MemoryDisk } from '../../src/testkit/index.ts';
import { freshFolder } from '../support/folder.ts';
import { manifest } from './manifest.ts';

const folder = freshFolder();

const STAGES = ['a', 'b'];
const EPOCHS = 12;
const DAMAGED = { code: 'WEIR_STATE_DAMAGED', message: expect.stringMatching(/state.* is damaged: .*--fresh/s) };

/** Bytes that no compression shortens, from a generator of its own. */
function bytesOf(seed: number, length: number): Uint8Array<ArrayBuffer> {
  let x = seed * 2654435761 + 1;
  return Uint8Array.from({ length }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x >>> 24;
  });
}

const deltaOf = (stage: string, epoch: number) => bytesOf(epoch * 100 + stage.charCodeAt(0), 3000);

function partsOf(epoch: number): StagePart[] {
  return STAGES.map((stage) => ({
    stage,
    subtask: 0,
    keyed: [{ name: 'n', bytes: deltaOf(stage, epoch), oldest: Math.max(1, epoch - 4) }],
    operator: bytesOf(epoch, 100),
    positions: { x: epoch, y: `${stage}${epoch}` },
  }));
}

/** What a stage must come back with, told from the epoch alone. */
const expected = (stage: string, epoch: number) => {
  const first = Math.max(1, epoch - 4);
  const epochs = Array.from({ length: epoch - first + 1 }, (_, i) => first + i);
  return {
    keyed: { n: epochs.map((each) => ({ epoch: each, subtask: 0, bytes: [...deltaOf(stage, each)] })) },
    operator: { 0: [...bytesOf(epoch, 100)] },
    positions: { x: epoch, y: `${stage}${epoch}` },
  };
};

async function restored(path: string) {
  const store = await CheckpointStore.open(realDisk, path);
  try {
    const epoch = (await store.manifest())?.epoch;
    const states = await Promise.all(STAGES.map((stage) => store.stage(stage)));
    const plain = states.map(({ keyed, operator, positions }) => ({
      keyed: Object.fromEntries(
        Object.entries(keyed).map(([name, deltas]) => [name, deltas.map((one) => ({ ...one, bytes: [...one.bytes] }))]),
      ),
      operator: Object.fromEntries(Object.entries(operator).map(([subtask, bytes]) => [subtask, [...bytes]])),
      positions,
    }));
    return { epoch, states: plain };
  } finally {
    await store.close();
  }
}

async function written(): Promise<string> {
  const path = folder.at('state');
  const store = await CheckpointStore.open(realDisk, path);
  await store.manifest();
  for (let epoch = 1; epoch <= EPOCHS; epoch++) await store.write(manifest(epoch), partsOf(epoch), false);
  await store.close();
  return path;
}

const logOf = (path: string) => {
  const logs = readdirSync(path).filter((name) => name.endsWith('.log'));
  return join(path, logs.sort((a, b) => statSync(join(path, b)).size - statSync(join(path, a)).size)[0] as string);
};

/** The store as it was, damaged by `change`: whole at some checkpoint, or refused; never anything between. */
async function outcome(path: string, change: (log: string) => void): Promise<number | 'refused'> {
  rmSync(`${path}.copy`, { recursive: true, force: true });
  cpSync(path, `${path}.copy`, { recursive: true });
  cpSync(`${path}.begun`, `${path}.copy.begun`);
  change(logOf(`${path}.copy`));
  let found: Awaited<ReturnType<typeof restored>>;
  try {
    found = await restored(`${path}.copy`);
  } catch (error) {
    expect(error).toMatchObject(DAMAGED);
    return 'refused';
  }
  const epoch = found.epoch as number;
  expect(found.states).toEqual(STAGES.map((stage) => expected(stage, epoch)));
  return epoch;
}

test('a log with a byte changed anywhere is restored whole or refused', async () => {
  const path = await written();
  const { length } = readFileSync(logOf(path));
  const found = new Set<number | 'refused'>();
  for (let at = 5; at < length; at += Math.ceil(length / 40)) {
    const one = await outcome(path, (log) => {
      const bytes = readFileSync(log);
      bytes[at] = (bytes[at] as number) ^ 0x55;
      writeFileSync(log, bytes);
    });
    found.add(one);
  }
  expect(found).toContain('refused');
});

test('a log that was cut anywhere gives an older checkpoint whole, or is refused when none is left', async () => {
  const path = await written();
  const { length } = readFileSync(logOf(path));
  for (let left = 0; left < length; left += Math.ceil(length / 20)) {
    const one = await outcome(path, (log) => truncateSync(log, left));
    if (left === 0) expect(one).toBe('refused');
  }
});

test('a store whose files have gone is refused, and --fresh begins anew in it', async () => {
  const path = await written();
  rmSync(path, { recursive: true });
  await expect(restored(path)).rejects.toMatchObject(DAMAGED);
  const store = await CheckpointStore.openFresh(realDisk, path);
  expect(await store.manifest()).toBeUndefined();
  await store.write(manifest(1), partsOf(1), false);
  await store.close();
  expect((await restored(path)).epoch).toBe(1);
});

test.each(['CURRENT', 'MANIFEST'])(
  'a store with a damaged %s is refused, and --fresh begins anew in it',
  async (name) => {
    const path = await written();
    for (const file of readdirSync(path)) if (file.startsWith(name)) writeFileSync(join(path, file), 'x'.repeat(60));
    await expect(restored(path)).rejects.toMatchObject(DAMAGED);
    const store = await CheckpointStore.openFresh(realDisk, path);
    expect(await store.manifest()).toBeUndefined();
    await store.close();
    expect((await restored(path)).epoch).toBeUndefined();
  },
);

test('state of before, without the list, is taken as it is, and has a list from the next checkpoint on', async () => {
  const disk = new MemoryDisk();
  const store = await CheckpointStore.open(disk, 'state');
  await store.write(manifest(1), partsOf(1), false);
  await store.close();
  const kv = await disk.openKv('state');
  await kv.batch([{ type: 'put', key: 'manifest', value: pack(manifest(1)) }], { sync: true });
  await kv.close();
  await store.reopen();
  expect((await store.manifest())?.kept).toBeUndefined();
  expect((await store.stage('a')).positions).toEqual({ x: 1, y: 'a1' });
  await store.write(manifest(2), partsOf(2), false);
  expect(Object.keys((await store.manifest())?.kept ?? {})).toContain('keyed/a/n/000000000000/000000000001');
  expect((await store.stage('a')).keyed.n).toHaveLength(2);
});

test('wherever a crash comes, the store is as before or behind it, and never refused', async () => {
  for (const unsynced of ['lost', 'kept', 'half kept'] as const) {
    for (let at = 1; ; at++) {
      const disk = new MemoryDisk();
      const store = await CheckpointStore.open(disk, 'state');
      disk.failAt(at);
      const work = async () => {
        await store.write(manifest(1), partsOf(1), false);
        await store.clear();
        await store.write(manifest(1), partsOf(1), false);
      };
      const failed = await work().then(
        () => false,
        () => true,
      );
      const next = await CheckpointStore.open(disk.afterCrash(unsynced), 'state');
      expect([undefined, 1]).toContain((await next.manifest())?.epoch);
      if (!failed) break;
    }
  }
});
