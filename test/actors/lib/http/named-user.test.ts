import { expect, test } from 'vitest';
import avro from '../../../../actors/codecs/avro.ts';
import protobuf from '../../../../actors/codecs/protobuf.ts';
import deltaSink from '../../../../actors/sinks/delta.ts';
import hdfsSink from '../../../../actors/sinks/hdfs.ts';
import httpSink from '../../../../actors/sinks/http.ts';
import parquetSink from '../../../../actors/sinks/parquet.ts';
import websocketSink from '../../../../actors/sinks/websocket.ts';
import hdfsSource from '../../../../actors/sources/hdfs.ts';
import httpPoll from '../../../../actors/sources/http-poll.ts';
import parquetSource from '../../../../actors/sources/parquet.ts';
import sse from '../../../../actors/sources/sse.ts';
import websocketSource from '../../../../actors/sources/websocket.ts';
import { materializeSync } from '../../../../src/topology/options.ts';

/** Whom a URL names, or only by a password. */
const USERS = ['me:s3cret@', ':s3cret@', 's3cret@'];
const web = (user: string) => ({ url: `http://${user}host/` });
const socket = (user: string) => ({ url: `ws://${user}host/` });
const hdfs = (user: string) => ({ hdfs: { nameNode: `http://${user}host/` } });
const registry = (user: string) => ({ registry: { url: `http://${user}host/` } });

test.each<[string, string, any, (user: string) => object]>([
  ['sink http', 'url', httpSink, web],
  ['source http-poll', 'url', httpPoll, web],
  ['source sse', 'url', sse, web],
  ['source websocket', 'url', websocketSource, socket],
  ['sink websocket', 'url', websocketSink, socket],
  ['source hdfs', 'nameNode', hdfsSource, (user) => ({ path: '/in', ...hdfs(user).hdfs })],
  ['sink hdfs', 'nameNode', hdfsSink, (user) => ({ path: '/out', ...hdfs(user).hdfs })],
  ['source parquet', 'hdfs.nameNode', parquetSource, (user) => ({ path: '/in', ...hdfs(user) })],
  ['sink parquet', 'hdfs.nameNode', parquetSink, (user) => ({ path: '/out/', schema: { a: 'int' }, ...hdfs(user) })],
  ['sink delta', 'hdfs.nameNode', deltaSink, (user) => ({ path: '/out/', schema: { a: 'int' }, ...hdfs(user) })],
  ['codec avro', 'registry.url', avro, registry],
  ['codec protobuf', 'registry.url', protobuf, registry],
])('%s refuses a user in %s, and shows no secret', (_, option, definition, optionsOf) => {
  const refuse = (user: string) => definition.refuse(materializeSync(definition.options, optionsOf(user) as never));
  for (const user of USERS) {
    const refused = expect.objectContaining({
      code: 'WEIR_OPTION',
      message: expect.stringMatching(new RegExp(`^${option} names a user: say it in `)),
    });
    expect(() => refuse(user)).toThrow(refused);
    expect(() => refuse(user)).not.toThrow(/s3cret/);
  }
  refuse('');
});
