import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import type { EngineEvent } from '../../src/topology/running.ts';
import { WEIR } from '../nexmark/cli.ts';
import { graphOf, node, STAGES } from '../support/graphs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  process.env.WEIR_TEST_FOLDER = folder;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const rowsIn = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).n as number);

/** Records go to both threads, and the one without the source exits at a record, once. */
const exiting = (source: ReturnType<typeof node>) =>
  graphOf(
    [
      source,
      node('x', 'operator', 'exchange', { how: 'broadcast' }, 's'),
      node('w', 'operator', './where-am-i.mjs', {}, 'x'),
      node('f', 'operator', 'map', { with: './faulty.mjs#exitElsewhereOnce' }, 'w'),
      node('o', 'sink', './append.mjs', { path: join(folder, 'out') }, 'f'),
    ],
    { checkpointIntervalMs: 20 },
  );

test('a port is given back at a restart in which its thread lives on', async () => {
  const urls: string[] = [];
  const waiting: ((url: string) => void)[] = [];
  const events: EngineEvent[] = [];
  const { engine, close } = launch(exiting(node('s', 'source', 'http-server', { port: 0 })), {
    threads: 2,
    stateFolder: join(folder, 'state'),
    onEvent(event) {
      events.push(event);
      const url = event.type === 'log' && /^taking records at (.*)$/.exec(event.text)?.[1];
      if (url) (waiting.shift() ?? ((it: string) => urls.push(it)))(url);
    },
  });
  const nextUrl = () => new Promise<string>((resolve) => waiting.push(resolve));
  const post = (url: string, n: number) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ n, at: n }),
    });
  const first = nextUrl();
  const run = engine.run();
  const before = await first;
  const second = nextUrl();
  expect((await post(before, 3500)).status).toBe(202);
  const after = await Promise.race([second, run.then(() => 'ended')]);
  await expect(post(before, 1)).rejects.toThrow();
  expect((await post(after, 2)).status).toBe(202);
  const summary = await engine.stop();
  await close();
  expect(summary).toMatchObject({ restarts: 1 });
  expect(rowsIn('out')).toEqual([2, 2]);
});

test('standard input goes on behind a restart in which its thread lives on', async () => {
  const file = join(folder, 'in.mjs');
  const graph = JSON.stringify({
    name: 'in',
    streams: {
      s: {
        source: { stdin: {} },
        do: [
          { exchange: { how: 'broadcast' } },
          { [`${new URL('./where-am-i.mjs', STAGES).pathname}`]: {} },
          { map: `${new URL('./faulty.mjs', STAGES).pathname}#exitElsewhereOnce` },
        ],
        to: { file: join(folder, 'out') },
      },
    },
  });
  writeFileSync(file.replace('.mjs', '.yaml'), graph);
  const child = spawn(
    process.execPath,
    [WEIR, 'run', file.replace('.mjs', '.yaml'), '--threads', '2', '--state', join(folder, 'state')],
    { stdio: ['pipe', 'pipe', 'pipe'], cwd: folder },
  );
  let said = '';
  const restarted = new Promise<void>((resolve) => {
    child.stderr.on('data', (data) => {
      said += data;
      if (/it goes on with the next whole record/.test(said)) resolve();
    });
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.stdin.write('{"n": 3500}\n');
  await Promise.race([restarted, ended]);
  child.stdin.end('{"n": 1}\n{"n": 2}\n');
  expect(await ended, said).toBe(0);
  expect(rowsIn('out').sort()).toEqual([1, 1, 2, 2]);
});
