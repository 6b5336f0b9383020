import { Counters } from '../../flow/counters.ts';
import { filterNode, keyNode, projectNode, projector } from '../../flow/relational-nodes.ts';
import type { OperatorDefinition, Relational } from '../../stage/definition.ts';
import type { At, Row } from '../../stage/row.ts';
import { pack } from '../../state/pack.ts';
import { materializeSync } from '../../topology/options.ts';
import { DriverErrors, Letters, scopeOf, slot } from '../letters.ts';
import { type Emitted, OperatorDriver } from '../operator-driver.ts';
import { type Check, demand, Skipped, same } from './check.ts';
import { play } from './play.ts';
import { type Workload, workloadsOf } from './workload.ts';

type Operator = OperatorDefinition<any>;

/** What the planner is told of a stage is so. */
export const declarations: Check<Operator> = {
  name: 'what it declares is so',
  run({ definition, quick }) {
    for (const workload of workloadsOf(definition, quick)) {
      const { title, keyNames, steps } = workload;
      const made = materializeSync(definition.options, workload.options);
      const { out, sides, late } = play(definition, workload);
      const names = definition.fields?.(made, keyNames);
      for (const { row } of names ? out : [])
        same(Object.keys(row), [...(names ?? [])], `${title}: fields of what comes out`);
      const declared = definition.sides?.(made) ?? [];
      for (const { name } of sides) demand(declared.includes(name), `${title}: declares no side output ${name}`);
      demand(
        late.length === 0 || usesEventTime(definition, made),
        `${title}: late records are for stages that declare eventTime`,
      );
      if (definition.passes) {
        const given = steps.flatMap((step) => ('row' in step ? [step.row] : []));
        for (const { row } of out)
          demand(
            given.some((one) => Object.keys(one).every((name) => name in row)),
            `${title}: passes on all fields`,
          );
      }
      readsAreAll(definition, workload, made);
    }
  },
};

/** Whether an operator with these options works on event time. */
export function usesEventTime({ eventTime }: Operator, made: any): boolean {
  return typeof eventTime === 'function' ? eventTime(made) : eventTime !== undefined && eventTime !== false;
}

/** Fields that it does not say it reads may be absent: the planner leaves them out. */
function readsAreAll(definition: Operator, workload: Workload, made: any): void {
  const reads = definition.reads?.(made) ?? 'all';
  const others = definition.others?.(made) ?? {};
  if (reads === 'all') return;
  const cut = (row: Row, input: string | undefined) => {
    const read = input === undefined ? reads : (others[input]?.reads ?? 'all');
    if (read === 'all') return row;
    const wanted = new Set(read.map(([name]) => name));
    return Object.fromEntries(Object.entries(row).filter(([name]) => wanted.has(name)));
  };
  const steps = workload.steps.map((step) => ('row' in step ? { ...step, row: cut(step.row, step.input) } : step));
  const full = play(definition, workload).out;
  const narrow = play(definition, { ...workload, steps }).out;
  same(
    narrow.length,
    full.length,
    `${workload.title}: as many records come out without the fields that it does not read`,
  );
  for (const [i, { row }] of narrow.entries()) {
    const whole = full[i]?.row ?? {};
    const expected = Object.fromEntries(Object.keys(row).map((name) => [name, whole[name]]));
    same(row, expected, `${workload.title}: the same values without the fields that it does not read`);
  }
}

export const plannerForm: Check<Operator> = {
  name: "the planner's form gives the same",
  run({ definition, quick }) {
    if (definition.relational === undefined) throw new Skipped('it has no form for the planner');
    for (const workload of workloadsOf(definition, quick)) {
      const form = definition.relational(materializeSync(definition.options, workload.options));
      const { out, dead } = play(definition, workload);
      const planned = runForm(form, workload);
      same(planned.out, out, `${workload.title}: records`);
      same(
        planned.dead,
        dead.map(({ code }) => code),
        `${workload.title}: codes of dead letters`,
      );
    }
  },
};

function runForm(form: Relational, { steps }: Workload): { out: Emitted[]; dead: string[] } {
  const at: At = { time: Number.NaN, order: Number.NaN, key: null };
  const letters = new Letters(at);
  const counters = new Counters(slot());
  const out: Emitted[] = [];
  const next = { push: (row: Row) => void out.push({ row, time: at.time, order: at.order, key: at.key }) };
  const errors = new DriverErrors(
    scopeOf(at, letters, () => {}),
    'stage',
    'dead-letter',
    counters,
  );
  const place = { at, next, errors, counters };
  const node =
    form.kind === 'filter'
      ? filterNode(form.filter, place)
      : form.kind === 'key'
        ? keyNode(form.key, place)
        : projectNode(projector(form.select), place);
  for (const step of steps) {
    if ('watermark' in step) continue;
    Object.assign(at, { time: step.time, order: step.order, key: step.key });
    node.push(step.row);
  }
  return { out, dead: letters.all.map(({ code }) => code) };
}

/** The two halves together give what one instance gives; also when there are two first halves. */
export const partialHalf: Check<Operator> = {
  name: 'the first half changes nothing',
  run({ definition, quick }) {
    if (definition.partial === undefined) throw new Skipped('it has no first half');
    for (const workload of workloadsOf(definition, quick)) {
      if (workload.keyNames.length > 0) continue;
      const expected = play(definition, workload);
      for (const halves of [1, 2]) {
        const { out, late } = inHalves(definition, workload, halves);
        const what = `${workload.title}, ${halves} first halves`;
        same(orderless(out), orderless(expected.out), `${what}: records`);
        same(orderless(late), orderless(expected.late), `${what}: late records`);
      }
    }
  },
};

function inHalves(definition: Operator, { options, steps }: Workload, count: number): OperatorDriver {
  const second = new OperatorDriver(definition, options);
  const first = Array.from({ length: count }, () => new OperatorDriver(definition, options, { half: 'partial' }));
  const pass = () => {
    for (const half of first) for (const { row, ...at } of half.out.splice(0)) second.push(row, at);
  };
  for (const [i, step] of steps.entries()) {
    if ('row' in step) {
      first[i % count]?.push(step.row, step);
      continue;
    }
    for (const half of first) half.watermark(step.watermark);
    pass();
    second.watermark(step.watermark);
    // A barrier leaves nothing in the first half, which has no snapshot.
    for (const half of first) half.snapshot();
    pass();
  }
  for (const half of first) half.end();
  pass();
  second.end();
  return second;
}

function orderless(list: readonly unknown[]): string[] {
  return list.map((one) => Buffer.from(pack(one)).toString('latin1')).sort();
}
