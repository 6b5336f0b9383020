import { readdir, readlink } from 'node:fs/promises';
import type { SourceDefinition } from '../../stage/definition.ts';
import { SourceDriver, splitsOf } from '../source-driver.ts';
import { type Check, demand, Skipped } from './check.ts';
import { withInput } from './source-checks.ts';

/** What keeps a port, a connection, a pipe or a watch. */
const KEEPERS = new Set(['TCPServerWrap', 'TCPSocketWrap', 'PipeWrap', 'FSEventWrap', 'StatWatcher', 'UDPWrap']);
/** Turns of the loop that closing may take to show. */
const TURNS = 100;

/** What this process has open: each thing by what it is, with how many there are of it. */
async function openThings(): Promise<Map<string, number>> {
  const things = process.getActiveResourcesInfo().filter((kind) => KEEPERS.has(kind));
  // Only Linux tells it without a program of its own.
  for (const fd of await readdir('/proc/self/fd').catch(() => [])) {
    const target = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
    if (target.startsWith('/') && !/^\/(dev|proc)\//.test(target)) things.push(target);
  }
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return counts;
}

async function leftBeyond(before: ReadonlyMap<string, number>): Promise<string[]> {
  const now = await openThings();
  return [...now].filter(([thing, count]) => count > (before.get(thing) ?? 0)).map(([thing]) => thing);
}

/** A thread outlives the readers on it: what one keeps open, the next finds taken, or nobody ever closes. */
export const closeGivesBack: Check<SourceDefinition<any>> = {
  name: 'close gives back what open took',
  async run({ definition }) {
    if (definition.examples.length === 0) throw new Skipped('it has no examples');
    for (const example of definition.examples) {
      await withInput(
        definition,
        example,
        true,
        async (options) => {
          const before = await openThings();
          const splits = await splitsOf(definition, options);
          // Twice, since the second must find free what the first one had.
          for (const polls of [0, 1]) {
            const driver = await SourceDriver.create(definition, options);
            await driver.open(splits);
            for (let i = 0; i < polls; i++) driver.poll();
            await driver.close();
            let left = await leftBeyond(before);
            for (let turn = 0; turn < TURNS && left.length > 0; turn++) {
              await new Promise((resolve) => setImmediate(resolve));
              left = await leftBeyond(before);
            }
            demand(left.length === 0, `${example.title}: still open behind close(): ${left.join(', ')}`);
          }
        },
        false,
      );
    }
  },
};
