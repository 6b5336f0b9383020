import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLake } from '../../actors/lib/lake/open.ts';
import { keyText } from '../../actors/lib/lake/order-text.ts';
import { packRow } from '../../actors/lib/lake/row-frames.ts';
import { keyStart, writeRowKey } from '../../actors/lib/lake/row-key.ts';
import { realDisk } from '../../src/host/disk.ts';
import { Bytes } from '../../src/stage/bytes.ts';
import { weir } from '../nexmark/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => weir(args, folder).ended;

test('weir check --connect tells which systems it asked, and which of them refuse', async () => {
  const to = (sink: object) => {
    const streams = { s: { source: { generate: { count: 1, fields: { n: 'n' } } }, to: sink } };
    writeFileSync(join(folder, 't.json'), JSON.stringify({ name: 't', streams }));
    return run('check', join(folder, 't.json'), '--connect');
  };
  const good = await to({ udp: { host: '127.0.0.1', port: 9 } });
  expect([good.code, good.stdout]).toEqual([
    0,
    expect.stringMatching(/: 2 stages, no faults; systems asked: s\.to\.udp\n$/),
  ]);
  const bad = await to({ tcp: { host: '127.0.0.1', port: 1 } });
  expect(bad.code).toBe(2);
  expect(bad.stdout).toMatch(/^s\.to\.tcp: .*127\.0\.0\.1:1.*\(WEIR_[A-Z_]+\)\n.*: 1 of its systems cannot be used\n$/);
});

test('weir lake makes no store of a folder that holds something else', async () => {
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  const { code, stderr } = await run('lake', 'tables', '--path', folder);
  expect(code).toBe(2);
  expect(stderr).toContain(`there is no lake at ${folder}`);
  expect(readdirSync(folder)).toEqual(['notes.txt']);
});

test('weir lake scan shows rows at a time that no date has, and those behind them', async () => {
  const at = { order: 1, high: 1, low: 1, repeat: 0 };
  const store = await openLake(realDisk, join(folder, 'lake'));
  for (const [key, time] of [
    ['a', 1e300],
    ['b', 0],
  ] as const) {
    const bytes = new Bytes();
    writeRowKey(bytes, keyStart('t', keyText(key)), { ...at, time });
    const place = bytes.buffer.toString('utf8', 0, bytes.length);
    await store.kv.batch([{ type: 'put', key: place, value: packRow({ key }) }], { sync: true });
  }
  await store.close();
  const { code, stdout } = await run('lake', 'scan', 't', '--path', join(folder, 'lake'));
  expect([code, stdout]).toEqual([0, '1e+300  a  {"key":"a"}\n1970-01-01T00:00:00.000Z  b  {"key":"b"}\n']);
});

test.each([false, true])(
  'weir lake scan shows all values of a row as a file has them, with --json %s',
  async (json) => {
    const store = await openLake(realDisk, join(folder, 'lake'));
    const row = { n: 2n ** 62n, b: new Uint8Array([255, 0]), d: new Date(0), l: [{ n: 7n }] };
    const bytes = new Bytes();
    writeRowKey(bytes, keyStart('t', keyText('a')), { time: 0, order: 1, high: 1, low: 1, repeat: 0 });
    const place = bytes.buffer.toString('utf8', 0, bytes.length);
    await store.kv.batch([{ type: 'put', key: place, value: packRow(row) }], { sync: true });
    await store.close();
    const shown = '{"n":4611686018427387904,"b":"/wA=","d":"1970-01-01T00:00:00.000Z","l":[{"n":7}]}';
    const { code, stdout } = await run(
      'lake',
      'scan',
      't',
      '--path',
      join(folder, 'lake'),
      ...(json ? ['--json'] : []),
    );
    const expected = json ? `{"key":"a","time":0,"row":${shown}}` : `1970-01-01T00:00:00.000Z  a  ${shown}`;
    expect([code, stdout]).toEqual([0, `${expected}\n`]);
  },
);

test.each(['abc', '-3', '1.5', ''])('--limit %j is refused', async (limit) => {
  const { code, stderr } = await run('lake', 'scan', 'table', `--limit=${limit}`);
  expect(code).toBe(2);
  expect(stderr).toContain('is not a whole number from 0 on');
});

test('--json ends with one object also when the run fails', async () => {
  writeFileSync(join(folder, 'in.ndjson'), '{"n":1}\n');
  const sink = { file: { path: 'out/' } };
  const fails = { map: './fails.mjs', onError: 'fail' };
  writeFileSync(join(folder, 'fails.mjs'), 'export default () => { throw new Error("no"); };\n');
  const text = { name: 't', streams: { s: { source: { file: 'in.ndjson' }, do: [fails], to: sink } } };
  writeFileSync(join(folder, 't.yaml'), JSON.stringify(text));
  const { code, stdout } = await run('run', 't.yaml', '--json', '--threads', '1');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'WEIR_STAGE_FAILED', message: expect.stringContaining('s.map: no') },
    recordsIn: 0,
    restarts: 0,
  });
});

test('a second document in a file is a fault', async () => {
  writeFileSync(join(folder, 't.yaml'), 'name: t\nstreams: { a: { source: stdin, to: stdout } }\n---\nname: u\n');
  const { code, stderr, stdout } = await run('check', 't.yaml');
  expect(code).toBe(2);
  expect(stderr + stdout).toMatch(/t\.yaml:\d.*a file holds one topology/);
});

test.each(['hunter2', 'xyz'])(
  'the secret %s is not shown in reasons of dead letters, and stays in records',
  async (secret) => {
    writeFileSync(join(folder, 'in.ndjson'), JSON.stringify({ i: 1, mine: secret }));
    const steps = [{ where: 'i > "${env:MYSECRET}"' }];
    const text = {
      name: 't',
      streams: { s: { source: { file: 'in.ndjson' }, do: steps, to: { file: 'out.ndjson' } } },
    };
    writeFileSync(join(folder, 't.yaml'), JSON.stringify(text));
    process.env.MYSECRET = secret;
    const { code, stderr } = await run('run', 't.yaml', '--threads', '1').finally(() => delete process.env.MYSECRET);
    expect([code, stderr.includes(secret)]).toEqual([0, false]);
    const letter = JSON.parse(readFileSync(join(folder, 'data/t/dead-letters.ndjson'), 'utf8'));
    expect(letter).toMatchObject({ input: { i: 1, mine: secret }, reason: expect.stringContaining('${env:MYSECRET}') });
    expect(letter.reason).not.toContain(secret);
  },
);

test('weir run tells faults of a topology as weir check does', async () => {
  writeFileSync(join(folder, 't.yaml'), 'name: t\nstreams:\n  a: { source: stdn, to: stdot }\n');
  const [ran, checked] = [await run('run', 't.yaml'), await run('check', 't.yaml')];
  const lines = checked.stdout.split('\n').filter((line) => /^t\.yaml:3:\d+ {2}/.test(line));
  expect(lines).toHaveLength(2);
  expect([ran.code, ran.stderr]).toEqual([2, `${lines.join('\n')}\n`]);
});

test('weir new says how its files find the package, where it is not found', async () => {
  expect((await run('new', 'operator', 'one')).stdout).toContain(`npm install --install-links ${process.cwd()}\n`);
  mkdirSync(join(folder, 'node_modules/weir'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/weir/package.json'), '{}');
  expect((await run('new', 'operator', 'two')).stdout).not.toContain('npm install');
});

test('weir graph writes what the ending of the file says, and refuses one that says nothing', async () => {
  const text = { name: 't', streams: { s: { source: { file: 'in.ndjson' }, to: 'null' } } };
  writeFileSync(join(folder, 't.yaml'), JSON.stringify(text));
  for (const name of ['x.png', 'x']) {
    const { code, stderr } = await run('graph', 't.yaml', '--out', name);
    expect(code).toBe(2);
    expect(stderr).toMatch(/\.svg.*\.mmd, \.md/);
  }
  expect(readdirSync(folder)).toEqual(['t.yaml']);
  for (const name of ['x.mmd', 'x.md']) {
    expect((await run('graph', 't.yaml', '--out', name)).code).toBe(0);
    expect(readFileSync(join(folder, name), 'utf8')).toMatch(/flowchart|graph/);
  }
});
