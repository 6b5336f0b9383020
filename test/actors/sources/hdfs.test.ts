import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { globSync } from 'tinyglobby';
import { afterEach, expect, test } from 'vitest';
import ndjson from '../../../actors/codecs/ndjson.ts';
import { folderPattern, globPattern, isGlob, rootOf } from '../../../actors/lib/hdfs/glob.ts';
import { WebHdfs } from '../../../actors/lib/hdfs/web-hdfs.ts';
import hdfs from '../../../actors/sources/hdfs.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { freshFolder } from '../../support/folder.ts';
import { tries } from '../../support/thorough.ts';
import { Driver, splitsOf } from './driver.ts';

// Faults that a real server cannot be made to show; the rest, and that of actors/sinks/hdfs.ts and actors/sources/cassandra.ts, is in
// test/servers.

const folder = freshFolder();
let server: Server | undefined;
afterEach(() => server?.close());

/** One file in a NameNode that is a DataNode too; `fault` may answer in its place. */
async function serve(
  text: string,
  fault: (request: IncomingMessage, n: number) => ((r: ServerResponse) => void) | undefined,
) {
  const asked: URL[] = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    asked.push(url);
    const answer = fault(request, asked.length);
    if (answer !== undefined) return answer(response);
    if (url.pathname.startsWith('/data')) {
      const offset = Number(url.searchParams.get('offset'));
      const length = Number(url.searchParams.get('length') ?? Number.POSITIVE_INFINITY);
      response.end(Buffer.from(text).subarray(offset, offset + length));
    } else if (url.searchParams.get('op') === 'OPEN') {
      const Location = new URL(`/data${url.search}`, url).href;
      response.end(JSON.stringify({ Location }));
    } else {
      const FileStatus = { pathSuffix: '', type: 'FILE', length: Buffer.byteLength(text), fileId: 7 };
      response.end(JSON.stringify({ FileStatus }));
    }
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { nameNode: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function readAll(options: object) {
  const splits = await splitsOf(hdfs, options, { codec: ndjson });
  const driver = await new Driver(hdfs, options, { codec: ndjson, realTimers: true }).open(splits);
  try {
    await driver.run();
  } finally {
    await driver.reader.close?.();
  }
  return driver.rows;
}

const rows = Array.from({ length: 200 }, (_, n) => ({ n }));
const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const many = Array.from({ length: 60_000 }, (_, n) => ({ n, text: `line ${n}` }));
const long = many.map((row) => `${JSON.stringify(row)}\n`).join('');
const opens = (asked: readonly URL[]) => asked.filter(({ pathname }) => pathname.startsWith('/data')).length;

test('a connection that breaks off and a NameNode in safe mode are asked again', async () => {
  let faults = 0;
  const { nameNode } = await serve(long, (request, n) => {
    if (n < 3 || faults >= 8) return undefined;
    faults++;
    if (request.url?.startsWith('/data')) {
      const offset = Number(new URL(request.url, 'http://x').searchParams.get('offset'));
      if (faults % 3 === 0) return () => request.socket.destroy();
      return (response) => {
        response.setHeader('Content-Length', long.length - offset);
        response.write(long.slice(offset, offset + 100_000), () => request.socket.destroySoon());
      };
    }
    const RemoteException = { exception: 'SafeModeException', message: 'Name node is in safe mode.' };
    return (response) => response.writeHead(403).end(JSON.stringify({ RemoteException }));
  });
  expect(await readAll({ path: '/a.ndjson', nameNode, chunk: '256KiB' })).toEqual(many);
  expect(faults).toBe(8);
});

test('a file that one subtask reads is opened twice, whatever its chunks', async () => {
  const { nameNode, asked } = await serve(long, () => undefined);
  expect(await readAll({ path: '/a.ndjson', nameNode, chunk: '64KiB' })).toEqual(many);
  expect(opens(asked)).toBe(2);
});

test('of a file that several read each asks for its own chunks', async () => {
  const { nameNode, asked } = await serve(long, () => undefined);
  const options = { path: '/a.ndjson', nameNode, chunk: '512KiB' };
  const splits = await splitsOf(hdfs, options, { codec: ndjson, parallelism: 2 });
  const found: unknown[] = [];
  for (const split of splits) {
    const driver = await new Driver(hdfs, options, { codec: ndjson, realTimers: true }).open([split]);
    await driver.run();
    await driver.reader.close?.();
    found.push(...driver.rows);
  }
  expect((found as { n: number }[]).sort((a, b) => a.n - b.n)).toEqual(many);
  for (const url of asked) if (url.pathname === '/data') expect(url.searchParams.has('length')).toBe(true);
});

test('records longer than what chunks overlap by are read whole', async () => {
  const big = Array.from({ length: 30 }, (_, n) => ({ n, text: 'é'.repeat((n % 7) * 20_000) }));
  const bytes = big.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { nameNode } = await serve(bytes, () => undefined);
  expect(await readAll({ path: '/a.ndjson', nameNode, chunk: '128KiB' })).toEqual(big);
});

test('what breaks off while nobody reads goes on where it was', async () => {
  const bytes = Buffer.from(long);
  let broken: Promise<unknown> | undefined;
  let breakOff = () => {};
  const { nameNode, asked } = await serve(long, ({ url, socket }) => {
    if (!url?.startsWith('/data') || broken !== undefined) return undefined;
    broken = new Promise((closed) => socket.on('close', closed));
    breakOff = () => socket.destroy();
    return (response) => {
      response.setHeader('Content-Length', bytes.length);
      response.write(bytes.subarray(0, 600_000));
    };
  });
  const options = { nameNode, user: undefined, token: undefined, timeout: 30_000, retryFor: 30_000 };
  const stream = new WebHdfs(options, () => {}).stream('/a', 0);
  const got = [(await stream.next()) as Buffer];
  breakOff();
  await broken;
  while (stream.position < bytes.length) got.push((await stream.next()) as Buffer);
  expect(Buffer.concat(got).equals(bytes)).toBe(true);
  expect(opens(asked)).toBe(2);
  stream.close();
});

test('a file that has become shorter is told', async () => {
  const { nameNode } = await serve(long, ({ url }) => {
    if (!url?.startsWith('/data')) return undefined;
    return (response) => response.end(long.slice(Number(new URL(url, 'http://x').searchParams.get('offset')), 900_000));
  });
  await expect(readAll({ path: '/a.ndjson', nameNode, chunk: '512KiB' })).rejects.toMatchObject({
    code: 'WEIR_FILE_CHANGED',
  });
});

test('a delegation token goes with each request to the NameNode, and stands in no error', async () => {
  const token = 'HAAEd2VpcgR3ZWlyAIoBnothing';
  const { nameNode, asked } = await serve(text, () => undefined);
  expect(await readAll({ path: '/a.ndjson', nameNode, token })).toEqual(rows);
  for (const url of asked) expect(url.searchParams.get('delegation')).toBe(token);
  server?.close();
  const RemoteException = {
    exception: 'SecurityException',
    message: `token (${'owner=weir'}) can't be found in cache`,
  };
  const refusing = await serve(text, () => (r) => r.writeHead(403).end(JSON.stringify({ RemoteException })));
  await expect(readAll({ path: '/a.ndjson', nameNode: refusing.nameNode, token })).rejects.toMatchObject({
    code: 'WEIR_HDFS_LOGIN',
    message: expect.not.stringContaining(token),
  });
});

test('a glob matches what it matches on a disk', () => {
  const names = ['a', 'b.x', 'c/a.x', 'c/d/e.x', 'c/d/f.y', '[g].x', 'h{1}.x'];
  const parts = fc.array(fc.constantFrom('*', '?', '**/', 'a', '.x', 'c/', 'd/', '{x,y}', '[a-e]', '[!a]', '.'), {
    minLength: 1,
    maxLength: 5,
  });
  for (const name of names) folder.write(name.replaceAll('/', '-'), '');
  const flat = names.map((name) => name.replaceAll('/', '-'));
  fc.assert(
    fc.property(parts, (some) => {
      const glob = some.join('').replaceAll('**/', '*').replaceAll('/', '-').replaceAll(/\*+/g, '*');
      fc.pre(isGlob(glob) && !glob.startsWith('.'));
      const expected = globSync([glob], { cwd: folder.path, dot: true, expandDirectories: false });
      expect(flat.filter((name) => globPattern(glob).test(name)).sort()).toEqual(expected.sort());
    }),
    { numRuns: tries(200) },
  );
});

test('a glob looks into no folder that cannot hold a match, and into each that can', () => {
  const names = fc.constantFrom('*', '?', 'a', 'b', 'ab', '**', '{a,b}', '{a/b,b}', '[!a]', 'a*', '**b');
  const tree = ['a', 'b', 'ab', 'c'].flatMap((one) => [
    [one],
    ...['a', 'b', 'c'].flatMap((two) => [[one, two], ...['a', 'ab', 'c'].map((three) => [one, two, three])]),
  ]);
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 4 }), (some) => {
      const glob = `/${some.join('/')}`;
      const folders = folderPattern(glob);
      for (const path of tree.filter((each) => globPattern(glob).test(`/${each.join('/')}`))) {
        for (let up = 1; up < path.length; up++) expect(`/${path.slice(0, up).join('/')}`).toMatch(folders);
      }
    }),
    { numRuns: tries(500) },
  );
  const looked = (glob: string) => {
    const all = ['/l', '/l/a', '/l/b', '/l/a/x', '/l/a/y', '/l/a/x/1', '/k'];
    return all.filter((folder) => folderPattern(glob).test(folder));
  };
  expect(looked('/l/*')).toEqual(['/l']);
  expect(looked('/l/*/x/*')).toEqual(['/l', '/l/a', '/l/b', '/l/a/x']);
  expect(looked('/l/{a,c}/[!x]/*')).toEqual(['/l', '/l/a', '/l/a/y']);
  expect(looked('/l/a/**/*.x')).toEqual(['/l', '/l/a', '/l/a/x', '/l/a/y', '/l/a/x/1']);
  expect(looked('/l/{b/c,b}')).toEqual(['/l', '/l/a', '/l/b', '/l/a/x', '/l/a/y', '/l/a/x/1']);
});

test('of a glob only folders are listed that can hold a match; one that names no folder matches no file', async () => {
  const tree: Record<string, [string, 'FILE' | 'DIRECTORY'][]> = {
    '/l': [
      ['day=1', 'DIRECTORY'],
      ['day=2', 'DIRECTORY'],
      ['old', 'DIRECTORY'],
      ['file', 'FILE'],
    ],
    '/l/day=1': [
      ['a', 'FILE'],
      ['deep', 'DIRECTORY'],
    ],
    '/l/day=2': [],
    // As WebHDFS does with a file.
    '/l/file': [['', 'FILE']],
  };
  const listed: string[] = [];
  const { nameNode } = await serve(text, (request) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const path = decodeURIComponent(pathname)
      .replace('/webhdfs/v1', '')
      .replace(/(.)\/$/, '$1');
    const found = tree[path];
    const isListing = searchParams.get('op') === 'LISTSTATUS';
    if (isListing) listed.push(path);
    if (!isListing || found === undefined) {
      const RemoteException = { exception: 'FileNotFoundException', message: `no ${path}` };
      return (response) => response.writeHead(404).end(JSON.stringify({ RemoteException }));
    }
    const FileStatus = found.map(([pathSuffix, type], fileId) => ({ pathSuffix, type, length: 1, fileId }));
    return (response) => response.end(JSON.stringify({ FileStatuses: { FileStatus } }));
  });
  const find = async (path: string) => {
    listed.length = 0;
    return await splitsOf(hdfs, { path, nameNode }, { codec: ndjson });
  };
  expect(JSON.stringify(await find('/l/day=*/*'))).toContain('"/l/day=1/a"');
  expect(listed).toEqual(['/l', '/l/day=1', '/l/day=2']);
  for (const path of ['/none/*', '/l/file/*', '/l/day=3*/*', 'l/*']) {
    await expect(find(path), path).rejects.toMatchObject({ code: 'WEIR_FILE_NOT_FOUND' });
  }
});

test('a glob whose range is none is a clear error', () => {
  for (const path of ['/l/[z-a]', '/l/[z-a]/*']) {
    const options = materializeSync(hdfs.options, { path });
    const refused = expect.objectContaining({ code: 'WEIR_OPTION', message: expect.stringContaining(path) });
    expect(() => hdfs.refuse!(options as never)).toThrow(refused);
  }
  expect('/a/b').not.toMatch(globPattern('/a[!x]b'));
});

test('a glob goes over folders', () => {
  const paths = ['/l/a.x', '/l/m/a.x', '/l/m/n/a.x', '/l/m/n/b.y'];
  const matching = (glob: string) => paths.filter((path) => globPattern(glob).test(path));
  expect(matching('/l/*.x')).toEqual(['/l/a.x']);
  expect(matching('/l/**/*.x')).toEqual(['/l/a.x', '/l/m/a.x', '/l/m/n/a.x']);
  expect(matching('/l/*/n/[ab].{x,y}')).toEqual(['/l/m/n/a.x', '/l/m/n/b.y']);
  expect(rootOf('/l/m/*/a')).toBe('/l/m/');
});

test('at the end of a run nothing is tried again, and no answer is waited for', async () => {
  let asked = 0;
  const silent = createServer(() => {
    asked++;
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const of = (at: number) => ({
    ...{ nameNode: `http://127.0.0.1:${at}`, user: 'weir', token: undefined },
    ...{ timeout: 3_600_000, retryFor: 3_600_000 },
  });
  const waiting = new WebHdfs(of(port), () => {});
  const answer = waiting.status('/a');
  answer.catch(() => {});
  while (asked === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  waiting.hurry();
  await expect(answer).rejects.toMatchObject({ code: 'WEIR_HDFS_CONNECT' });
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  // Now nobody is there.
  const away = new WebHdfs(of(port), () => {});
  const tried = away.status('/a');
  tried.catch(() => {});
  away.hurry();
  await expect(tried).rejects.toMatchObject({ code: 'WEIR_HDFS_CONNECT' });
  await expect(away.status('/a')).rejects.toMatchObject({ code: 'WEIR_HDFS_CONNECT' });
});

test.each([
  [200, 'hello', 'WEIR_HDFS_CONNECT', /what answers there is no WebHDFS .*: check nameNode/],
  [200, '{}', 'WEIR_HDFS_CONNECT', /what answers there is no WebHDFS .*FileStatus.*: check nameNode/],
  [403, 'Forbidden', 'WEIR_HDFS_LOGIN', /it does not let us \(status 403 Forbidden\)/],
  [503, 'Busy', 'WEIR_HDFS_BUSY', /^hdfs http:\/\/127\.0\.0\.1:\d+: status 503 Busy$/],
])('an answer %i %s is told for what it is', async (status, body, code, message) => {
  const { nameNode } = await serve(text, () => (response) => response.writeHead(status).end(body));
  await expect(splitsOf(hdfs, { path: '/a', nameNode }, { codec: ndjson })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});
