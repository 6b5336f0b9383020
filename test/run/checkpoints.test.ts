import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
import type { Clock } from '../../src/world/clock.ts';
import type { Disk } from '../../src/world/disk.ts';
import { graphOf, node } from '../support/graphs.ts';

let folder: string;
let events: EngineEvent[];
const box = {
  rows: [] as object[],
  committed: [] as object[],
  wake: () => {},
  fail: (_: unknown) => {},
  held: undefined as Promise<void> | undefined,
};
Object.assign(globalThis, { weirMailbox: box });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  events = [];
  box.rows = [];
  box.committed = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A disk on which a step of a checkpoint can be held up, or fail. */
function checkpointDisk() {
  const state = { fails: false, hold: undefined as Promise<void> | undefined, writing: () => {} };
  const disk: Disk = {
    ...realDisk,
    async openKv(path) {
      const kv = await realDisk.openKv(path);
      return {
        get: (key) => kv.get(key),
        entries: (range) => kv.entries(range),
        keys: (range) => kv.keys(range),
        close: () => kv.close(),
        async batch(writes, options) {
          state.writing();
          await state.hold;
          if (state.fails) throw new Error('the disk is full');
          await kv.batch(writes, options);
        },
      };
    },
  };
  return { disk, state };
}

/** Half a minute and more passes in a moment. */
const hasty: Clock = {
  ...realClock,
  after: (ms, task) => realClock.after(ms >= 30_000 && ms < 1e6 ? ms / 1000 : ms, task),
};

async function start(disk: Disk = realDisk, { clock = realClock, to = 'file' } = {}) {
  const waiting: { type: string; resolve: () => void }[] = [];
  const engine = new Engine({
    graph: graphOf(
      [
        node('s', 'source', './mailbox.mjs', {}),
        node('o', 'sink', to, to === 'file' ? { path: join(folder, 'out') } : {}, 's'),
      ],
      { checkpointIntervalMs: 1e8 },
    ),
    hosts: 1,
    stateFolder: join(folder, 'state'),
    threads: createInlineThreads(),
    clock,
    disk,
    random: realRandom,
    hostModule: pathToFileURL(new URL('../../src/run/host.ts', import.meta.url).pathname).href,
    onEvent(event) {
      events.push(event);
      for (const { type, resolve } of waiting) if (type === event.type) resolve();
    },
  });
  const next = (type: string) => new Promise<void>((resolve) => waiting.push({ type, resolve }));
  const started = next('started');
  const run = engine.run();
  run.catch(() => {});
  await Promise.race([started, run]);
  return { engine, run, next };
}

/** Puts a record in; it is taken with the source's next poll. */
function give(n: number): void {
  box.rows.push({ n });
  box.wake();
}

const out = () =>
  readFileSync(join(folder, 'out'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).n);

test('a checkpoint that is asked for holds what came before, also when another is under way', async () => {
  const { disk, state } = checkpointDisk();
  const { engine, run } = await start(disk);
  let release = () => {};
  state.hold = new Promise((resolve) => {
    release = resolve;
  });
  const writing = new Promise<void>((resolve) => {
    state.writing = resolve;
  });
  give(1);
  const first = engine.checkpoint();
  await writing;
  give(2);
  const second = Promise.all([engine.checkpoint(), engine.checkpoint()]);
  release();
  await first;
  await second;
  expect(out()).toEqual([1, 2]);
  // The two that were asked for together are one.
  expect(events.filter(({ type }) => type === 'checkpoint').length).toBe(2);
  await engine.stop();
  await run;
});

test('a checkpoint that fails rejects, and one that is asked for during the restart waits for it', async () => {
  const { disk, state } = checkpointDisk();
  const { engine, next } = await start(disk);
  state.fails = true;
  give(1);
  const restart = next('restart');
  await expect(engine.checkpoint()).rejects.toThrow('the disk is full');
  state.fails = false;
  await restart;
  const later = engine.checkpoint();
  give(2);
  await later;
  await engine.checkpoint();
  expect(out()).toEqual([2]);
  await engine.stop();
  // All that there was is in the last one.
  await engine.checkpoint();
});

test('a checkpoint is refused before the start and when the run has failed', async () => {
  const { engine, run } = await start();
  box.fail(Object.assign(new Error('no more'), { code: 'WEIR_STAGE_FAILED' }));
  await expect(run).rejects.toThrow('no more');
  await expect(engine.checkpoint()).rejects.toThrow('no more');
});

test('a stop whose last checkpoint fails is a failure when a source cannot be read again', async () => {
  const { disk, state } = checkpointDisk();
  const { engine, run } = await start(disk);
  give(1);
  await engine.checkpoint();
  state.fails = true;
  give(2);
  engine.stop().catch(() => {});
  await expect(run).rejects.toMatchObject({
    code: 'WEIR_LAST_CHECKPOINT',
    message: expect.stringMatching(/what s took since the last checkpoint may be lost: .*the disk is full/),
  });
  expect(out()).toEqual([1]);
});

test('a checkpoint that takes long is told of, again after twice the time, and what it waits for', async () => {
  let release = () => {};
  box.held = new Promise((resolve) => {
    release = resolve;
  });
  const { engine, run, next } = await start(realDisk, { clock: hasty, to: './holds.mjs' });
  const told = next('log');
  const taken = engine.checkpoint();
  await told;
  await next('log');
  release();
  await taken;
  const logs = events.flatMap((event) => (event.type === 'log' ? [event.text] : []));
  expect(logs.slice(0, 2)).toEqual([
    'checkpoint 1 has been under way for 30s, waiting for s … o',
    'checkpoint 1 has been under way for 1m, waiting for s … o',
  ]);
  await engine.stop();
  await run;
  box.held = undefined;
});

test('a checkpoint that the disk holds up is told of so', async () => {
  const { disk, state } = checkpointDisk();
  const { engine, run, next } = await start(disk, { clock: hasty });
  let release = () => {};
  state.hold = new Promise((resolve) => {
    release = resolve;
  });
  const told = next('log');
  const taken = engine.checkpoint();
  await told;
  release();
  await taken;
  const [log] = events.filter(({ type }) => type === 'log');
  expect(log).toMatchObject({
    text: 'checkpoint 1 has been under way for 30s, waiting for the disk, or the commits of its sinks',
  });
  await engine.stop();
  await run;
});

test('a source hears of the last checkpoint before it is closed', async () => {
  const { engine, run } = await start(realDisk, { to: './holds.mjs' });
  give(1);
  await engine.checkpoint();
  give(2);
  await engine.checkpoint();
  give(3);
  await engine.stop();
  await run;
  expect(box.committed).toEqual([{ 0: 1 }, { 0: 2 }, { 0: 3 }]);
});
