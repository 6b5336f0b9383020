import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prng } from '../../src/base/prng.ts';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { toEnd } from './support/runs.ts';
import { Server, withServersInFull } from './support/server.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const nameNode = 'http://127.0.0.1:19570';
const root = 'hdfs://127.0.0.1:19500';
const LINES = 200_000;

withServersInFull(['hdfs', 'spark'], 'hdfs-count beside Spark', () => {
  const folder = freshFolder();
  const hdfs = new Server('hdfs', {
    WEIR_INSTANCE: 'test-hdfs-spark',
    HDFS_PORT: 19500,
    HDFS_HTTP_PORT: 19570,
    HDFS_DATANODE_PORT: 19566,
    HDFS_DATANODE_HTTP_PORT: 19564,
    HDFS_DATANODE_IPC_PORT: 19567,
    HDFS_BLOCK_SIZE: 1024 * 1024,
  });
  const spark = new Server('spark', { WEIR_INSTANCE: 'test-spark-count' });
  const shell = (...args: string[]) => hdfs.run('org.apache.hadoop.fs.FsShell', ...args);
  beforeAll(async () => {
    await hdfs.wipe();
    await hdfs.start();
  });
  afterAll(async () => {
    await hdfs.wipe();
    await spark.wipe();
  });

  test('of the same files Weir and Spark make the same counts', async () => {
    const random = prng('words');
    const words = ['apple', 'Apple', 'Äpfel', 'two words', '', ' ', '梨', 'say "pear"'];
    const wordOf = () =>
      random() < 0.5 ? words[Math.floor(random() * words.length)] : `w${Math.floor(random() ** 3 * 5000)}`;
    const lines = Array.from({ length: LINES }, (_, n) => (n % 1000 === 7 ? 'nothing' : `${n},${wordOf()},${n % 10}`));
    folder.write('a.txt', `${lines.slice(0, LINES / 3).join('\n')}\n`);
    folder.write('b.txt', lines.slice(LINES / 3).join('\n'));
    await shell('-mkdir', '/data');
    await shell('-put', folder.at('a.txt'), folder.at('b.txt'), '/data');

    await toEnd(weir(['run', at('../../topologies/hdfs-count.yaml'), '--set', `nameNode=${nameNode}`], folder.path));
    await spark.run('spark-submit', at('scripts/spark-count.py'), `${root}/data`, `${root}/counts`);
    const expected = (await shell('-cat', '/counts/part-*')).split('\n').map((line) => JSON.parse(line));
    const found = (await shell('-cat', '/result/part-*')).split('\n').filter((line) => line !== 'word,count');
    const counts = found.map((line) => {
      const [, word = '', count] = /^(.*),(\d+)$/.exec(line) ?? [];
      return [word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word, Number(count)] as const;
    });
    expect(expected.length).toBeGreaterThan(1000);
    expect(counts.length).toBe(expected.length);
    expect(new Map(counts)).toEqual(new Map(expected));
  }, 300_000);
});
