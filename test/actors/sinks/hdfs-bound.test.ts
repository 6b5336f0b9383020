import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import hdfs from '../../../actors/sinks/hdfs.ts';
import { realClock } from '../../../src/host/clock.ts';
import { realDisk } from '../../../src/host/disk.ts';
import { createInlineThreads } from '../../../src/host/inline.ts';
import { realRandom } from '../../../src/host/random.ts';
import { Engine } from '../../../src/run/engine.ts';
import { SinkDriver } from '../../../src/testkit/sink-driver.ts';
import { freshFolder } from '../../support/folder.ts';
import { graphOf, node } from '../../support/graphs.ts';

const folder = freshFolder();
const MIB = 2 ** 20;
let server: Server | undefined;
afterEach(() => server?.close());

/** A NameNode that is a DataNode too, of which the first bytes of a part wait until they are let in. */
async function slow() {
  const files = new Map<string, Buffer>();
  const sizes: number[] = [];
  let letIn = () => {};
  const open = new Promise<void>((resolve) => {
    letIn = resolve;
  });
  server = createServer(async (request, response: ServerResponse) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    const path = url.pathname.replace(/^\/(webhdfs\/v1|data)/, '');
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const json = (value: object, status = 200) => response.writeHead(status).end(JSON.stringify(value));
    const missing = () => json({ RemoteException: { exception: 'FileNotFoundException', message: 'none' } }, 404);
    const op = url.searchParams.get('op');
    if (url.pathname.startsWith('/data') && op === 'OPEN') return response.end(files.get(path));
    if (url.pathname.startsWith('/data')) {
      const bytes = Buffer.concat(pieces);
      if (path.includes('part-')) {
        sizes.push(bytes.length);
        await open;
      }
      files.set(path, bytes);
      return response.writeHead(201).end();
    }
    if (op === 'CREATE' || op === 'OPEN') return json({ Location: new URL(`/data${path}${url.search}`, url).href });
    if (op === 'RENAME') {
      files.set(url.searchParams.get('destination') as string, files.get(path) as Buffer);
      files.delete(path);
      return json({});
    }
    if (op === 'DELETE') files.delete(path);
    const found = files.get(path);
    if (op === 'GETFILESTATUS' && found !== undefined) {
      return json({ FileStatus: { pathSuffix: '', type: 'FILE', length: found.length, fileId: 1 } });
    }
    return op === 'DELETE' || op === 'SETTIMES' ? json({}) : missing();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { nameNode: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, files, sizes, letIn };
}

test('what waits on this machine is bounded: the stream waits, and goes on with a checkpoint that is asked for', async () => {
  const driver = await SinkDriver.open(hdfs, { path: '/out/', maxPending: '2MiB' }, { parallelism: 2 });
  const row = { text: 'x'.repeat(1000) };
  const share = MIB / 2;
  for (let bytes = 0; bytes < share - 2000; bytes += 1012) driver.write(row);
  await driver.ready();
  expect(driver.asked).toBe(0);
  for (let i = 0; i < 4; i++) driver.write(row);
  const ready = driver.ready();
  expect(driver.asked).toBe(1);
  expect(await Promise.race([ready.then(() => 'goes on'), new Promise((done) => setImmediate(done, 'held'))])).toBe(
    'held',
  );
  // What comes before the barrier that is on its way is taken, and held against the next checkpoint no more.
  const prepared = driver.prepare();
  await ready;
  await prepared;
  driver.write(row);
  await driver.ready();
  expect(driver.asked).toBe(1);
});

test('behind a slow HDFS the parts of a checkpoint stay below the bound, and every record comes', async () => {
  const { nameNode, files, sizes, letIn } = await slow();
  const count = 60_000;
  const options = { path: '/out/', nameNode, maxPending: '2MiB', codec: 'ndjson' };
  const fields = { n: 'n', text: `"${'x'.repeat(90)}"` };
  const engine = new Engine({
    graph: graphOf([node('s', 'source', 'generate', { count, fields }), node('o', 'sink', 'hdfs', options, 's')], {
      checkpointIntervalMs: 1e8,
    }),
    hosts: 1,
    stateFolder: folder.at('state'),
    threads: createInlineThreads(),
    clock: realClock,
    disk: realDisk,
    random: realRandom,
    hostModule: pathToFileURL(new URL('../../../src/run/host.ts', import.meta.url).pathname).href,
    onEvent() {},
  });
  const run = engine.run();
  run.catch(() => {});
  await expect.poll(() => sizes.length, { timeout: 20_000 }).toBe(1);
  letIn();
  await run;
  const lines = [...files]
    .filter(([path]) => path.includes('/part-'))
    .flatMap(([, bytes]) => String(bytes).trimEnd().split('\n'));
  expect(lines.map((line) => JSON.parse(line).n).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, n) => n),
  );
  expect(sizes.length).toBeGreaterThanOrEqual(5);
  // The bound of one of two checkpoints, and what was on its way to the sink.
  expect(Math.max(...sizes)).toBeLessThan(1.5 * MIB);
});
