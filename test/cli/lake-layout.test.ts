import { readdirSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import lake from '../../actors/sinks/lake.ts';
import { realDisk } from '../../src/host/disk.ts';
import { committerOf, SinkRig } from '../actors/support/sink-rig.ts';
import { VirtualTime } from '../actors/support/virtual-time.ts';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';

const folder = freshFolder();
const HOUR = 3_600_000;

async function write(options: object, checkpoints: number, rows: number): Promise<void> {
  const setup = {
    definition: lake,
    options: { path: folder.at('lake'), key: 'host', ...options },
    pending: folder.at('pending'),
  };
  const committer = committerOf(setup, realDisk);
  let base: unknown;
  const time = new VirtualTime();
  time.advance(checkpoints * HOUR);
  for (let epoch = 0; epoch < checkpoints; epoch++) {
    const rig = new SinkRig(setup, realDisk, 0, 'a', time);
    for (let i = 0; i < rows; i++) {
      rig.push({ row: { host: `h${i % 3}`, n: epoch * rows + i }, time: epoch * HOUR + i, order: epoch * rows + i });
    }
    base = await committer.commit(epoch, [await rig.writer.prepare?.(epoch)], base);
  }
  await committer.close?.();
}

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await weir(['lake', ...args, '--path', folder.at('lake')], folder.path).ended;
  return { code, stderr, lines: stdout.trim().split('\n') };
};

test('weir lake reads a table by its partitions and by time, and gives room back', async () => {
  await write({ table: 'hours', partition: { range: '1h' }, timeOrder: true }, 3, 4);
  await write({ table: 'plain' }, 1, 2);
  await write({ table: 'users', partition: { by: 'host', bounds: ['h1'] } }, 1, 3);
  await write({ table: 'young', retention: '1h' }, 5, 2000);

  expect((await run('tables')).lines).toEqual([
    'hours  partitioned by 3600000 ms of the time, in time order too; 3 partitions',
    'plain',
    'users  partitioned by bounds of host (h1), without time order; 2 partitions',
    'young',
  ]);
  const [first] = (await run('tables', '--json')).lines;
  const partition = { by: null, range: HOUR };
  expect(JSON.parse(first!)).toEqual({ table: 'hours', partition, timeOrder: true, partitions: 3 });

  const hours = ['1970-01-01T00:00:00.000Z', '1970-01-01T01:00:00.000Z', '1970-01-01T02:00:00.000Z'];
  expect((await run('partitions', 'hours')).lines).toEqual(hours);
  expect((await run('partitions', 'users')).lines).toEqual(['null', '"h1"']);
  const numbers = async (...args: string[]) =>
    (await run('scan', ...args, '--json')).lines.map((line) => JSON.parse(line).row.n);
  expect(await numbers('hours', '--order', 'time')).toEqual(Array.from({ length: 12 }, (_, i) => i));
  expect(await numbers('hours', '--partition', hours[1]!)).toEqual([4, 7, 5, 6]);
  expect(await numbers('hours', '--order', 'time', '--from', '3600002', '--to', '7200001')).toEqual([6, 7, 8]);
  expect(await numbers('users', '--partition', '"h1"')).toEqual([1, 2]);
  expect((await run('scan', 'users', '--order', 'time')).stderr).toContain('users is not kept so');
  expect((await run('scan', 'users', '--order', 'size')).stderr).toContain('neither key nor time');

  const sum = async (...args: string[]) =>
    JSON.parse(
      (
        await run(
          'sql',
          'SELECT sum(n)::INT AS n, count(DISTINCT _partition)::INT AS p FROM hours',
          '--format',
          'json',
          ...args,
        )
      ).lines[0]!,
    );
  expect(await sum()).toEqual({ n: 66, p: 3 });
  expect(await sum('--from', '3600002')).toEqual({ n: 6 + 7 + 8 + 9 + 10 + 11, p: 2 });
  expect(await sum('--partition', hours[2]!)).toEqual({ n: 8 + 9 + 10 + 11, p: 1 });

  const compacted = await run('compact');
  expect(compacted.lines).toEqual([expect.stringMatching(/^4 tables compacted: \d+ bytes before, \d+ now$/)]);
  const bytes = readdirSync(folder.at('lake')).reduce((all, name) => all + statSync(folder.at(`lake/${name}`)).size, 0);
  expect(bytes).toBeLessThan(200_000);
  expect(await numbers('hours')).toHaveLength(12);
  expect((await run('compact', 'nowhere')).stderr).toContain('there is no table nowhere');
}, 120_000);
