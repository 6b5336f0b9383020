import type { OperatorDefinition } from '../../stage/definition.ts';
import { materializeSync } from '../../topology/options.ts';
import { OperatorDriver, shown } from '../operator-driver.ts';
import { type Check, deepFreeze, demand, Skipped, same, shows } from './check.ts';
import { play, type Trace } from './play.ts';
import { exampleWorkload, type Step, type Workload, workloadsOf } from './workload.ts';

type Operator = OperatorDefinition<any>;

/** Outputs of examples that give none, or that have no input, are not looked at. */
export const operatorExamples: Check<Operator> = {
  name: 'examples',
  run({ definition }) {
    const examples = definition.examples.filter(({ given }) => given !== undefined);
    if (examples.length === 0) throw new Skipped('there is no example with records');
    for (const example of examples) {
      const { out, dead } = play(definition, exampleWorkload(example));
      same(dead, [], `${example.title}: no record is a dead letter`);
      if (example.expect === undefined) continue;
      const rows = out.map(shown);
      shows(rows, example.expect, `${example.title}: the records that come out are those of the example`);
    }
  },
};

export const oneByOne: Check<Operator> = {
  name: 'one by one equals batched',
  run({ definition, quick }) {
    for (const workload of workloadsOf(definition, quick)) {
      const batched = play(definition, workload);
      same(play(definition, workload, { oneByOne: true }), batched, `${workload.title}: batches of one change nothing`);
    }
  },
};

export const inputsStay: Check<Operator> = {
  name: 'inputs and outputs stay as they are',
  run({ definition, quick }) {
    for (const workload of workloadsOf(definition, quick)) {
      const clones: unknown[] = [];
      const trace = play(definition, workload, {
        after: ({ out, thrown }) => {
          for (const { row } of out.slice(clones.length)) clones.push(structuredClone(row));
          const wrote = thrown.find(
            (error) => error instanceof TypeError && /read only|extensible|delete property/.test(error.message),
          );
          demand(!wrote, `${workload.title}: a record that was given is not changed`, wrote);
        },
      });
      const rows = trace.out.map(({ row }) => row);
      same(rows, clones, `${workload.title}: a record is not changed once it was passed on`);
    }
  },
};

/** Two instances at work side by side, made from the same options, and a third that has had another input before. */
export const shareNothing: Check<Operator> = {
  name: 'instances share nothing',
  run({ definition, quick }) {
    for (const workload of workloadsOf(definition, quick)) {
      const made = deepFreeze(materializeSync(definition.options, workload.options));
      const alone = play(definition, workload);
      const [one, other] = sideBySide(definition, workload, { ...workload, steps: othersOf(workload.steps) }, made);
      same(one, rowsOf(alone), `${workload.title}: an instance gives the same beside another one`);
      same(
        other,
        rowsOf(play(definition, { ...workload, steps: othersOf(workload.steps) })),
        `${workload.title}: so does the other`,
      );
    }
  },
};

/** The same times and keys, with the records in the other order. */
function othersOf(steps: readonly Step[]): Step[] {
  const rows = steps.flatMap((step) => ('row' in step ? [step.row] : []));
  return steps.map((step) => ('row' in step ? { ...step, row: rows.pop() as typeof step.row } : step));
}

function sideBySide(definition: Operator, a: Workload, b: Workload, made: unknown): [unknown[], unknown[]] {
  const drivers = [a, b].map(({ keyNames, options }) => new OperatorDriver(definition, options, { keyNames, made }));
  const [one, other] = drivers as [OperatorDriver, OperatorDriver];
  for (const [i, step] of a.steps.entries()) {
    take(one, step);
    take(other, b.steps[i] as Step);
  }
  for (const driver of drivers) driver.end();
  return [one.out, other.out];
}

function take(driver: OperatorDriver, step: Step): void {
  if ('watermark' in step) driver.watermark(step.watermark);
  else driver.push(step.row, step);
}

function rowsOf({ out }: Trace): unknown[] {
  return out;
}
