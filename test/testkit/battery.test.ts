import { afterAll, describe, expect, test } from 'vitest';
import type { AnyDefinition, StageKind } from '../../src/stage/index.ts';
import { checksOf, makeCheck, runBattery } from '../../src/testkit/index.ts';
import { planted, summing } from './planted/operators.ts';
import {
  appending,
  counting,
  forgetful,
  jsonLines,
  leaked,
  plantedCodecs,
  plantedSinks,
  plantedSources,
} from './planted/others.ts';

const honest: Record<StageKind, AnyDefinition> = {
  operator: summing(),
  codec: jsonLines(),
  source: counting(),
  sink: appending(),
};

const defects: Record<StageKind, Record<string, AnyDefinition>> = {
  operator: planted,
  codec: plantedCodecs,
  source: plantedSources,
  sink: plantedSinks,
};

afterAll(() => leaked.map((server) => server.close()));

describe.each(Object.keys(honest) as StageKind[])('%s', (kind) => {
  test('one that keeps its promises passes', async () => {
    const outcomes = await runBattery(kind, 'honest', honest[kind], { strict: true });
    expect(outcomes.filter(({ result }) => result === 'broken')).toEqual([]);
    expect(outcomes.filter(({ result }) => result === 'held').length).toBeGreaterThan(3);
  });

  test.each(Object.entries(defects[kind]))('a defect is found: %s', async (name, definition) => {
    const check = checksOf(kind).find((one) => one.name === name);
    expect(check).toBeDefined();
    const outcome = await makeCheck(check!, { kind, name: 'planted', definition, strict: true });
    expect(outcome).toMatchObject({ result: 'broken', error: { code: 'WEIR_CONTRACT' } });
  });

  test('every check of this kind has a defect that it must find', () => {
    const own = checksOf(kind).map(({ name }) => name);
    const common = ['definition', 'opt-outs', 'options'];
    expect(own.filter((name) => !(name in defects[kind]) && !(kind !== 'operator' && common.includes(name)))).toEqual(
      [],
    );
  });
});

test('bytes that a sink prepares and does not sync are missed', async () => {
  const check = checksOf('sink').find(({ name }) => name === 'crashes keep its promise')!;
  const outcome = await makeCheck(check, { kind: 'sink', name: 'forgetful', definition: forgetful, strict: true });
  expect(outcome).toMatchObject({ result: 'broken', error: { actual: [{ out: expect.any(String) }, ''] } });
});

test('a check that a definition opts out of is not made, and its reason is told', async () => {
  const definition = summing({ summary: 'wrong', optOut: { definition: 'the summary is a joke' } });
  const [outcome] = await runBattery('operator', 'joker', definition);
  expect(outcome).toMatchObject({ check: 'definition', result: 'opted out', reason: 'the summary is a joke' });
});
