// Every learner's models leave it as records, go through JSON, and come to another that answers and learns on bit for bit.
import { expect, test } from 'vitest';
import type { OperatorDefinition } from '../../src/stage/definition.ts';
import { grownWorkload } from '../../src/testkit/battery/workload.ts';
import { OperatorDriver } from '../../src/testkit/operator-driver.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages } from '../../src/topology/stage-docs.ts';

const learners = (await allStages(builtIn)).filter(({ folder }) => folder === 'learners');
const each = learners.map(({ name, definition }) => ({ name, definition: definition as OperatorDefinition<any> }));

test.each(each)('$name', ({ name: learner, definition }) => {
  const [example] = definition.examples;
  if (example === undefined) throw new Error('a learner has an example');
  const { steps, options } = grownWorkload(example, 800, 'export', false);
  const records = steps.flatMap((step) => ('row' in step ? [step] : []));
  const drive = (given: object) => new OperatorDriver(definition, { ...options, ...given }, { clocked: true });
  const one = drive({ publish: 1 });
  let model: unknown;
  /** Records before the model, the last of those that went out among the first 700. */
  let from = 0;
  for (const [i, { row, time, order }] of records.entries()) {
    one.push(row, { time, order });
    const published = one.sides.filter(({ name }) => name === 'model').at(-1);
    one.sides.length = 0;
    if (published === undefined || i >= 700) continue;
    model = published.row;
    from = i + 1;
  }
  expect(from).toBeGreaterThan(0);
  expect(model).toMatchObject({ kind: learner });
  const other = drive({ from: 'models', learn: 'true' });
  other.push(JSON.parse(JSON.stringify(model)), { input: 'from' });
  for (const { row, time, order } of records.slice(from)) other.push(row, { time, order });
  const after = one.out.slice(one.out.length - other.out.length);
  expect(other.out.length).toBeGreaterThan(90);
  expect(other.out.map(({ row }) => row)).toEqual(after.map(({ row }) => row));
});
