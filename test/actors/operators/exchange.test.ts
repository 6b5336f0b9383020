import { expect, test } from 'vitest';
import exchange from '../../../actors/operators/exchange.ts';
import type { OptionsOf } from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';

type Options = OptionsOf<typeof exchange.options>;

const partition = (options: object) => {
  const made = materializeSync(exchange.options, options as Record<string, unknown>) as Options;
  return (exchange.partition as (options: Options) => unknown)(made);
};

test('says how the engine is to deal records out', () => {
  expect(partition({})).toBe('rebalance');
  expect(partition({ how: 'broadcast' })).toBe('broadcast');
  expect(partition({ how: 'range', of: 'n', bounds: [1, 5] })).toMatchObject({ bounds: [1, 5] });
});

test.each([
  ['no bounds', { how: 'range', of: 'n' }],
  ['no value', { how: 'range', bounds: [1] }],
  ['bounds that do not ascend', { how: 'range', of: 'n', bounds: [2, 1] }],
  ['bounds of two kinds', { how: 'range', of: 'n', bounds: [1, 'x'] }],
])('refuses ranges with %s', (_, options) => {
  expect(() => partition(options)).toThrowError(expect.objectContaining({ code: 'WEIR_OPTION' }));
});
