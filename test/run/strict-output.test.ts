// Code of others can name times that are none and side outputs that are not there: its records are dead letters.
import { expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import { freshFolder } from '../support/folder.ts';
import { graphOf, node } from '../support/graphs.ts';

const folder = freshFolder();

test('an own stage cannot give a window a time that never comes', async () => {
  const graph = graphOf([
    { ...node('s', 'source', './numbers.mjs', { count: 6 }), time: { at: 'n', outOfOrderMs: 0 } },
    node('f', 'operator', './far.mjs', {}, 's'),
    node('w', 'operator', 'cumulative', { size: '10s', every: '1s', aggregate: { n: 'count()' } }, 'f'),
    node('o', 'sink', 'file', { path: folder.at('out') }, 'w'),
  ]);
  const { engine, close } = launch(graph, { threads: 0, stateFolder: folder.at('state') });
  try {
    expect(await engine.run()).toMatchObject({ restarts: 0, deadLetters: 3 });
  } finally {
    await close();
  }
  expect(folder.rows('state/dead-letters.ndjson').map(({ stage, code, reason }) => [stage, code, reason])).toEqual([
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
