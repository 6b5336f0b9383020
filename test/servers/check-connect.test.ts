// What `weir check --connect` finds of Cassandra and HDFS before a start: it asks the stages' own hook.
import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebHdfs } from '../../actors/lib/hdfs/web-hdfs.ts';
import lookup from '../../actors/operators/lookup.ts';
import cassandraSink from '../../actors/sinks/cassandra.ts';
import hdfsSink from '../../actors/sinks/hdfs.ts';
import cassandraSource from '../../actors/sources/cassandra.ts';
import hdfsSource from '../../actors/sources/hdfs.ts';
import { asked } from '../actors/connect/asked.ts';
import { clientOf, untilAnswers } from './support/cassandra.ts';
import { Server, withServers } from './support/server.ts';

withServers(['cassandra'], 'check --connect and cassandra', () => {
  const PORT = 19243;
  const server = new Server('cassandra', {
    CASSANDRA_PORT: PORT,
    CASSANDRA_STORAGE_PORT: 17243,
    WEIR_INSTANCE: 'test-connect-cassandra',
    CASSANDRA_AUTH: 1,
  });
  const login = { user: 'cassandra', password: 'cassandra' };
  const common = { contactPoints: [`127.0.0.1:${PORT}`], keyspace: 'ks', table: 'rows', ...login };
  let client: Client;
  beforeAll(async () => {
    await server.wipe();
    await server.start();
    const credentials = { credentials: { username: 'cassandra', password: 'cassandra' } };
    await untilAnswers(PORT, credentials);
    client = await clientOf(PORT, credentials);
    await client.execute("CREATE KEYSPACE ks WITH REPLICATION = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await client.execute('CREATE TABLE ks.rows (id int PRIMARY KEY, value text)');
  });
  afterAll(async () => {
    await client?.shutdown();
    await server.wipe();
  });

  const ofLookup = (options: object) => ({ cassandra: options, key: { id: 'n' } });
  const stages = [
    ['source', (options: object) => asked(cassandraSource, options)],
    ['sink', (options: object) => asked(cassandraSink, options)],
    ['lookup', (options: object) => asked(lookup, ofLookup(options))],
  ] as const;

  test.each(stages)(
    'the %s finds a wrong password, an unknown table and column, nobody, and no TLS',
    async (_, ask) => {
      await ask(common);
      await expect(ask({ ...common, password: 'n0t-this' })).rejects.toMatchObject({
        code: 'WEIR_CASSANDRA_LOGIN',
        message: expect.not.stringContaining('n0t-this'),
      });
      await expect(ask({ ...common, table: 'none' })).rejects.toMatchObject({
        code: 'WEIR_CASSANDRA_TABLE',
        message: expect.stringMatching(/127\.0\.0\.1:19243 has no table ks\.none: create it/),
      });
      await expect(ask({ ...common, columns: ['id', 'none'] })).rejects.toMatchObject({ code: 'WEIR_CASSANDRA_TABLE' });
      await expect(ask({ ...common, contactPoints: ['127.0.0.1:1'] })).rejects.toMatchObject({
        code: 'WEIR_CASSANDRA_CONNECT',
        message: expect.stringMatching(/127\.0\.0\.1:1: no node can be reached/),
      });
      await expect(ask({ ...common, tls: {} })).rejects.toMatchObject({ code: 'WEIR_CASSANDRA_TLS' });
    },
  );

  test('the sink finds no fault with a table that it makes', async () => {
    const create = { create: true, types: { id: 'int' }, primaryKey: 'id' };
    await asked(cassandraSink, { ...common, table: 'later', ...create });
    await expect(asked(cassandraSink, { ...common, columns: ['value'] })).rejects.toMatchObject({
      message: expect.stringMatching(/has id in its primary key/),
    });
  });
});

withServers(['hdfs'], 'check --connect and hdfs', () => {
  const nameNode = 'http://127.0.0.1:19870';
  const server = new Server('hdfs', {
    HDFS_PORT: 19820,
    HDFS_HTTP_PORT: 19870,
    HDFS_DATANODE_PORT: 19821,
    HDFS_DATANODE_HTTP_PORT: 19822,
    HDFS_DATANODE_IPC_PORT: 19823,
    HDFS_PERMISSIONS: 'true',
    WEIR_INSTANCE: 'test-connect-hdfs',
  });
  beforeAll(async () => {
    await server.wipe();
    await server.start();
    await server.run('org.apache.hadoop.fs.FsShell', '-mkdir', '/ours');
    await server.run('org.apache.hadoop.fs.FsShell', '-chmod', '777', '/ours');
    const files = new WebHdfs(
      { nameNode, user: 'weir', token: undefined, timeout: 30_000, retryFor: 30_000 },
      () => {},
    );
    await files.write('/ours/a.ndjson', 0, Buffer.from('{}\n'));
  });
  afterAll(() => server.wipe());

  const common = { nameNode, user: 'weir' };
  const read = (options: object) => asked(hdfsSource, { ...common, path: '/ours', ...options });
  const write = (options: object) => asked(hdfsSink, { ...common, path: '/ours/new/deep/', ...options });

  test('the source finds no such file, a file that it may not read, nobody, and no HTTP', async () => {
    await read({});
    await expect(read({ path: '/none/*.ndjson' })).rejects.toMatchObject({ code: 'WEIR_FILE_NOT_FOUND' });
    await server.run('org.apache.hadoop.fs.FsShell', '-chmod', '600', '/ours/a.ndjson');
    await expect(read({ user: 'other' })).rejects.toMatchObject({
      code: 'WEIR_HDFS_LOGIN',
      message: expect.stringMatching(/127\.0\.0\.1:19870: it does not let us/),
    });
    await expect(read({ nameNode: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'WEIR_HDFS_CONNECT' });
    await expect(read({ nameNode: 'https://127.0.0.1:19870' })).rejects.toMatchObject({ code: 'WEIR_HDFS_TLS' });
    await expect(read({ token: 'AAAAs3cret' })).rejects.toMatchObject({
      message: expect.not.stringContaining('s3cret'),
    });
  });

  test('the sink finds a folder that it may not make, a file in its place, and nobody; it makes nothing', async () => {
    await write({});
    expect(await server.run('org.apache.hadoop.fs.FsShell', '-ls', '/ours')).not.toContain('new');
    await expect(write({ path: '/theirs/' })).rejects.toMatchObject({ code: 'WEIR_HDFS_LOGIN' });
    await expect(write({ path: '/ours/a.ndjson/' })).rejects.toMatchObject({ code: 'WEIR_HDFS_REFUSED' });
    await expect(write({ nameNode: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'WEIR_HDFS_CONNECT' });
  });
});
