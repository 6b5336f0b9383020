import { expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import { freshFolder } from '../support/folder.ts';
import { graphOf, node } from '../support/graphs.ts';

const folder = freshFolder();

test.each([0, 1, 2])('odd text and names come out the same with %i threads', async (threads) => {
  const lines = [
    '{"n":1,"k":"\\ud800","v":"x\\udc00"}',
    '{"n":2,"k":"\\ud801","v":"\\ud83d\\ude00"}',
    '{"n":3,"k":"\\ufffd","v":"é"}',
    '{"n":4,"k":"a","__proto__":{"v":1}}',
    '{"n":5,"k":"a","v":"\\ud83d\\ude00"}',
  ];
  folder.write('in', `${lines.join('\n')}\n`);
  const graph = graphOf([
    node('s', 'source', 'file', { path: folder.at('in') }, undefined, { time: { at: 'n', outOfOrderMs: 10 } }),
    node('e', 'operator', 'extend', { fields: { half: 'slice(v ?? "", 0, 1)' } }, 's'),
    node('x', 'operator', 'exchange', { how: 'rebalance' }, 'e'),
    node('all', 'sink', 'file', { path: folder.at('all') }, 'x'),
    node('k', 'operator', 'key', { by: 'k' }, 'x'),
    node('w', 'operator', 'tumbling', { size: '1s', aggregate: { n: 'count()', halves: 'collect(half)' } }, 'k'),
    node('o', 'sink', 'file', { path: folder.at('out') }, 'w'),
  ]);
  const { engine, close } = launch(graph, { threads, stateFolder: folder.at('state') });
  expect(await engine.run().finally(close)).toMatchObject({ recordsIn: 5, deadLetters: 1 });
  const all = folder.rows('all').sort((a, b) => a.n - b.n);
  expect(all).toEqual([
    { n: 1, k: '\ufffd', v: 'x\ufffd', half: 'x' },
    { n: 2, k: '\ufffd', v: '😀', half: '\ufffd' },
    { n: 3, k: '\ufffd', v: 'é', half: 'é' },
    { n: 5, k: 'a', v: '😀', half: '\ufffd' },
  ]);
  const windows = folder.rows('out').sort((a, b) => a.n - b.n);
  expect(windows).toMatchObject([
    { k: 'a', n: 1 },
    { k: '\ufffd', n: 3, halves: ['x', '\ufffd', 'é'] },
  ]);
  expect(folder.rows('state/dead-letters.ndjson')).toMatchObject([{ stage: 's', code: 'WEIR_MALFORMED' }]);
});
