import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { OperatorDefinition, Partition } from '../../stage/definition.ts';
import type { Row } from '../../stage/row.ts';
import { materializeSync } from '../../topology/options.ts';
import { OperatorDriver } from '../operator-driver.ts';
import { type Check, demand, Skipped } from './check.ts';
import { withValue } from './hostile-values.ts';
import { usesEventTime } from './operator-plan.ts';
import { at, exampleWorkload, type Step, type Workload } from './workload.ts';

type Operator = OperatorDefinition<any>;
type Given = Extract<Step, { row: unknown }>;

const KEYS = 100_000;
const KEYS_QUICK = 10_000;
/** Of stages that hold records back: what they do with them, they do behind the time that is counted here. */
const KEYS_HELD = 2500;
/** Slow stages are judged by the keys that they come to in this time, and by no fewer than these. */
const BUDGET_MS = 500;
const FEWEST_KEYS = 2000;
/** What a key may take on average, all states of an instance together. */
const BYTES_PER_KEY = 2048;
/** What is left of a record in a stage that keeps nothing: the measure is not exact. */
const BYTES_PER_RECORD = 64;
/** Records that one portion of a watermark may give. */
const PORTION = 10_000;
/** A turn's time on an example, in the median over repeats. The promise is 1 ms; a busy machine is no defect. */
const TURN_MS = 5;
const REPEATS = 15;

export const memory: Check<Operator> = {
  name: 'memory of many keys',
  run({ definition, quick }) {
    const all = definition.examples.filter(({ given = [] }) => given.length > 0);
    if (all.length === 0) throw new Skipped('there is no example with records');
    // To find out what is in use takes longer than to use it.
    const examples = quick ? all.filter((_, i) => i === process.pid % all.length) : all;
    for (const example of examples) {
      const workload = exampleWorkload(example);
      const given = workload.steps.filter((step) => 'row' in step);
      loaded(definition, workload, given, quick ? KEYS_QUICK : KEYS);
    }
  },
};

function loaded(definition: Operator, workload: Workload, given: readonly Given[], atMost: number): void {
  const { title } = workload;
  const paths = keyedBy(definition, workload);
  const keyNames = paths === 'key' ? ['key'] : workload.keyNames;
  const driver = new OperatorDriver(definition, workload.options, { keyNames });
  const { time } = given[0] as Given;
  const before = heapUsed();
  const until = performance.now() + BUDGET_MS;
  const most = definition.eventTime === 'if-any' ? KEYS_HELD : atMost;
  let keys = 0;
  for (; keys < most; keys++) {
    const step = given[keys % given.length] as Given;
    const own = step.input === undefined ? paths : (keyedBy(definition, workload, step.input) as typeof paths);
    const row = own === 'key' ? step.row : own.reduce<Row>((made, path) => distinct(made, path, keys), step.row);
    driver.push(row, { time, order: keys, key: own === 'key' ? keys : step.key, input: step.input });
    if (keys % 500 !== 499) continue;
    driver.batchEnd();
    driver.out.length = driver.sides.length = 0;
    if (keys > FEWEST_KEYS && performance.now() > until) break;
  }
  driver.batchEnd();
  driver.out.length = driver.sides.length = 0;
  demand(driver.dead.length < keys / 10, `${title}: of ${keys} records ${driver.dead.length} are dead letters`);
  const bytes = (heapUsed() - before) / keys;
  const { keyedSize } = driver;
  if (definition.partition === 'any') demand(keyedSize === 0, `${title}: with partition 'any' it keeps nothing`);
  const allowed = definition.partition === 'any' ? BYTES_PER_RECORD : BYTES_PER_KEY;
  demand(bytes < allowed, `${title}: ${Math.round(bytes)} bytes per key, ${allowed} at most, with ${keyedSize} values`);
  const made = materializeSync(definition.options, workload.options);
  closing(usesEventTime(definition, made), driver, title);
}

/** The record with a value of its own at a path, of the same kind. */
function distinct(row: Row, path: readonly string[], i: number): Row {
  const value = at(row, path);
  return typeof value === 'boolean' ? row : withValue(row, path, typeof value === 'string' ? `${value}${i}` : i);
}

/** At the end of time a window's keys are let go, and no turn of that is as long as there are keys. */
function closing(eventTime: boolean, driver: OperatorDriver, title: string): void {
  for (let more = true; more; ) {
    more = driver.portion(Number.POSITIVE_INFINITY);
    const rows = driver.out.splice(0).length;
    demand(rows <= PORTION, `${title}: one portion of a watermark gives ${rows} records, ${PORTION} at most`);
  }
  if (eventTime)
    demand(driver.keyedSize === 0, `${title}: behind the last watermark ${driver.keyedSize} values are left`);
}

/** What makes a record another key's: its key, or fields; of those for whom all records meet, whatever it reads. */
function keyedBy(
  { partition, options: fields, reads, others }: Operator,
  { options, keyNames }: Workload,
  input?: string,
): 'key' | readonly (readonly string[])[] {
  const made = materializeSync(fields, options);
  const main = typeof partition === 'function' ? partition(made) : (partition as Partition);
  const asked = input === undefined ? main : (others?.(made)[input]?.partition ?? 'broadcast');
  if (typeof asked === 'object' && 'by' in asked) return asked.by.expressions.flatMap((one) => one.fields);
  if (asked === 'key' || keyNames.length > 0) return 'key';
  const read = asked === 'all' ? (reads?.(made) ?? 'all') : 'all';
  return read === 'all' ? [] : read;
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
