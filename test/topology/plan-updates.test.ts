import { expect, test } from 'vitest';
import { loadStages } from '../../src/topology/load-stages.ts';
import { updatesOf } from '../../src/topology/plan-updates.ts';
import { graphOf, node } from '../support/graphs.ts';

const upserts = { path: 'out', mode: 'upsert', key: 'k' };
const codec = { name: 'ndjson', options: {} };

test('a side output of an updating stage is no updating stream: its rows of one key are ordered by their times', async () => {
  const window = { size: '1s', aggregate: { n: 'count()' }, early: { records: 1 } };
  const late = { ...node('late', 'sink', 'file', { ...upserts, path: 'late' }), codec };
  const graph = graphOf([
    { ...node('s', 'source', 'file', { path: 'in' }), codec, time: { at: 't', outOfOrderMs: 0 } },
    node('k', 'operator', 'key', { by: 'k' }, 's'),
    node('w', 'operator', 'tumbling', window, 'k'),
    { ...node('o', 'sink', 'file', upserts, 'w'), codec },
    { ...late, inputs: [{ node: 'w', side: 'late' }] },
  ]);
  const { updating, fed, scattered, refused } = updatesOf(graph, await loadStages(graph));
  expect([[...updating], [...fed], [...scattered], refused]).toEqual([['w'], ['o'], ['o'], []]);
});
