// Every learner is given numbers beside 1 whose squares no double holds: what it answers and knows stays finite.
import { expect, test } from 'vitest';
import { prng } from '../../src/base/prng.ts';
import type { OperatorDefinition } from '../../src/stage/definition.ts';
import { grownWorkload } from '../../src/testkit/battery/workload.ts';
import { OperatorDriver } from '../../src/testkit/operator-driver.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages } from '../../src/topology/stage-docs.ts';
import { notFinite } from './not-finite.ts';

const learners = (await allStages(builtIn)).filter(({ folder }) => folder === 'learners');
const each = learners.map(({ name, definition }) => ({ name, definition: definition as OperatorDefinition<any> }));
const TINY = [1e-160, -1e-160, 5e-324, 1e-60];
/** Rows in which every number is tiny. */
const FIRST = 20;

test.each(each)('$name', ({ definition }) => {
  for (const example of definition.examples) {
    const { steps, options } = grownWorkload(example, 300, 'tiny', false);
    const random = prng(7);
    const driver = new OperatorDriver(definition, { ...options, publish: 1 }, { clocked: true });
    for (const step of steps) {
      if (!('row' in step) || step.input !== undefined) continue;
      const row = Object.fromEntries(
        Object.entries(step.row).map(([name, value]) => {
          const isTiny = typeof value === 'number' && (step.order < FIRST || random() < 0.5);
          return [name, isTiny ? TINY[Math.floor(random() * TINY.length)] : value];
        }),
      );
      driver.push(row, { time: step.time, order: step.order });
    }
    driver.end();
    expect(driver.out.length).toBeGreaterThan(0);
    expect(notFinite(driver.out.map(({ row }) => row))).toEqual([]);
    const models = driver.sides.filter(({ name }) => name === 'model').map(({ row }) => row);
    // `made`: of the answers of a mixture those that its experts have not given yet.
    expect(notFinite(models).filter((path) => !path.endsWith('/made/f64'))).toEqual([]);
  }
});
