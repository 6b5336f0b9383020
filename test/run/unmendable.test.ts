// What a restart cannot mend ends a run at once, says the way out, and leaves the output as it was.
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { realClock } from '../../src/host/clock.ts';
import { realDisk } from '../../src/host/disk.ts';
import { createInlineThreads } from '../../src/host/inline.ts';
import { realRandom } from '../../src/host/random.ts';
import { Engine } from '../../src/run/engine.ts';
import type { EngineEvent } from '../../src/topology/running.ts';
import { graphOf, node } from '../support/graphs.ts';

const box = { rows: [] as object[], wake: () => {}, fail: (_: unknown) => {} };
Object.assign(globalThis, { weirMailbox: box });
/** Too long to stand in the manifest itself, so that each record makes a pending part, and long enough to be moved whole. */
const PAD = 'x'.repeat(300_000);

let folder: string;
let events: EngineEvent[];
const at = (name: string) => join(folder, name);
const lines = (name = 'out') =>
  readFileSync(at(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).n);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  events = [];
  box.rows = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function start({
  source = node('s', 'source', './mailbox.mjs', {}),
  out = {},
  sinks = [],
  ...more
}: object & Options = {}) {
  let started = () => {};
  const isStarted = new Promise<void>((resolve) => {
    started = resolve;
  });
  const engine = new Engine({
    graph: graphOf([source, node('o', 'sink', 'file', { path: at('out'), ...out }, 's'), ...sinks], {
      checkpointIntervalMs: 1e8,
    }),
    hosts: 1,
    stateFolder: at('state'),
    threads: createInlineThreads(),
    clock: realClock,
    disk: realDisk,
    random: realRandom,
    hostModule: pathToFileURL(new URL('../../src/run/host.ts', import.meta.url).pathname).href,
    onEvent(event) {
      events.push(event);
      if (event.type === 'started') started();
    },
    ...more,
  });
  const run = engine.run();
  run.catch(() => {});
  await Promise.race([isStarted, run]);
  return engine;
}
interface Options {
  sinks?: ReturnType<typeof node>[];
  stateFolder?: string;
  source?: ReturnType<typeof node>;
  out?: object;
  fresh?: boolean;
}

/** A record, and a checkpoint that holds it. */
async function give(engine: Engine, n: number): Promise<void> {
  box.rows.push({ n, pad: PAD });
  box.wake();
  await engine.checkpoint();
}

/** As `end` leaves it: files by name, their bytes as text. */
function output(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(at('state')))
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(name, 'latin1')]));
}

const restarts = () => events.filter(({ type }) => type === 'restart').length;

/** Refused at once with this, and the output stays as it is; then `--fresh` begins anew. */
async function refused(error: object, options: Options = {}): Promise<void> {
  const before = output();
  events = [];
  const run = start(options).then((engine) => engine.run());
  await expect(run).rejects.toMatchObject(error);
  expect(restarts()).toBe(0);
  expect(output()).toEqual(before);
  const engine = await start({ ...options, fresh: true });
  await engine.stop();
}

test.each([{}, { mode: 'upsert', key: 'n', publish: '1d' }])(
  'a state that is older than its pending parts, %o',
  async (out) => {
    const engine = await start({ out });
    await give(engine, 1);
    await give(engine, 2);
    cpSync(at('state/state'), at('old'), { recursive: true });
    await give(engine, 3);
    await give(engine, 4);
    await engine.stop();
    rmSync(at('state/state'), { recursive: true });
    cpSync(at('old'), at('state/state'), { recursive: true });
    rmSync(at('old'), { recursive: true });
    const message = expect.stringMatching(/pending\/.*incomplete.*--fresh|neither pending.*--fresh/s);
    if ('mode' in out) {
      // Its parts are files of the log by now; without them they are lost.
      rmSync(at('out.upserts'), { recursive: true });
    }
    await refused({ code: 'WEIR_STATE_DAMAGED', message }, { out });
  },
);

test.each([
  ['was removed', () => rmSync(at('out')), /is gone, but \d+ bytes were written.*--fresh/s],
  ['was cut', () => truncateSync(at('out'), 10), /has 10 bytes, but \d+ bytes were written.*--fresh/s],
] as const)('an output that %s', async (_, change, message) => {
  const engine = await start();
  await give(engine, 1);
  await give(engine, 2);
  expect(lines()).toEqual([1, 2]);
  // Its last checkpoint has something to commit again.
  box.rows.push({ n: 3, pad: PAD });
  await engine.stop();
  change();
  await refused({ code: 'WEIR_FILE_SHORT', message: expect.stringMatching(message) });
});

test.each([
  ['shorter', () => truncateSync(at('in'), 7), 'has 7 bytes, and had \\d+ when reading began'],
  ['another', () => writeFileSync(at('in'), 'x'.repeat(30_000_000)), 'has other content than when'],
] as const)('an input that is %s', async (_, change, words) => {
  const line = (n: number) => `${JSON.stringify({ n, pad: 'x'.repeat(1000) })}\n`;
  writeFileSync(at('in'), Array.from({ length: 20_000 }, (_, n) => line(n)).join(''));
  const source = node('s', 'source', 'file', { path: at('in') });
  const engine = await start({ source });
  expect((await engine.stop()).finished).toBe(false);
  change();
  const message = expect.stringMatching(new RegExp(`in ${words}.*put the old file back, or use --fresh`));
  await refused({ code: 'WEIR_FILE_CHANGED', message }, { source });
});

test('a damaged state, at the first start', async () => {
  const engine = await start();
  await give(engine, 1);
  await engine.stop();
  rmSync(at('state/state'), { recursive: true });
  await refused({ code: 'WEIR_STATE_DAMAGED' });
  expect(existsSync(at('state/state.begun'))).toBe(true);
});

test('an output that another run writes, and one that two sinks reach by two names', async () => {
  const engine = await start();
  await give(engine, 1);
  for (const fresh of [false, true]) {
    const message = expect.stringMatching(/out is written by this process already/);
    await expect(start({ stateFolder: at('other'), fresh })).rejects.toMatchObject({ code: 'WEIR_LOCKED', message });
  }
  expect(restarts()).toBe(0);
  expect(lines()).toEqual([1]);
  await engine.stop();
  symlinkSync(at('out'), at('alias'));
  const again = node('p', 'sink', 'file', { path: at('alias') }, 's');
  await expect(start({ sinks: [again] })).rejects.toMatchObject({ code: 'WEIR_LOCKED' });
  expect(lines()).toEqual([1]);
  // Given back by the run that ended and by those that were refused.
  const next = await start({ stateFolder: at('other') });
  await next.stop();
});

test('a state folder that another run has', async () => {
  const engine = await start();
  appendFileSync(at('note'), 'x');
  await expect(start()).rejects.toMatchObject({ code: 'WEIR_LOCKED' });
  expect(restarts()).toBe(0);
  await engine.stop();
}, 20_000);

test.each([
  ['throws', 'WEIR_STAGE_THREW', 'at creation'],
  ['nothing', 'WEIR_PROCESS', 'the function gave no onRecord: give { onRecord(row, context) { … } }'],
  ['twice', 'WEIR_PROCESS', 'state a is declared twice'],
])('a function of process that %s', async (name, code, reason) => {
  const module = `./handlers.mjs#${name}`;
  const handler = node('p', 'operator', 'process', { with: module }, 's');
  const sinks = [handler, node('q', 'sink', 'file', { path: at('q') }, 'p')];
  const message = `p (${module}) cannot be created: ${reason}`;
  await expect(start({ sinks })).rejects.toMatchObject({ code, message });
  expect(restarts()).toBe(0);
});
