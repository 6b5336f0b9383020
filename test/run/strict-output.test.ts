// Code of others can name times that are none and side outputs that are not there: its records are dead letters.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import { graphOf, node } from '../support/graphs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('an own stage cannot give a window a time that never comes', async () => {
  const graph = graphOf([
    { ...node('s', 'source', './numbers.mjs', { count: 6 }), time: { at: 'n', outOfOrderMs: 0 } },
    node('f', 'operator', './far.mjs', {}, 's'),
    node('w', 'operator', 'cumulative', { size: '10s', every: '1s', aggregate: { n: 'count()' } }, 'f'),
    node('o', 'sink', 'file', { path: join(folder, 'out') }, 'w'),
  ]);
  const { engine, close } = launch(graph, { threads: 0, stateFolder: join(folder, 'state') });
  try {
    expect(await engine.run()).toMatchObject({ restarts: 0, deadLetters: 3 });
  } finally {
    await close();
  }
  expect(read('state/dead-letters.ndjson').map(({ stage, code, reason }) => [stage, code, reason])).toEqual([
    [
      'f',
      'WEIR_NO_EVENT_TIME',
      'a record cannot have the event time 1e+300: give milliseconds since 1970, less than 8.64e15',
    ],
    [
      'f',
      'WEIR_NO_EVENT_TIME',
      'a record cannot have the event time soon: give milliseconds since 1970, less than 8.64e15',
    ],
    ['f', 'WEIR_SIDE', 'f has no side output nowhere: it declares known'],
  ]);
});
