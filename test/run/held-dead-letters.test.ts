// A record that waits for the watermark is refused long after it came: its dead letter must say where it stood.
import { expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import { freshFolder } from '../support/folder.ts';
import { graphOf, node } from '../support/graphs.ts';

const folder = freshFolder();

test.each([
  ['rls', { target: 'y', features: ['x'] }, 'text', 'WEIR_FEATURE'],
  ['alert-rule', { when: 'y > 1', text: '${upper(x)}' }, 5, 'WEIR_TYPE'],
])('%s refuses a record that it has held at its own time, order and key', async (stage, options, x, code) => {
  const rows = [
    { t: 100, k: 'a', x: 1, y: 1 },
    { t: 300, k: 'b', x: 1, y: 1 },
    { t: 200, k: 'a', x, y: 2 },
    { t: 400, k: 'b', x: 1, y: 1 },
    { t: 350, k: 'c', x: 1, y: 1 },
  ];
  folder.writeRows('in', rows);
  const graph = graphOf([
    node('s', 'source', 'file', { path: folder.at('in') }, undefined, { time: { at: 't', outOfOrderMs: 1000 } }),
    node('k', 'operator', 'key', { by: 'k' }, 's'),
    node('m', 'operator', stage, options, 'k'),
    node('o', 'sink', 'null', {}, 'm'),
  ]);
  const { engine, close } = launch(graph, { threads: 0, stateFolder: folder.at('state') });
  expect(await engine.run().finally(close)).toMatchObject({ recordsIn: 5, late: 0, deadLetters: 1 });
  // A file's records are ordered by the bytes before them.
  const order = rows.slice(0, 2).reduce((bytes, row) => bytes + JSON.stringify(row).length + 1, 0);
  expect(folder.rows('state/dead-letters.ndjson')).toMatchObject([
    { stage: 'm', code, time: 200, order, key: 'a', input: rows[2] },
  ]);
});
