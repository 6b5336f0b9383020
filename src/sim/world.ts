import type { SimMachine } from './disk.ts';
import { Draw } from './draw.ts';
import { Failures } from './failures.ts';
import { SimFiles } from './files.ts';
import { Holds } from './holds.ts';
import { SimStores } from './kv.ts';
import type { Scenario } from './scenario.ts';
import { Schedule } from './schedule.ts';

/** The machine that simulated processes run on, one after the other. */
export function createMachine(seed: string, { stepMs, diskMs }: Scenario): SimMachine {
  const disk = new Draw(`disk ${seed}`);
  return {
    schedule: new Schedule(new Draw(`schedule ${seed}`), stepMs),
    draw: new Draw(`world ${seed}`),
    files: new SimFiles(disk),
    stores: new SimStores(),
    failures: new Failures(disk),
    holds: new Holds(),
    latencyMs: diskMs,
  };
}
