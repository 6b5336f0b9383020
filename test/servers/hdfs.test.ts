import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebHdfs } from '../../actors/lib/hdfs/web-hdfs.ts';
import { running, weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { failing, runStream, toEnd } from './support/runs.ts';
import { Server, withServers, withServersInFull } from './support/server.ts';

const settings = {
  HDFS_PORT: 19000,
  HDFS_HTTP_PORT: 19870,
  HDFS_DATANODE_PORT: 19866,
  HDFS_DATANODE_HTTP_PORT: 19864,
  HDFS_DATANODE_IPC_PORT: 19867,
  WEIR_INSTANCE: 'test-hdfs',
  // Many blocks, so that ranges cross them.
  HDFS_BLOCK_SIZE: 1024 * 1024,
};
const nameNode = 'http://127.0.0.1:19870';
const TIMEOUT_MS = 300_000;
const folder = freshFolder();

/** What Hadoop's own client says of a folder. */
const shell = (server: Server, ...args: string[]) => server.run('org.apache.hadoop.fs.FsShell', ...args);
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

function hdfs(): WebHdfs {
  return new WebHdfs({ nameNode, user: 'weir', token: undefined, timeout: 30_000, retryFor: 30_000 }, () => {});
}

withServers(['hdfs'], 'hdfs', () => {
  const server = new Server('hdfs', { ...settings, HDFS_PERMISSIONS: 'true' });
  beforeAll(async () => {
    await server.wipe();
    await server.start();
    await shell(server, '-chmod', '777', '/');
  });
  afterAll(() => server.wipe());

  test('files of a folder, plain and packed, are read once, by ranges on one thread and on two', async () => {
    const rows = Array.from({ length: 60_000 }, (_, n) => ({ n, text: `line ${n} ${'é'.repeat(n % 40)}` }));
    const textOf = (some: object[]) => Buffer.from(some.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const files = hdfs();
    await files.write('/in/a.ndjson', 0, textOf(rows.slice(0, 50_000)));
    await files.write('/in/b.ndjson.gz', 0, gzipSync(textOf(rows.slice(50_000))));
    await files.write('/in/.hidden', 0, Buffer.from('no record'));
    await files.write('/in/_SUCCESS', 0, Buffer.alloc(0));
    for (const [path, threads] of [
      ['/in', 1],
      ['/in/*.{ndjson,ndjson.gz}', 2],
    ] as const) {
      const source = { hdfs: { path, nameNode, user: 'weir', chunk: '300KiB' } };
      await toEnd(runStream(folder, { source, to: { file: 'out.ndjson' } }, { threads, fresh: true }));
      const found = folder.rows('out.ndjson').sort((a, b) => a.n - b.n);
      expect(found.length).toBe(rows.length);
      expect(found).toEqual(rows);
    }
  });

  test('parts appear under their own names, in folders by value; those of a run before are replaced', async () => {
    const stream = (count: number) => ({
      source: { generate: { count, fields: { n: 'n', day: '"d" + text(n % 3)' } } },
      to: { hdfs: { path: '/days/{day}/', nameNode, user: 'weir', partition: { day: 'day' } } },
    });
    await toEnd(runStream(folder, stream(5000), { fresh: true }));
    await toEnd(runStream(folder, stream(3000), { fresh: true }));
    const names = linesOf(await shell(server, '-ls', '-R', '-C', '/days'));
    for (const name of names) expect(name).toMatch(/^\/days\/d[012](\/part-0-\d+\.ndjson)?$/);
    const text = await shell(server, '-cat', '/days/d1/part-*');
    const found = linesOf(text).map((line) => JSON.parse(line).n);
    expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => 3 * i + 1));
    const [, , owner] = (await shell(server, '-ls', '/days')).split('\n')[1]?.split(/\s+/) ?? [];
    expect(owner).toBe('weir');
  });

  test('a rolled file grows hidden over checkpoints, and appears in the end', async () => {
    const to = { hdfs: { path: '/rolled', nameNode, user: 'weir', codec: 'csv', roll: { size: '1GiB' } } };
    const generate = { count: 3000, rate: 2000, fields: { n: 'n', square: 'n * n' } };
    await toEnd(runStream(folder, { source: { generate }, do: [{ select: ['n', 'square'] }], to }));
    const names = linesOf(await shell(server, '-ls', '-C', '/rolled'));
    expect(names).toHaveLength(1);
    const lines = linesOf(await shell(server, '-cat', names[0] as string));
    expect(lines).toEqual(['n,square', ...Array.from({ length: 3000 }, (_, n) => `${n},${n * n}`)]);
  });

  test('topologies/hdfs-count.yaml counts the second field of the text at /data', async () => {
    const words = ['apple', 'pear', 'plum', 'a "b"'];
    const lines = Array.from({ length: 5000 }, (_, n) => `${n},${words[((n * n) % 7) % 4]},${n}`);
    await hdfs().write('/data/text.txt', 0, Buffer.from(`${lines.join('\n')}\nno second field\n`));
    const file = fileURLToPath(new URL('../../topologies/hdfs-count.yaml', import.meta.url));
    await toEnd(weir(['run', file, '--set', `nameNode=${nameNode}`, '--threads', '2'], folder.path));
    const expected = new Map<string, number>();
    for (const line of lines) {
      const word = line.split(',')[1] as string;
      expected.set(word, (expected.get(word) ?? 0) + 1);
    }
    const csv = linesOf(await shell(server, '-cat', '/result/part-*')).filter((line) => line !== 'word,count');
    const found = csv.map((line) => /^(.*),(\d+)$/.exec(line) as unknown as [string, string, string]);
    const plain = (cell: string) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    expect(new Map(found.map(([, word, count]) => [plain(word), Number(count)]))).toEqual(expected);
    expect(found.length).toBe(expected.size);
  });

  test('what is not there, is not let in, or does not answer is told, and what to do', async () => {
    const read = (options: object) => {
      const source = { hdfs: { nameNode, ...options } };
      return failing(runStream(folder, { source, to: { file: 'out.ndjson' } }, { fresh: true }));
    };
    expect(await read({ path: '/none' })).toMatch(/hdfs http:\/\/127.0.0.1:19870: no file matches \/none/);
    expect(await read({ path: '/none', nameNode: 'http://127.0.0.1:19871' })).toMatch(
      /hdfs http:\/\/127.0.0.1:19871: it cannot be reached.*ECONNREFUSED.*nameNode/,
    );
    expect(await read({ path: '/none', nameNode: 'https://127.0.0.1:19870' })).toMatch(/WEIR_HDFS_TLS/);
    const generate = { count: 1, fields: { n: 'n' } };
    const to = { hdfs: { path: '/guarded', nameNode, user: 'nobody' } };
    await shell(server, '-mkdir', '/guarded');
    await shell(server, '-chmod', '700', '/guarded');
    const refused = await failing(runStream(folder, { source: { generate }, to }, { fresh: true }));
    expect(refused).toMatch(/it does not let us .*user=nobody.*check user, token and permissions.*WEIR_HDFS_LOGIN/);
  });
});

withServersInFull(['hdfs'], 'hdfs under failures', () => {
  const server = new Server('hdfs', settings);
  beforeAll(async () => {
    await server.wipe();
    await server.start();
  });
  afterAll(() => server.wipe());

  test.each([
    ['parts', {}],
    ['rolled files', { roll: { size: '200KiB' } }],
  ])(
    '%s: servers stopped for 20 s, and Weir killed: every record once',
    { timeout: TIMEOUT_MS },
    async (name, options) => {
      const count = 60_000;
      const path = `/killed-${name.slice(0, 5)}`;
      const stream = {
        source: { generate: { count, rate: 2000, fields: { n: 'n' } } },
        to: { hdfs: { path, nameNode, user: 'weir', ...options } },
      };
      const first = runStream(folder, stream);
      await running(first.child);
      await new Promise((resolve) => setTimeout(resolve, 4000));
      await server.stop();
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      await server.start();
      for (const ms of [1500, 700]) {
        const run = ms === 1500 ? first : runStream(folder, stream);
        if (run !== first) await running(run.child);
        await new Promise((resolve) => setTimeout(resolve, ms));
        run.child.kill('SIGKILL');
        const { signal, code, stderr } = await run.ended;
        // Where the servers took long to come back, all input has come meanwhile, and it ends by itself.
        if (code !== 0) expect(signal, stderr).toBe('SIGKILL');
      }
      await toEnd(runStream(folder, stream));
      const text = await shell(server, '-cat', `${path}/*`);
      const found = linesOf(text).map((line) => JSON.parse(line).n);
      expect(found.length).toBe(count);
      expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
      expect(linesOf(await shell(server, '-ls', '-C', path)).filter((one) => one.includes('/.'))).toEqual([]);
    },
  );
});
