import type { OperatorDefinition } from '../../stage/definition.ts';
import type { Row } from '../../stage/row.ts';
import { type Emitted, OperatorDriver, type OperatorDriverOptions, type OperatorState } from '../operator-driver.ts';
import type { Workload } from './workload.ts';

/** All that can be seen of a run. */
export interface Trace {
  out: Emitted[];
  sides: { name: string; row: Row }[];
  late: { row: Row; windowEnd: number }[];
  dead: { code: string; reason: string }[];
}

export interface PlayOptions {
  /** Ends the batch behind every step; else once, at the end. */
  oneByOne?: boolean;
  /** Whether a checkpoint is taken before step `i`. */
  barrier?: (i: number) => boolean;
  /** Goes on in a new instance behind every checkpoint. */
  restart?: boolean;
  drive?: OperatorDriverOptions;
  /** Sees the driver behind every step. */
  after?: (driver: OperatorDriver, i: number) => void;
  /** Sees every checkpoint. */
  taken?: (state: OperatorState, i: number) => void;
}

/** Runs a workload to the end of its input. */
export function play(definition: OperatorDefinition<any>, workload: Workload, options: PlayOptions = {}): Trace {
  const { oneByOne = false, barrier = () => false, restart = false, after, taken } = options;
  const drive = { keyNames: workload.keyNames, ...options.drive };
  const trace: Trace = { out: [], sides: [], late: [], dead: [] };
  let driver = new OperatorDriver(definition, workload.options, drive);
  for (const [i, step] of workload.steps.entries()) {
    if (barrier(i)) {
      const state = driver.snapshot();
      taken?.(state, i);
      if (restart) {
        gather(trace, driver);
        driver.close();
        driver = new OperatorDriver(definition, workload.options, { ...drive, clock: driver.clock, from: state });
      }
    }
    if ('watermark' in step) driver.watermark(step.watermark);
    else driver.push(step.row, step);
    if (oneByOne) driver.batchEnd();
    after?.(driver, i);
  }
  driver.end();
  after?.(driver, workload.steps.length);
  gather(trace, driver);
  driver.close();
  return trace;
}

function gather(trace: Trace, { out, sides, late, dead }: OperatorDriver): void {
  trace.out.push(...out);
  trace.sides.push(...sides);
  trace.late.push(...late);
  trace.dead.push(...dead.map(({ code, reason }) => ({ code, reason })));
}
