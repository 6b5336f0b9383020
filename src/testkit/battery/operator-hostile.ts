import { parseExpression } from '../../expr/expression.ts';
import type { OperatorDefinition } from '../../stage/definition.ts';
import { keyFunction } from '../../stage/key.ts';
import type { Key } from '../../stage/row.ts';
import { pack, unpack } from '../../state/pack.ts';
import { OperatorDriver } from '../operator-driver.ts';
import { type Check, coded, codeOf, demand, Skipped } from './check.ts';
import { hostileKeys, hostileRecords, hostileTimes, hostileValues, pathsOf, withValue } from './hostile-values.ts';
import { exampleWorkload, type Step, type Workload } from './workload.ts';

type Operator = OperatorDefinition<any>;
type Given = Extract<Step, { row: unknown }>;

/**
 * Odd records among ordinary ones. A stage may answer by a value, a dead letter or a coded error; anything else that it
 * throws is a defect, and so is whatever it throws where no record is to blame: at watermarks, barriers and restores.
 */
export const hostileInput: Check<Operator> = {
  name: 'hostile records',
  run({ definition }) {
    let runs = 0;
    for (const example of definition.examples) {
      const workload = exampleWorkload(example);
      const given = workload.steps.filter((step) => 'row' in step);
      const middle = given[given.length >> 1];
      if (middle === undefined) continue;
      for (const [what, step] of hostileSteps(given, middle)) {
        const keyed = step.key !== null && workload.keyNames.length === 0;
        runOne(
          definition,
          keyed ? { ...workload, keyNames: ['key'] } : workload,
          given,
          step,
          `${example.title}, ${what}`,
        );
        runs++;
      }
      for (const [what, key] of compositeKeys()) {
        const pair = given.map((one) => ({ ...one, key: '[1,2]' }));
        runOne(
          definition,
          { ...workload, keyNames: ['a', 'b'] },
          pair,
          { ...middle, key },
          `${example.title}, ${what}`,
        );
      }
    }
    if (runs === 0) throw new Skipped('there is no example with records');
    demand(!('polluted' in {}), 'no prototype is polluted');
  },
};

function* hostileSteps(given: readonly Given[], middle: Given): Generator<[string, Given]> {
  const paths = new Map(given.flatMap(({ row }) => pathsOf(row)).map((path) => [path.join('.'), path]));
  for (const [name, path] of paths) {
    for (const [what, value] of hostileValues()) {
      yield [`${name} is ${what}`, { ...middle, row: withValue(middle.row, path, value) }];
    }
  }
  for (const [what, row] of hostileRecords(middle.row)) yield [what, { ...middle, row }];
  for (const [what, key] of hostileKeys()) yield [`the key is ${what}`, { ...middle, key }];
  for (const [what, time] of hostileTimes()) yield [what, { ...middle, time }];
}

/** Keys of two fields, of which one is odd, as the engine makes them; what it refuses does not come to a stage. */
function compositeKeys(): [string, Key][] {
  const names = ['a', 'b'];
  const keyOf = keyFunction({ names, expressions: names.map((name) => parseExpression(name)) });
  return hostileValues().flatMap(([what, a]): [string, Key][] => {
    const key = coded('a key', () => keyOf({ a, b: 1 }, { time: 0, order: 0, key: null }));
    return key === undefined ? [] : [[`a field of the key is ${what}`, key]];
  });
}

/** The record first of all, in the middle and, after a restart, at the end; with watermarks between them. */
function runOne(definition: Operator, workload: Workload, given: readonly Given[], odd: Given, what: string): void {
  const { options, keyNames } = workload;
  const outside = (place: string, task: () => void) => {
    try {
      task();
    } catch (error) {
      demand(false, `${what}: ${place} throws ${String(error)}`, error);
    }
  };
  let driver = new OperatorDriver(definition, options, { keyNames });
  const half = given.length >> 1;
  const push = (step: Given) => outside('a record', () => driver.push(step.row, step));
  push(odd);
  for (const step of given.slice(0, half)) push(step);
  outside('the end of a batch', () => driver.batchEnd());
  push(odd);
  const time = Math.max(...given.slice(0, half + 1).map((step) => step.time));
  outside('a watermark', () => driver.watermark(time));
  let state: ReturnType<OperatorDriver['snapshot']> | undefined;
  outside('a snapshot', () => (state = driver.snapshot()));
  judge(definition, driver, what);
  outside('a restore', () => (driver = new OperatorDriver(definition, options, { keyNames, from: state as never })));
  for (const step of given.slice(half)) push(step);
  push(odd);
  outside('the last watermark', () => driver.end());
  outside('a snapshot at the end', () => driver.snapshot());
  judge(definition, driver, what);
}

function judge({ userCode }: Operator, { thrown, out, sides }: OperatorDriver, what: string): void {
  // What the user's own function throws is the user's.
  const wrong = userCode ? undefined : thrown.find((error) => codeOf(error) === undefined);
  demand(wrong === undefined, `${what}: throws ${String(wrong)}, which has no code`, wrong);
  for (const { row } of [...out, ...sides]) {
    try {
      unpack(pack(row));
    } catch (error) {
      demand(false, `${what}: a record comes out that cannot cross a thread: ${String(error)}`, error);
    }
    demand(typeof row === 'object' && row !== null && !Array.isArray(row), `${what}: what comes out is a record`);
  }
}
