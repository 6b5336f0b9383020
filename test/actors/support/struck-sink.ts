import { expect } from 'vitest';
import type { SinkDefinition } from '../../../src/stage/index.ts';
import { MemoryDisk } from '../../../src/testkit/memory-disk.ts';
import { type SinkCheckpoint, SinkDriver } from '../../../src/testkit/sink-driver.ts';
import { THOROUGH } from '../../support/thorough.ts';

/** A run of a sink up to the checkpoint `last`. */
export interface Struck {
  definition: SinkDefinition<any>;
  options: Record<string, unknown>;
  /** The rows of each checkpoint. */
  rowsOf(epoch: number): readonly { id: number }[];
  last: number;
}

/** A step of a run, and its checkpoint. */
export type Step = readonly ['prepare' | 'commit' | 'finish', number];

/** Runs on; at that write of the step the disk fails, after it is done or not, and a new process goes on. */
async function crashed({ definition, options, rowsOf, last }: Struck, at: Step, write: number, done: boolean) {
  let [disk, from, left] = [new MemoryDisk(), undefined as SinkCheckpoint | undefined, true];
  for (;;) {
    const driver = await SinkDriver.open(definition, options, { disk, from });
    const during = async (step: Step[0], epoch: number, task: () => Promise<unknown>) => {
      if (left && at[0] === step && at[1] === epoch) driver.disk.failAt(write, { done });
      const result = await task();
      driver.disk.failAt(Number.POSITIVE_INFINITY);
      return result;
    };
    try {
      for (let epoch = (from?.epoch ?? 0) + 1; epoch <= last; epoch++) {
        for (const row of rowsOf(epoch)) driver.write(row);
        from = (await during('prepare', epoch, () => driver.prepare())) as SinkCheckpoint;
        await during('commit', epoch, () => driver.commit());
      }
      await during('finish', last, () => driver.finish());
      await driver.close();
      return { disk: driver.disk, struck: !left };
    } catch {
      left = false;
      ({ disk, from } = driver.crash());
    }
  }
}

/** Has the disk fail at each write of some steps; `idsIn` says which rows there are then. Gives how often it failed. */
export async function strikes(
  struck: Struck,
  steps: readonly Step[],
  idsIn: (disk: MemoryDisk) => Promise<number[]>,
): Promise<number> {
  const epochs = Array.from({ length: struck.last }, (_, i) => struck.rowsOf(i + 1));
  const expected = epochs.flat().map(({ id }) => id);
  let runs = 0;
  for (const step of steps) {
    for (const done of THOROUGH ? [false, true] : [process.pid % 2 === 0]) {
      for (let write = 1, hasFailed = true; hasFailed; write++) {
        const run = await crashed(struck, step, write, done);
        hasFailed = run.struck;
        expect(await idsIn(run.disk), `${step}, write ${write}, ${done ? 'done' : 'not done'}`).toEqual(expected);
        if (hasFailed) runs++;
      }
    }
  }
  return runs;
}
