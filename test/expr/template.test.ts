import { describe, expect, test } from 'vitest';
import { parseTemplate } from '../../src/expr/template.ts';
import { AT, errorOf } from './evaluate.ts';

const fill = (text: string, row = {}) => parseTemplate(text).evaluate(row, AT);

describe('a template', () => {
  test.each([
    ['core ${core} at ${round(peak, 2)}', { core: 3, peak: 0.987 }, 'core 3 at 0.99'],
    ['no holes, "quotes", `backquotes` and \\n', {}, 'no holes, "quotes", `backquotes` and \\n'],
    ['', {}, ''],
    ['${x}', { x: 'only' }, 'only'],
    ['[${missing}] ${nothing.at.all}', {}, '[] '],
    ['${list} ${object} ${bool}', { list: [1, 'a'], object: { a: null }, bool: false }, '[1,"a"] {"a":null} false'],
    ['\\${x} costs $5 {x} ${x}', { x: 1 }, '${x} costs $5 {x} 1'],
    ['${ { a: "}" } }${"}"}', {}, '{"a":"}"}}'],
    ['${`inner ${x}` /* } */ }', { x: 1 }, 'inner 1'],
    ['${"$"}{x}', {}, '${x}'],
    ['${x}${x}', { x: '${x}' }, '${x}${x}'],
  ])('%s', (text, row, value) => {
    expect(fill(text, row)).toBe(value);
  });

  test('says which fields it reads', () => {
    expect(parseTemplate('${a.b} ${c + a.b}').fields).toEqual([['a', 'b'], ['c']]);
  });

  test.each([
    ['at ${peak', 10, 'close it with }'],
    ['at ${peak + }', 13, "unexpected '}'"],
    ['at ${}', 6, "unexpected '}'"],
    ['at ${a b}', 8, 'close it with }'],
    ['at ${lowr(a)}', 6, 'did you mean lower()'],
    ['${a} ${"x" * 2}', 12, 'write number(x)'],
    ['${a} ${b = 1}', 8, 'write =='],
    ['${', 3, 'too early'],
  ])('%s is refused, its column counted in the whole', (text, column, says) => {
    const error = errorOf(() => parseTemplate(text));
    expect(error.message).toContain(says);
    expect(error.data).toMatchObject({ column, text });
  });

  test('passes WEIR_TYPE on', () => {
    expect(errorOf(() => fill('a ${x * 2}', { x: 'b' })).data).toMatchObject({ column: 7, text: 'a ${x * 2}' });
  });
});
