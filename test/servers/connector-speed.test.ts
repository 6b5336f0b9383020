import { execFile } from 'node:child_process';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { connect, connectAsync, type IClientOptions } from 'mqtt';
import { afterAll, expect, test } from 'vitest';
import { bytesOf, send } from '../../actors/lib/hdfs/request.ts';
import { running } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { clientOf } from './support/cassandra.ts';
import { broker as mqttBroker, numbers, publish, records, subscribeFor, until, url } from './support/mqtt.ts';
import { runStream, toEnd } from './support/runs.ts';
import { Server, withServersInFull } from './support/server.ts';

// Figures, beside the plain client in a loop, in the same minutes; what is asserted is only that all rows are there.

const folder = freshFolder();
const TIMEOUT_MS = 600_000;
/** The best counts: the first of a server written in Java is twice as slow as those that follow. */
const TURNS = 3;

/** Seconds that a task takes. */
async function seconds(task: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await task();
  return (performance.now() - from) / 1000;
}

function tell(what: string, rows: number, plain: number[], ours: number[]): void {
  const best = (all: number[]) => Math.min(...all);
  const rate = (all: number[]) => `${Math.round(rows / best(all)).toLocaleString('en')}/s`;
  const ratio = (best(plain) / best(ours)).toFixed(2);
  process.stdout.write(`\n${what}: plain client ${rate(plain)}, weir ${rate(ours)}: ${ratio}\n`);
}

/** Of a run, from when it says that it has started to its end. */
async function ran(stream: object): Promise<number> {
  const run = runStream(folder, stream, { fresh: true, checkpoint: '5s' });
  await running(run.child);
  return seconds(() => toEnd(run));
}

withServersInFull(['cassandra'], 'speed of cassandra', () => {
  const port = 19042;
  const server = new Server('cassandra', {
    CASSANDRA_PORT: port,
    CASSANDRA_STORAGE_PORT: 17000,
    WEIR_INSTANCE: 'test-cassandra',
  });
  afterAll(() => server.wipe());

  test.each([
    // So many that the begin and the end of a process weigh little.
    ['rows of their own partition', 300_000, 'PRIMARY KEY (part, at)', 1e9],
    ['rows of 100 partitions', 2_000_000, 'PRIMARY KEY (part, at)', 100],
  ])('%s', { timeout: TIMEOUT_MS }, async (title, count, key, parts) => {
    await server.wipe();
    await server.start();
    const client = await clientOf(port);
    await client.execute("CREATE KEYSPACE s WITH REPLICATION = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    for (const name of ['plain', 'ours']) {
      await client.execute(`CREATE TABLE s.${name} (part int, at int, value text, ${key})`);
    }
    const query = 'INSERT INTO s.plain (part, at, value) VALUES (?, ?, ?)';
    const rowOf = (n: number) => [n % parts, n, `value ${n}`];
    const options = { prepare: true, logged: false };
    const plainly = async () => {
      // As the driver's own guide has it: 128 loops, each with one statement under way; rows of a partition 50 together.
      const together = parts === 100 ? 50 : 1;
      let next = 0;
      const loop = async () => {
        while (next < count) {
          const batch = next++ % parts;
          if (together === 1) await client.execute(query, rowOf(batch), options);
          else {
            const from = (next - 1) * together;
            if (from >= count) return;
            const part = ((next - 1) % parts) as number;
            const rows = Array.from({ length: together }, (_, i) => ({
              query,
              params: [part, from + i, `value ${from + i}`],
            }));
            await client.batch(rows, options);
          }
        }
      };
      await Promise.all(Array.from({ length: 128 }, loop));
    };
    const fields = { part: `n % ${parts}`, at: 'n', value: '"value " + text(n)' };
    const stream = {
      source: { generate: { count, fields } },
      to: { cassandra: { contactPoints: `127.0.0.1:${port}`, keyspace: 's', table: 'ours' } },
    };
    const [plain, ours]: [number[], number[]] = [[], []];
    // Each writes to an empty table: what the node has to compact of the turn before is no part of the next.
    const emptied = async () => {
      for (const name of ['plain', 'ours']) await client.execute(`TRUNCATE s.${name}`, [], { readTimeout: 60_000 });
    };
    for (let turn = 0; turn < TURNS; turn++) {
      await emptied();
      plain.push(await seconds(plainly));
      await emptied();
      ours.push(await ran(stream));
    }
    tell(`cassandra, ${title}`, count, plain, ours);
    await client.shutdown();
  });
});

withServersInFull([], 'speed of parquet', () => {
  test.each(['parquet', 'parquet-read'])('bench/micro/%s.mjs', { timeout: TIMEOUT_MS }, async (name) => {
    const { stdout } = await promisify(execFile)(process.execPath, [`bench/micro/${name}.mjs`]);
    process.stdout.write(`\n${stdout}`);
    expect(stdout).toContain('rows/s');
  });
});

withServersInFull(['hdfs'], 'speed of hdfs', () => {
  const nameNode = 'http://127.0.0.1:19870';
  const server = new Server('hdfs', {
    HDFS_PORT: 19000,
    HDFS_HTTP_PORT: 19870,
    HDFS_DATANODE_PORT: 19866,
    HDFS_DATANODE_HTTP_PORT: 19864,
    HDFS_DATANODE_IPC_PORT: 19867,
    WEIR_INSTANCE: 'test-hdfs',
  });
  afterAll(() => server.wipe());

  test('files in and out', { timeout: TIMEOUT_MS }, async () => {
    await server.wipe();
    await server.start();
    // So many that the begin and the end of a process weigh little.
    const count = 8_000_000;
    const generate = { count, fields: { n: 'n', value: '"value " + text(n)' } };
    await toEnd(runStream(folder, { source: { generate }, to: { file: 'in.ndjson' } }, { fresh: true }));
    const { size } = await stat(folder.at('in.ndjson'));
    const place = async (method: string, op: string) => {
      const url = `${nameNode}/webhdfs/v1/plain.ndjson?op=${op}&user.name=weir&noredirect=true&overwrite=true`;
      const { Location } = JSON.parse(String(await bytesOf(await send(method, new URL(url), 30_000))));
      return new URL(Location);
    };
    // Decoded and encoded, as Weir does.
    const body = async function* () {
      let rest = '';
      for await (const piece of createReadStream(folder.at('in.ndjson'), {
        encoding: 'utf8',
        highWaterMark: 2 ** 18,
      })) {
        const lines = (rest + piece).split('\n');
        rest = lines.pop() as string;
        yield Buffer.from(lines.map((line) => `${JSON.stringify(JSON.parse(line))}\n`).join(''));
      }
    };
    const write = async () => bytesOf(await send('PUT', await place('PUT', 'CREATE'), 30_000, body));
    const hdfs = { path: '/ours/', nameNode, user: 'weir' };
    const [written, ourWritten]: [number[], number[]] = [[], []];
    const [read, ourRead]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < 2; turn++) {
      written.push(await seconds(write));
      ourWritten.push(await ran({ source: { file: 'in.ndjson' }, to: { hdfs } }));
      read.push(
        await seconds(async () => {
          let rows = 0;
          let rest = '';
          for await (const piece of await send('GET', await place('GET', 'OPEN'), 30_000)) {
            const lines = (rest + piece).split('\n');
            rest = lines.pop() as string;
            for (const line of lines) if (JSON.parse(line).n >= 0) rows++;
          }
          expect(rows).toBe(count);
        }),
      );
      const source = { hdfs: { path: '/plain.ndjson', nameNode, user: 'weir' } };
      ourRead.push(await ran({ source, do: [{ where: 'n >= 0' }], to: 'null' }));
    }
    tell(`hdfs, ${Math.round(size / 2 ** 20)} MiB decoded, encoded and written`, count, written, ourWritten);
    tell('hdfs, read and decoded', count, read, ourRead);
  });
});

withServersInFull(['mosquitto'], 'speed of mqtt', () => {
  const server = mqttBroker();
  const UNDER_WAY = 1000;
  const count = 150_000;
  // One call of the publisher has fewer messages under way than there are numbers.
  const [CALLS, OF_A_CALL] = [5, 60_000];
  const lines = records(numbers(OF_A_CALL));
  const kept = CALLS * lines.length;
  const bytes = CALLS * (lines.join('\n').length + 1);
  afterAll(() => server.wipe());

  const how: IClientOptions = {
    protocolVersion: 5,
    properties: { receiveMaximum: 65_535, sessionExpiryInterval: 3600 },
  };

  /** As many loops as messages may be under way. */
  async function publishPlainly(): Promise<void> {
    const client = await connectAsync(url, how);
    let next = 0;
    const loop = async () => {
      while (next < count)
        await client.publishAsync('plain', JSON.stringify({ id: next++, value: 'some text' }), { qos: 1 });
    };
    await Promise.all(Array.from({ length: UNDER_WAY }, loop));
    await client.endAsync();
  }

  /** Until all that the broker has kept for the session has come. */
  async function readPlainly(): Promise<number> {
    const rows: { id: number }[] = [];
    const client = connect(url, { ...how, clientId: 'plain', clean: false });
    const begun = performance.now();
    await new Promise<void>((resolve) => {
      client.on('message', (_, payload) => {
        rows.push(JSON.parse(String(payload)));
        if (rows.length === kept) resolve();
      });
    });
    const took = performance.now() - begun;
    await client.endAsync();
    return took / 1000;
  }

  /** The same by Weir, which makes a file of them; from the start of the process to the last checkpoint. */
  async function readByWeir(name: string): Promise<number> {
    const mqtt = { topics: 'kept', url, clientId: 'ours', inFlight: 65_535 };
    const run = runStream(folder, { source: { mqtt }, to: { file: name } }, { fresh: true });
    const file = folder.at(name);
    const took = await seconds(() => until(() => existsSync(file) && statSync(file).size >= bytes));
    run.child.kill('SIGINT');
    await toEnd(run);
    return took;
  }

  test('messages in and out, QoS 1', { timeout: TIMEOUT_MS }, async () => {
    await server.wipe();
    await server.start();
    const generate = { count, fields: { id: 'n', value: '"some text"' } };
    const to = { mqtt: { topic: 'ours', url, inFlight: UNDER_WAY } };
    const [written, ourWritten]: [number[], number[]] = [[], []];
    const [read, ourRead]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < 2; turn++) {
      written.push(await seconds(publishPlainly));
      ourWritten.push(await ran({ source: { generate }, to }));
      for (const client of ['plain', 'ours']) await subscribeFor(client, 'kept');
      for (let call = 0; call < CALLS; call++) await publish('kept', lines, '-q', '1');
      read.push(await readPlainly());
      ourRead.push(await readByWeir(`kept-${turn}.ndjson`));
    }
    tell('mqtt, published, QoS 1', count, written, ourWritten);
    tell('mqtt, received, QoS 1', kept, read, ourRead);
  });
});
