import { expect, test } from 'vitest';
import type { Expression } from '../../src/expr/expression.ts';
import { field } from '../../src/stage/field.ts';
import { codecChoice, materialize, materializeSync, moduleTexts } from '../../src/topology/options.ts';
import { base } from './support.ts';

const at = { time: 0, order: 0, key: null };
const scope = { base };
const run = (expression: Expression, row: Record<string, unknown>) => expression.evaluate(row, at);

test('units become numbers, and defaults are filled in', () => {
  const fields = {
    every: field.duration('D.', { default: '1m30s' }),
    size: field.bytes('B.'),
    n: field.count('N.', { default: 3 }),
    mode: field.choice('M.', ['a', 'b'], { default: 'b' }),
    none: field.text('T.', { optional: true }),
  };
  expect(materializeSync(fields, { size: '2KiB' })).toEqual({ every: 90_000, size: 2048, n: 3, mode: 'b' });
  expect(materializeSync(fields, { size: 0, n: null, every: 0 })).toMatchObject({ size: 0, n: 3, every: 0 });
});

test('expressions are compiled; a number or a flag stands for itself', () => {
  const fields = { a: field.expression('A.'), b: field.expression('B.'), c: field.expression('C.', { default: 'x' }) };
  const { a, b, c } = materializeSync(fields, { a: 'x + 1', b: true });
  expect(run(a, { x: 2 })).toBe(3);
  expect(run(b, {})).toBe(true);
  expect(run(c, { x: 7 })).toBe(7);
  expect(a.fields).toEqual([['x']]);
});

test('a closure is an expression without a node, that gives null for nothing', () => {
  const { a } = materializeSync({ a: field.expression('A.') }, { a: (row: { x?: number }) => row.x });
  expect(run(a, { x: 2 })).toBe(2);
  expect(run(a, {})).toBeNull();
  expect(a.node).toBeUndefined();
});

test('a template has holes', () => {
  const { text } = materializeSync({ text: field.template('T.') }, { text: 'core ${core}' });
  expect(run(text, { core: 3 })).toBe('core 3');
});

test('a projection is a map of expressions or a list of fields', () => {
  const fields = { select: field.projection('S.') };
  const map = materializeSync(fields, { select: { a: 'x + 1', b: 2 } }).select;
  expect(map.names).toEqual(['a', 'b']);
  expect(map.expressions.map((e) => run(e, { x: 1 }))).toEqual([2, 2]);
  const list = materializeSync(fields, { select: ['bid.price', 't'] }).select;
  expect(list.names).toEqual(['price', 't']);
  expect(list.expressions.map((e) => run(e, { bid: { price: 5 }, t: 6 }))).toEqual([5, 6]);
});

test('a key names its fields', () => {
  const fields = { by: field.key('K.') };
  const names = (by: unknown) => materializeSync(fields, { by }).by.names;
  expect(names('core')).toEqual(['core']);
  expect(names('bid.auction')).toEqual(['auction']);
  expect(names('id % 10')).toEqual(['key']);
  expect(names(['a', 'b.c'])).toEqual(['a', 'c']);
  expect(names({ slot: 'id % 10' })).toEqual(['slot']);
  expect(names((row: { id: number }) => row.id)).toEqual(['key']);
  expect(() => names(['a.id', 'b.id'])).toThrow("two of these are named 'id'");
  expect(() => names(['a', 'b % 2'])).toThrow('has no name');
});

test('aggregates are parsed', () => {
  const { aggregate } = materializeSync({ aggregate: field.aggregates('A.') }, { aggregate: { n: 'count()' } });
  expect(aggregate.names).toEqual(['n']);
});

test('lists, maps and groups are made of their parts', () => {
  const fields = {
    list: field.list('L.', field.duration('D.')),
    map: field.map('M.', field.bytes('B.')),
    group: field.group('G.', { a: field.duration('A.', { default: '1s' }) }, { default: {} }),
  };
  expect(materializeSync(fields, { list: ['1s', '2s'], map: { x: '1kB' } })).toEqual({
    list: [1000, 2000],
    map: { x: 1000 },
    group: { a: 1000 },
  });
  expect(materializeSync(fields, { list: '3s', map: {} }).list).toEqual([3000]);
});

test('a codec is its name and options', () => {
  expect(codecChoice('csv')).toEqual({ name: 'csv', options: {} });
  expect(codecChoice({ csv: { delimiter: ';' } })).toEqual({ name: 'csv', options: { delimiter: ';' } });
  expect(codecChoice({ csv: null })).toEqual({ name: 'csv', options: {} });
});

test('a module is loaded from the folder of the topology', async () => {
  const fields = { with: field.module('W.'), more: field.list('M.', field.module('W.'), { default: [] }) };
  const raw = { with: './own/double.js#convert', more: ['./own/double.js#convert'] };
  const options = await materialize(fields, raw, scope);
  expect(options.with({ a: 1 })).toEqual({ a: 1, seen: true });
  expect(options.more[0]).toBe(options.with);
  const own = () => 1;
  expect((await materialize(fields, { with: own }, scope)).with).toBe(own);
});

test('the aggregates of a module are loaded with the others', async () => {
  const fields = { aggregate: field.aggregates('A.'), group: field.group('G.', { of: field.aggregates('A.') }) };
  const aggregate = { n: 'count()', width: './modules/spread.js#spread(x) + 1' };
  const raw = { aggregate, group: { of: { w: '100 / ./modules/spread.js#spread(y)' } } };
  const made = await materialize(fields, raw, scope);
  const results = [made.aggregate, made.group.of].map((aggregation) => {
    const accumulator = aggregation.create();
    for (const x of [3, 7, 5]) aggregation.add(accumulator, { x, y: x }, at);
    return aggregation.result(accumulator, {});
  });
  expect(results).toEqual([{ n: 3, width: 5 }, { w: 25 }]);
  expect(materializeSync(fields, raw).aggregate.fields).toEqual([['x']]);
  expect(moduleTexts(fields, raw)).toEqual([
    { path: ['aggregate', 'width'], text: './modules/spread.js#spread', column: 1 },
    { path: ['group', 'of', 'w'], text: './modules/spread.js#spread', column: 7 },
  ]);
});

test('a module that has no such aggregate is a coded error', async () => {
  const load = (it: string) => materialize({ aggregate: field.aggregates('A.') }, { aggregate: { it } }, scope);
  await expect(load('./modules/none.js#x(y)')).rejects.toMatchObject({ code: 'WEIR_MODULE' });
  await expect(load('./modules/spread.js#x(y)')).rejects.toThrow(
    "./modules/spread.js exports no aggregate 'x': it is not an object with create, add, merge and result",
  );
  await expect(load('./modules/spread.js#half(y)')).rejects.toThrow('it has no merge and no result');
});

test('a module that is not there, or has no such function, is a coded error', async () => {
  const load = (text: string) => materialize({ with: field.module('W.') }, { with: text }, scope);
  await expect(load('./own/none.js#x')).rejects.toMatchObject({ code: 'WEIR_MODULE' });
  await expect(load('./own/double.js#x')).rejects.toThrow("./own/double.js exports no function 'x'");
  await expect(load('no-such-package#x')).rejects.toMatchObject({ code: 'WEIR_MODULE' });
});

test('a package is a module too', async () => {
  const options = await materialize({ with: field.module('W.') }, { with: 'yaml#stringify' }, scope);
  expect(options.with({ a: 1 })).toBe('a: 1\n');
});

test('modules are found however deep', () => {
  const fields = { g: field.group('G.', { m: field.map('M.', field.module('W.')) }) };
  expect(moduleTexts(fields, { g: { m: { x: './a.js#f' } } })).toEqual([{ path: ['g', 'm', 'x'], text: './a.js#f' }]);
});
