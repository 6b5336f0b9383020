import { expect, test } from 'vitest';
import { clockedNodes } from '../../src/topology/clocked.ts';
import type { GraphNode } from '../../src/topology/graph.ts';
import { loadStages } from '../../src/topology/load-stages.ts';
import { graphOf, node } from '../support/graphs.ts';

const inputs = (...names: string[]) => ({ inputs: names.map((name) => ({ node: name })) });
const file = (id: string, time?: GraphNode['time']) => ({
  ...node(id, 'source', 'file', { path: 'in.ndjson' }),
  codec: { name: 'ndjson', options: {} },
  ...(time ? { time } : {}),
});
const dedupe = (id: string, ...above: string[]) => ({
  ...node(id, 'operator', 'dedupe', { of: 'id' }),
  ...inputs(...above),
});

test('an operator has no event time when all that comes to it was stamped by the clock', async () => {
  const graph = graphOf([
    file('read'),
    file('timed', { at: 't', outOfOrderMs: 0 }),
    node('host', 'source', 'host-metrics', {}),
    node('made', 'source', 'generate', { fields: { id: 'n' } }),
    node('w', 'operator', 'where', { if: 'id > 0' }, 'read'),
    dedupe('behind-read', 'w'),
    dedupe('behind-timed', 'timed'),
    dedupe('behind-host', 'host'),
    dedupe('behind-made', 'made'),
    dedupe('twice', 'behind-read'),
    { ...node('both', 'union', 'union', {}), ...inputs('read', 'host') },
    dedupe('behind-both', 'both'),
    { ...node('mixed', 'union', 'union', {}), ...inputs('read', 'timed') },
    dedupe('behind-mixed', 'mixed'),
    node('window', 'operator', 'tumbling', { size: '1s', aggregate: { id: 'count()' } }, 'host'),
    dedupe('behind-window', 'window'),
  ]);
  const clocked = clockedNodes(graph, await loadStages(graph));
  expect([...clocked].sort()).toEqual(['behind-both', 'behind-host', 'behind-read', 'twice']);
});
