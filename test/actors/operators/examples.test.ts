import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import type { Key } from '../../../src/stage/row.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { OperatorRig } from '../support/operator-rig.ts';

const folder = new URL('../../../actors/operators/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(/\.ts$/, ''));

describe.each(names)('%s', async (name) => {
  const { default: definition } = (await import(`${folder}${name}.ts`)) as { default: OperatorDefinition<any> };

  test.each(definition.examples.map((example) => [example.title, example] as const))('%s', (_, example) => {
    const given = example.given ?? [];
    const keyNames = given.some((row) => '$key' in row) ? ['key'] : [];
    const run = (oneByOne: boolean) => {
      const rig = new OperatorRig(definition, example.options ?? {}, { keyNames });
      given.forEach(({ $time, $key, ...row }, i) => {
        rig.push(Object.freeze(row), ($time as number) ?? 0, ($key as Key) ?? null, i);
        if (oneByOne) rig.batchEnd();
      });
      rig.watermark(Number.POSITIVE_INFINITY);
      expect(rig.dead).toEqual([]);
      return rig.take();
    };
    const rows = run(false);
    expect(rows).toEqual(example.expect);
    if (!definition.optOut?.['one by one equals batched']) expect(run(true)).toEqual(rows);
    const fields = definition.fields?.(materializeSync(definition.options, example.options ?? {}), keyNames);
    if (fields) for (const row of rows) expect(Object.keys(row)).toEqual([...fields]);
  });

  test('says what a reader and the planner need', () => {
    expect(definition.summary).toMatch(/\.$/);
    expect(definition.since).toBe('0.1.0');
    expect(definition.stateVersion).toBe(1);
    expect(definition.examples.length).toBeGreaterThan(0);
  });
});
