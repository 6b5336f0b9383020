import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { realClock } from '../../src/host/clock.ts';
import { realDisk } from '../../src/host/disk.ts';
import { createInlineThreads } from '../../src/host/inline.ts';
import { realRandom } from '../../src/host/random.ts';
import { Engine } from '../../src/run/engine.ts';
import { graphOf, node } from '../support/graphs.ts';

let folder: string;
let warnings: string[];
const away = { at: '', committed: {} as Record<number, number[]>, asked: () => {} };
Object.assign(globalThis, { weirAway: away });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  warnings = [];
  away.at = '';
  away.committed = {};
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A second lasts a fiftieth of one. */
const fast = { ...realClock, after: (ms: number, task: () => void) => realClock.after(ms / 50, task) };

const NUMBERS = node('s', 'source', './numbers.mjs', { count: 30, batch: 1, pause: '2ms' });

function create(source = NUMBERS): Engine {
  return new Engine({
    graph: graphOf([source, node('o', 'sink', './away.mjs', {}, 's')], { checkpointIntervalMs: 100 }),
    hosts: 1,
    stateFolder: join(folder, 'state'),
    threads: createInlineThreads(),
    clock: fast,
    disk: realDisk,
    random: realRandom,
    hostModule: pathToFileURL(new URL('../../src/run/host.ts', import.meta.url).pathname).href,
    onEvent(event) {
      if (event.type === 'log' && event.level === 'warn') warnings.push(event.text);
    },
  });
}

/** Runs until the system is asked, which does not answer, then stops. */
async function stopWhileAway(source = NUMBERS) {
  const asked = new Promise<void>((resolve) => {
    away.asked = resolve;
  });
  const engine = create(source);
  const run = engine.run();
  await Promise.race([asked, run]);
  return await engine.stop();
}

const all = () => Object.values(away.committed).flat();
const numbers = Array.from({ length: 30 }, (_, n) => n);

test('a stop while a commit waits ends, and the next run commits what is left', async () => {
  away.at = 'commit';
  expect(await stopWhileAway()).toMatchObject({ finished: false });
  expect(warnings).toEqual(['failed while it stopped: nobody answers']);
  expect(all()).toEqual([]);
  away.at = '';
  expect(await create().run()).toMatchObject({ finished: true });
  expect(all()).toEqual(numbers);
});

test('a stop while a commit is made up for at the start ends', async () => {
  away.at = 'commit';
  await stopWhileAway();
  warnings = [];
  expect(await stopWhileAway()).toMatchObject({ finished: false, recordsIn: 0 });
  expect(warnings).toEqual(['stopped before it began: nobody answers']);
  away.at = '';
  expect(await create().run()).toMatchObject({ finished: true });
  expect(all()).toEqual(numbers);
});

test('a stop while all has come and the end waits', async () => {
  away.at = 'finish';
  expect(await stopWhileAway()).toMatchObject({ finished: false });
  expect(warnings).toEqual(['failed while it stopped: nobody answers']);
  expect(all()).toEqual(numbers);
  away.at = '';
  expect(await create().run()).toMatchObject({ finished: true });
  expect(all()).toEqual(numbers);
});

test('a stop while a system is asked what there is to read', async () => {
  const asking = node('s', 'source', './never-deals.mjs', {});
  expect(await stopWhileAway(asking)).toMatchObject({ finished: false });
  expect(warnings).toEqual(['stopped before it began']);
  expect(await create().run()).toMatchObject({ finished: true });
});
