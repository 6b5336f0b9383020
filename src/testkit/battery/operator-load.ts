import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { OperatorDefinition, Partition } from '../../stage/definition.ts';
import type { Row } from '../../stage/row.ts';
import { materializeSync } from '../../topology/options.ts';
import { OperatorDriver } from '../operator-driver.ts';
import { type Check, demand, Skipped } from './check.ts';
import { withValue } from './hostile-values.ts';
import { exampleWorkload, type Step, type Workload } from './workload.ts';

type Operator = OperatorDefinition<any>;
type Given = Extract<Step, { row: unknown }>;

const KEYS = 100_000;
/** What a key may take on average, all states of an instance together. */
const BYTES_PER_KEY = 2048;
/** Records that one portion of a watermark may give. */
const PORTION = 10_000;
/** A turn's time on an example, in the median over repeats. The promise is 1 ms; a busy machine is no defect. */
const TURN_MS = 5;
const REPEATS = 15;

export const memory: Check<Operator> = {
  name: 'memory of 100,000 keys',
  run({ definition }) {
    let runs = 0;
    for (const example of definition.examples) {
      const workload = exampleWorkload(example);
      const given = workload.steps.filter((step) => 'row' in step);
      if (given.length > 0) {
        loaded(definition, workload, given);
        runs++;
      }
    }
    if (runs === 0) throw new Skipped('there is no example with records');
  },
};

function loaded(definition: Operator, workload: Workload, given: readonly Given[]): void {
  const keyed = keyedBy(definition, workload);
  const keyNames = keyed === 'key' ? ['key'] : workload.keyNames;
  const driver = new OperatorDriver(definition, workload.options, { keyNames });
  const before = heapUsed();
  let out = 0;
  for (let i = 0; i < KEYS; i++) {
    const step = given[i % given.length] as Given;
    const row = keyed === 'key' ? step.row : keyed.reduce<Row>((made, path) => withValue(made, path, i), step.row);
    driver.push(row, { time: (given[0] as Given).time, order: i, key: keyed === 'key' ? i : step.key });
    if (i % 1000 === 999) driver.batchEnd();
    out += driver.out.splice(0).length + driver.sides.splice(0).length;
  }
  demand(
    driver.dead.length < KEYS / 10,
    `${workload.title}: of ${KEYS} records ${driver.dead.length} are dead letters`,
  );
  const bytes = heapUsed() - before;
  const { keyedSize } = driver;
  if (definition.partition === 'any')
    demand(keyedSize === 0, `${workload.title}: with partition 'any' it keeps nothing`);
  const allowed = definition.partition === 'any' ? 64 : BYTES_PER_KEY;
  demand(
    bytes < KEYS * allowed,
    `${workload.title}: ${Math.round(bytes / KEYS)} bytes per key, ${allowed} at most; ${keyedSize} values, ${out} records came out`,
  );
  closing(definition, driver, workload.title);
}

/** At the end of time a window's keys are let go, and no turn of that is as long as there are keys. */
function closing({ eventTime }: Operator, driver: OperatorDriver, title: string): void {
  for (let more = true; more; ) {
    more = driver.portion(Number.POSITIVE_INFINITY);
    const rows = driver.out.splice(0).length;
    demand(rows <= PORTION, `${title}: one portion of a watermark gives ${rows} records, ${PORTION} at most`);
  }
  if (eventTime)
    demand(driver.keyedSize === 0, `${title}: behind the last watermark ${driver.keyedSize} values are left`);
}

/** What makes a record another key's: its key, or fields. */
function keyedBy({ partition, options: fields }: Operator, { options, keyNames }: Workload): 'key' | string[][] {
  const asked =
    typeof partition === 'function' ? partition(materializeSync(fields, options)) : (partition as Partition);
  if (typeof asked === 'object' && 'by' in asked)
    return asked.by.expressions.flatMap((one) => one.fields.map((path) => [...path]));
  return asked === 'key' || keyNames.length > 0 ? 'key' : [];
}

export const turns: Check<Operator> = {
  name: 'turns are short',
  run({ definition }) {
    for (const example of definition.examples) {
      const workload = exampleWorkload(example);
      if (workload.steps.length === 0) continue;
      const all = Array.from({ length: REPEATS }, () => timed(definition, workload));
      for (const turn of (all[0] as number[]).keys()) {
        const times = all.map((one) => one[turn] as number).sort((a, b) => a - b);
        const median = times[REPEATS >> 1] as number;
        demand(median < TURN_MS, `${example.title}: turn ${turn} takes ${median.toFixed(1)} ms, ${TURN_MS} at most`);
      }
    }
  },
};

function timed(definition: Operator, { options, keyNames, steps }: Workload): number[] {
  const driver = new OperatorDriver(definition, options, { keyNames });
  const times: number[] = [];
  const turn = (task: () => void) => {
    const begun = process.hrtime.bigint();
    task();
    times.push(Number(process.hrtime.bigint() - begun) / 1e6);
  };
  for (const step of steps) if ('row' in step) turn(() => driver.push(step.row, step));
  turn(() => driver.end());
  return times;
}

let collect: (() => void) | undefined;

/** Bytes on the heap that something holds on to. */
function heapUsed(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return process.memoryUsage().heapUsed;
}
