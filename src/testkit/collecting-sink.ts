import { sink } from '../stage/definition.ts';
import { field } from '../stage/field.ts';
import type { Emitted } from './operator-driver.ts';

/**
 * The name of the collecting sink in a topology: `.to(COLLECTING_SINK, { into: 'results' })`; then `collected('results')`
 * has what was committed.
 */
export const COLLECTING_SINK = import.meta.url;

// Of the whole process: a test and the engine may each have loaded this module.
const TABLES = Symbol.for('weir.testkit.collected');

/** Records that collecting sinks have committed under a name, in the order of their commits; each exactly once. */
export function collected(into: string): Emitted[] {
  const holder = globalThis as { [TABLES]?: Map<string, Emitted[]> };
  const tables = holder[TABLES] ?? new Map<string, Emitted[]>();
  holder[TABLES] = tables;
  const table = tables.get(into) ?? [];
  tables.set(into, table);
  return table;
}

/** Keeps records in the memory of the process that started the topology, whatever thread they come from. */
export default sink({
  summary: 'Keep records in memory, for tests.',
  docs: 'Exactly once as long as the process lives: records travel within checkpoints, and a commit that is repeated replaces.',
  since: '0.1.0',
  options: {
    into: field.text('What they are found under: `collected(NAME)`.', { default: 'results' }),
  },
  main: 'into',
  cost: 'all records in memory',
  delivery: 'exactly-once',
  proof: 'test/testkit/topology.test.ts',
  partition: 'any',
  examples: [{ title: 'records go on under a name', options: { into: 'results' } }],
  optOut: { examples: 'what it keeps is in the memory of the test' },
  create() {
    let written: Emitted[] = [];
    return {
      write(row, { time, order, key }) {
        written.push({ row, time, order, key });
      },
      async prepare() {
        const prepared = written;
        written = [];
        return prepared;
      },
    };
  },
  committer: ({ into }) => ({
    async commit(_epoch, parts, base) {
      const table = collected(into);
      table.length = (base as number | undefined) ?? 0;
      table.push(...(parts as Emitted[][]).flat());
      return table.length;
    },
  }),
});
