import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ChunkBuilder } from '../../../src/flow/buffer/chunk.ts';
import { BufferQueue } from '../../../src/flow/buffer/queue.ts';
import { realDisk } from '../../../src/host/disk.ts';
import { openLevel } from '../../../src/host/level-kv.ts';
import { freshFolder } from '../../support/folder.ts';

const folder = freshFolder();
const path = () => folder.at('buffer/to.0');

/** A queue of three chunks, committed with checkpoint 3. */
async function filled(): Promise<void> {
  const queue = await BufferQueue.open(realDisk, path(), 0);
  const builder = new ChunkBuilder();
  for (let epoch = 1; epoch <= 3; epoch++) {
    builder.add({ epoch }, { time: 0, order: 0, key: null }, 0);
    await queue.put(builder.take(epoch), 1, epoch);
    queue.commit(epoch);
  }
  await queue.close();
}

async function change(what: (kv: Awaited<ReturnType<typeof openLevel>>) => Promise<void>): Promise<void> {
  const kv = await openLevel(`${path()}/queue`);
  await what(kv);
  await kv.close();
}

async function opened(epoch = 3): Promise<unknown[]> {
  const queue = await BufferQueue.open(realDisk, path(), epoch);
  const rows: unknown[] = [];
  try {
    for (let chunk = await queue.peek(0); chunk !== undefined; chunk = await queue.peek(0)) {
      rows.push(...[...chunk.kept()].map(({ row }) => row));
      queue.pass();
    }
  } finally {
    await queue.close();
  }
  return rows;
}

const damaged = (what: RegExp) => ({
  code: 'WEIR_BUFFER_DAMAGED',
  message: expect.stringMatching(what),
  data: { path: path(), permanent: true },
});

test('as it was left it gives what its checkpoint has, and nothing from behind', async () => {
  await filled();
  expect(await opened()).toEqual([{ epoch: 1 }, { epoch: 2 }, { epoch: 3 }]);
});

test('a state that is older than the queue is refused', async () => {
  await filled();
  await change(async () => {});
  await opened(3);
  await expect(opened(2)).rejects.toMatchObject(damaged(/it is of checkpoint 3, and the state of checkpoint 2/));
});

const DAMAGE: [string, () => Promise<void>, RegExp][] = [
  ['a part that is gone', () => change((kv) => kv.batch([{ type: 'del', key: 'q000000000000001' }])), /number 1/],
  ['a last part that is gone', () => change((kv) => kv.batch([{ type: 'del', key: 'q000000000000002' }])), /number 2/],
  [
    'a part that has changed',
    () => change((kv) => kv.batch([{ type: 'put', key: 'q000000000000001', value: new Uint8Array(30) }])),
    /part 1 of it has changed/,
  ],
  ['no word of how much there is', () => change((kv) => kv.batch([{ type: 'del', key: 'm' }])), /how much it holds/],
  [
    'another form',
    () => change((kv) => kv.batch([{ type: 'put', key: 'm', value: new TextEncoder().encode('{"format":2}') }])),
    /another version/,
  ],
  ['an emptied store', async () => rmSync(`${path()}/queue`, { recursive: true }), /all that it held is gone/],
  [
    'a store whose files were cut',
    async () => {
      for (const name of readdirSync(`${path()}/queue`)) {
        if (/MANIFEST|CURRENT/.test(name)) writeFileSync(`${path()}/queue/${name}`, 'x');
      }
    },
    /it cannot be opened/,
  ],
  [
    'a log that was lost',
    async () => {
      for (const name of readdirSync(`${path()}/queue`)) {
        if (/\.(log|ldb)$/.test(name)) writeFileSync(`${path()}/queue/${name}`, '');
      }
    },
    /gone|cannot be opened|how much/,
  ],
];

test.each(DAMAGE)('%s is told with the folder', async (_, damage, what) => {
  await filled();
  await damage();
  await expect(opened()).rejects.toMatchObject(damaged(what));
});

test('a folder that was removed begins anew', async () => {
  await filled();
  rmSync(path(), { recursive: true });
  expect(await opened()).toEqual([]);
});
