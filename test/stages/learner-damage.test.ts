// A model that was damaged on its way is refused (WEIR_MODEL_FORM), or it answers in finite numbers and learns on.
import { expect, test } from 'vitest';
import { prng } from '../../src/base/prng.ts';
import type { OperatorDefinition } from '../../src/stage/definition.ts';
import { grownWorkload } from '../../src/testkit/battery/workload.ts';
import { OperatorDriver } from '../../src/testkit/operator-driver.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages } from '../../src/topology/stage-docs.ts';
import { tries } from '../support/thorough.ts';
import { notFinite } from './not-finite.ts';

const learners = (await allStages(builtIn)).filter(({ folder }) => folder === 'learners');
const each = learners.map(({ name, definition }) => ({ name, definition: definition as OperatorDefinition<any> }));

/** What a damage makes of one place of a model; what it does not concern stays. */
type Damage = (value: unknown) => unknown;
const isInteger = (value: unknown) => typeof value === 'number' && Number.isInteger(value);
const ofNumbers = (change: Damage) => (value: unknown) => (typeof value === 'number' ? change(value) : value);
const ofLists = (change: (list: unknown[]) => unknown) => (value: unknown) =>
  Array.isArray(value) ? change(value) : value;
const DAMAGES: Record<string, Damage> = {
  emptied: ofLists(() => []),
  halved: ofLists((list) => list.slice(0, list.length >> 1)),
  doubled: ofLists((list) => [...list, ...list]),
  'no number': ofNumbers(() => 'NaN'),
  infinite: ofNumbers(() => 'Infinity'),
  'a text': ofNumbers(() => 'x'),
  null: ofNumbers(() => null),
  negated: ofNumbers((value) => -(value as number)),
  large: (value) => (isInteger(value) ? 1e12 : value),
  'half more': (value) => (isInteger(value) ? (value as number) + 0.5 : value),
  'one more': (value) => (isInteger(value) ? (value as number) + 1 : value),
  gone: (value) => (value !== null && typeof value === 'object' && 'f64' in value ? undefined : value),
};

/** What has not been answered yet is no number there, and an id may be called so. */
const FREE = /\/made\/f64$|\/waiting$/;

/** A copy with the damage at every place, or at one by chance. */
function damaged(model: unknown, damage: Damage, random?: () => number): unknown {
  const places: { in: Record<string, unknown>; name: string; to: unknown }[] = [];
  const copy: unknown = structuredClone({ model });
  const seek = (value: unknown) => {
    if (value === null || typeof value !== 'object') return;
    for (const [name, one] of Object.entries(value)) {
      const to = damage(one);
      if (to !== one) places.push({ in: value as Record<string, unknown>, name, to });
      if (to === one || random !== undefined) seek(one);
    }
  };
  seek(copy);
  const chosen = random === undefined ? places : places.slice(Math.floor(random() * places.length)).slice(0, 1);
  for (const place of chosen) place.in[place.name] = place.to;
  return (copy as { model: unknown }).model;
}

test.each(each)('$name', ({ name: learner, definition }) => {
  const [example] = definition.examples;
  if (example === undefined) throw new Error('a learner has an example');
  // It begins to learn after 200 rows.
  const before = learner === 'fourier-rls' ? 500 : 200;
  const { steps, options } = grownWorkload(example, before + 60, 'damage', false);
  const records = steps.flatMap((step) => ('row' in step && step.input === undefined ? [step] : []));
  const drive = (given: object) => new OperatorDriver(definition, { ...options, ...given }, { clocked: true });
  const first = drive({});
  for (const { row, time, order } of records.slice(0, before)) first.push(row, { time, order });
  first.end();
  const published = first.sides.filter(({ name }) => name === 'model').at(-1)?.row as { model: object };
  expect(published).toBeDefined();
  const random = prng(11);
  let refused = 0;
  for (const [name, damage] of Object.entries(DAMAGES)) {
    for (let run = 0; run <= tries(5); run++) {
      const model = damaged(published.model, damage, run === 0 ? undefined : random);
      const other = drive({ from: 'models', learn: 'true' });
      other.push(JSON.parse(JSON.stringify({ ...published, model })), { input: 'from' });
      const what = `${learner}, ${name} ${run}`;
      if (other.dead.length > 0) {
        expect(other.dead[0], what).toMatchObject({ code: 'WEIR_MODEL_FORM' });
        refused++;
        continue;
      }
      for (const { row, time, order } of records.slice(before)) other.push(row, { time, order });
      other.end();
      expect(other.dead, what).toEqual([]);
      expect(notFinite(other.out.map(({ row }) => row)), what).toEqual([]);
      const after = other.sides.filter(({ name }) => name === 'model').at(-1)?.row;
      expect(
        notFinite(after).filter((path) => !FREE.test(path)),
        what,
      ).toEqual([]);
    }
  }
  // All lists empty, for one.
  expect(refused).toBeGreaterThan(15);
});
