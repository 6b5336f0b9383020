import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebServer } from '../actors/support/web-server.ts';
import { running, WEIR, weir } from '../nexmark/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  const source = { generate: { fields: { id: 'n' }, rate: 2000 } };
  const streams = { a: { source, to: ['stdout', { file: 'out.ndjson' }] } };
  writeFileSync(join(folder, 't.yaml'), JSON.stringify({ name: 't', streams }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ids = () =>
  readFileSync(join(folder, 'out.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id);

test('a run whose reader leaves stops with a last checkpoint, and the same command goes on from there', async () => {
  for (const expected of ['started', 'resumed from checkpoint']) {
    const { child, ended } = weir(['run', 't.yaml', '--threads', '1'], folder);
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain(expected);
    expect(stderr).toContain('whoever read the output has gone');
    expect(stderr).toContain('(stopped; the same command goes on from here)');
  }
  // Each record once: nothing that the first run wrote came again in the second.
  expect(ids()).toEqual(Array.from({ length: ids().length }, (_, i) => i));
});

test('a run whose last checkpoint fails says where the same command goes on', async () => {
  const server = new WebServer();
  const url = await server.listen();
  const source = { generate: { fields: { id: 'n' }, rate: 200 } };
  const to = { http: { url, retries: 0, batch: 1, linger: '1ms' } };
  writeFileSync(
    join(folder, 't.yaml'),
    JSON.stringify({ name: 't', checkpoint: { every: '50ms' }, streams: { a: { source, to } } }),
  );
  const { child, ended } = weir(['run', 't.yaml', '--threads', '1'], folder);
  let log = '';
  child.stderr!.on('data', (chunk) => (log += chunk));
  const logged = (text: string) => expect.poll(() => log, { timeout: 60_000 }).toContain(text);
  await logged('checkpoint 1 took');
  // A record is on its way when it is stopped, and is refused once the stop has begun, as the note after 2 s says.
  server.reply = async () => {
    if (!child.killed) child.kill('SIGINT');
    await logged('stopping: ');
    return { status: 503 };
  };
  const { code, stderr } = await ended;
  await server.close();
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /\(stopped without a last checkpoint; the same command goes on from checkpoint \d+, [\d.]+m?s old\)/,
  );
});

test('a run whose log has no reader any more stops as well', async () => {
  const { child, ended } = weir(['run', 't.yaml', '--threads', '1'], folder);
  await once(child.stderr!, 'data');
  child.stderr!.destroy();
  expect((await ended).code).toBe(0);
});

test('the same signal twice at once is one', async () => {
  const { child, ended } = weir(['run', 't.yaml', '--threads', '1'], folder);
  await running(child);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toContain('(stopped;');
});

test('Ctrl-C ends npm start with 0', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const start = manifest.scripts.start.replace('scripts/start.mjs', `${WEIR} run t.yaml --threads 1`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start } }));
  // As a terminal does it: the signal goes to npm, its shell and Weir alike.
  const child = spawn('npm', ['start'], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  const ended = once(child, 'close');
  await running(child);
  process.kill(-child.pid!, 'SIGINT');
  expect(await ended).toEqual([0, null]);
});

const noFullDevice = existsSync('/dev/full') ? false : 'there is no /dev/full here';

test.skipIf(noFullDevice)('what cannot be shown ends the run with a word; log lines are not worth that', async () => {
  const full = openSync('/dev/full', 'w');
  const run = (...stdio: StdioOptions & unknown[]) =>
    spawn(process.execPath, [WEIR, 'run', 't.yaml'], { cwd: folder, stdio });
  const shown = run('ignore', full, 'pipe');
  let said = '';
  shown.stderr!.on('data', (data) => (said += data));
  expect(await once(shown, 'close')).toEqual([1, null]);
  expect(said).toMatch(/weir: standard output cannot be written: ENOSPC/);
  expect(said).not.toContain('at writeSync');

  const logged = run('ignore', 'pipe', full);
  await once(logged.stdout!, 'data');
  logged.kill('SIGINT');
  expect(await once(logged, 'close')).toEqual([0, null]);
  closeSync(full);
});
