import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/expr/expression.ts';
import { LONGEST_TEXT } from '../../src/expr/read.ts';
import { errorOf, evaluate } from './evaluate.ts';

/** What is refused: the text, the column, and a part of the message that says what to do. */
const REFUSED: readonly (readonly [text: string, column: number, says: string])[] = [
  // An abbreviation.
  ['lngth(x)', 1, 'did you mean length()'],
  ['rund(x)', 1, 'did you mean round()'],
  // Not the language.
  ['x = 3', 1, 'write =='],
  ['a && (x += 3)', 7, 'changes nothing'],
  ['x++', 1, 'write x + 1'],
  ['1 + (() => 1)', 6, '`map` step'],
  ['f(function () {})', 3, '`map` step'],
  ['new Date()', 1, 'new is not available'],
  ['this', 1, 'field("this")'],
  ['this.constructor', 1, 'field("this")'],
  ['import("fs")', 1, 'import is not available'],
  ['[].concat(import.meta)', 11, 'import.meta'],
  ['a, b', 1, 'more than one expression'],
  ['f(...x)', 3, 'one by one'],
  ['[...x]', 2, 'one by one'],
  ['{ ...x }', 3, 'one by one'],
  ['lower`x`', 1, 'no function before it'],
  ['typeof x', 1, 'isNumber(x)'],
  ['void 0', 1, 'write null'],
  ['delete x.y', 1, '`select`'],
  ['a & b', 3, 'write &&'],
  ['a | b', 3, 'write ||'],
  ['a ^ b', 3, '**'],
  ['~a', 1, 'operator ~'],
  ['a << 2', 3, 'x * 2 ** n'],
  ['a instanceof b', 3, 'isNumber(x)'],
  ['undefined', 1, 'write null'],
  ['x == NaN', 6, 'isNumber'],
  ['Infinity', 1, '1e308'],
  ['10n', 1, 'leave the n out'],
  ['010', 1, 'octal'],
  ['1e999', 1, 'larger than a number'],
  ['[1, , 2]', 1, 'write null'],
  ['{ [x]: 1 }', 4, 'not computed'],
  ['{ __proto__: x }', 3, 'cannot be the name of a field'],
  ['{ "__proto__": x }', 3, 'cannot be the name of a field'],
  ['{ a: 1, a: 2 }', 9, 'twice'],
  ['{ get a() { return 1 } }', 3, '`map` step'],
  ['{ a() {} }', 3, '`map` step'],
  ['a <!-- b', 3, 'not operators'],
  ['-x ** 2', 4, '-(x ** y)'],
  ['class == 1', 7, 'field("class")'],
  ['default', 1, 'field("default")'],
  ['/a/', 1, 'matches()'],
  ['x.test(/a/)', 3, '.test()'],
  ['await x', 7, "unexpected 'x'"],
  // Not whole.
  ['', 1, 'empty'],
  ['   ', 4, 'empty'],
  ['a +', 4, 'too early'],
  ['(a', 3, 'too early'],
  ['a b', 3, "unexpected 'b'"],
  ['(a) b', 5, "unexpected 'b'"],
  ['a; b', 2, "unexpected ';'"],
  ['a)', 2, "unexpected ')'"],
  ['a /* */ }', 9, "unexpected '}'"],
  ['matches(x, /(/)', 13, 'this is no pattern: Unterminated group'],
  // Words of other languages.
  ['a and b', 3, 'write &&'],
  ['a OR b', 3, 'write ||'],
  ['not a', 5, 'write !'],
  ['a <> b', 4, 'write !='],
  ['if (a, b, c)', 1, '? yes : no'],
  ['name like "a%"', 6, 'contains'],
  // Functions.
  ['lowr(x)', 1, 'did you mean lower()'],
  ['starts_with(x, "a")', 1, 'did you mean startsWith()'],
  ['toLowerCase(x)', 1, 'write lower(…)'],
  ['x.lower()', 3, 'write lower(x, …)'],
  ['x.strtsWith("a")', 3, 'did you mean .startsWith()'],
  ['x.replace("a", "b")', 3, 'replaceAll'],
  ['x.split(",", 2)', 3, 'split(text, separator, index)'],
  ['x.map(y)', 3, '`map` step'],
  ['x?.(1)', 2, 'instead of ?.('],
  ['x[0](1)', 1, 'by its name'],
  ['x["lower"]()', 1, 'by its name'],
  ['lower(x)(1)', 1, 'by its name'],
  ['(lower)(x)', 1, 'by its name'],
  ['Math.floor(x)', 1, 'write floor(…)'],
  ['Math.PI * 2', 1, 'pi()'],
  ['Date.now()', 1, 'eventTime()'],
  ['now()', 1, 'eventTime()'],
  ['Math.random()', 1, 'hash(x)'],
  ['parseInt(x)', 1, 'number(x)'],
  ['mean(x)', 1, 'aggregate'],
  ['lower()', 1, 'takes 1 argument, not 0; write lower(text: text): text'],
  ['1 + max(x)', 5, '2 or more'],
  ['x.startsWith("a", 1)', 3, 'before .startsWith()'],
  ['constructor(x)', 1, 'no function constructor()'],
  ['toString()', 1, 'write text(…)'],
  ['hasOwnProperty("x")', 1, 'no function'],
  ['x.constructor("return 1")', 3, 'not available'],
  ['x.__proto__()', 3, 'not available'],
  ['eval("1")', 1, 'no function eval()'],
  ['coalesce(x)', 1, 'two or more'],
  ['field(x)', 1, 'literal text'],
  ['startOf(x, "dya")', 12, "did you mean 'day'"],
  ['startOf(x, unit)', 12, 'literal text'],
  ['duration("5 parsecs")', 10, 'not a duration'],
  ['formatTime(x, "YYYY")', 15, 'yyyy, MM'],
  ['formatTime(x, "HH\'h")', 15, 'quote'],
  ['matches(x, "a+")', 12, 'write matches(text, /…/)'],
  ['contains(x, /a/)', 13, 'no regular expression here'],
  ['matches(x, /a/g)', 12, 'flags are i, m, s and u'],
  ['matches(x, /(a+)+$/)', 12, 'exponential'],
  ['matches(x, /(.)\\1/)', 12, 'refer back'],
  // Types that can never be right.
  ['"a" * 2', 5, 'number(x) or text(x)'],
  ['1 + true', 3, 'takes numbers'],
  ['"a" + [1]', 5, 'toJson'],
  ['-"a"', 1, 'number(x)'],
  ['1 < "2"', 3, 'two numbers or two texts'],
  ['[1] > 2', 5, 'list and number'],
  ['true < false', 6, 'bool and bool'],
  ['lower(x) == 3', 10, 'never equals'],
  ['eventTime() > "2026-01-01"', 13, 'parseTime'],
  ['length(x) in ["1"]', 15, 'never equals'],
  ['x in "abc"', 3, 'contains'],
  ['lower(3)', 7, 'write text(x)'],
  ['sqrt("4")', 6, 'write number(x)'],
  ['startsWith(x, upper(y) == "A")', 24, 'takes a text as part'],
  // What the parser itself refuses, in our words.
  ['"abc', 1, 'no closing quote'],
  ['a + `x', 6, 'closing `'],
  ['/x', 2, 'no closing /'],
  ['a /* b', 3, 'the comment has no end'],
  ['a + @b', 5, "unexpected '@'"],
  ['{function', 2, "unexpected 'function'"],
  ['1abc', 2, 'does not begin with a digit'],
  ['0x', 3, 'digits are missing'],
  ['1e', 1, 'digits are missing'],
  ['1_', 2, 'between two digits'],
  ['"\\x1"', 4, 'no such escape'],
  ['"\\u{110000}"', 5, 'no such escape'],
  ['a ?? b || c', 8, 'needs parentheses'],
  ['a?.b`x`', 5, 'no function before it'],
  ['1 = 2', 1, 'write =='],
  ['/a/gg', 2, 'twice'],
  ['/a/k', 2, 'no such flag'],
  ['/(?<a>.)(?<a>.)/', 2, 'this is no pattern: Duplicate capture group name'],
  ['new.target', 1, 'new.target is not available'],
  ['{ __proto__: 1, __proto__: 2 }', 17, 'cannot be read'],
];

describe('is refused at the column, saying what to do', () => {
  test.each(REFUSED)('%s', (text, column, says) => {
    const error = errorOf(() => parseExpression(text));
    expect(error.code).toBe('WEIR_EXPRESSION');
    expect(error.message).toContain(says);
    expect(error.data).toMatchObject({ column, text });
    expect(error.message).toContain(`(column ${column} of \`${text}\`)`);
  });
});

describe('is bounded', () => {
  test('in length', () => {
    const text = `"${'a'.repeat(LONGEST_TEXT)}"`;
    expect(errorOf(() => parseExpression(text)).message).toContain(`at most ${LONGEST_TEXT} characters`);
  });

  test.each([
    ['parentheses', '('.repeat(4900) + ')'.repeat(4900)],
    ['lists', '['.repeat(4900) + ']'.repeat(4900)],
    ['signs', `${'- '.repeat(4900)}1`],
    ['negations', `${'!'.repeat(9000)}a`],
    ['sums', `1${'+1'.repeat(4900)}`],
    ['paths', `a${'.a'.repeat(300)}`],
    ['choices', `${'a?b:'.repeat(2000)}c`],
    ['templates', `${'`${'.repeat(3000)}`],
  ])('in the nesting of %s', (_, text) => {
    const { code, message } = errorOf(() => parseExpression(text));
    expect(code).toBe('WEIR_EXPRESSION');
    expect(message).not.toMatch(/stack/);
  });

  test('but a long list of alternatives passes', () => {
    const text = Array.from({ length: 150 }, (_, i) => `x == ${i}`).join(' || ');
    expect(evaluate(text, { x: 149 })).toBe(true);
  });
});

describe('is accepted', () => {
  test.each([
    ['a /* why */ + // for the reader\n b', { a: 1, b: 2 }, 3],
    ['interface == "eth0" && package.let == 1', { interface: 'eth0', package: { let: 1 } }, true],
    ['bid.class + bid.new', { bid: { class: 1, new: 2 } }, 3],
    ['field("class") + field("odd name").x', { class: 1, 'odd name': { x: 2 } }, 3],
    ['bid["odd name"]', { bid: { 'odd name': 1 } }, 1],
    ['a === 1 && b !== 2', { a: 1, b: 1 }, true],
    ['list[i + 1]', { list: [1, 2, 3], i: 1 }, 3],
    ['list[-1]', { list: [1] }, null],
    ['list[0.5]', { list: [1] }, null],
    ['bytes[1] + bytes.length', { bytes: new Uint8Array([1, 2]) }, 4],
    ['text.length + list.length', { text: 'abc', list: [1] }, 4],
    ['packet.length', { packet: { length: 60 } }, 60],
    ['packet["length"]', { packet: { length: 60 } }, 60],
    ['{ id, "odd name": 1, 2: 3 }', { id: 1 }, { id: 1, 'odd name': 1, 2: 3 }],
    ['/^e/.test(name) && name.includes("th")', { name: 'eth0' }, true],
    ['name.toUpperCase().slice(0, 3).concat("!")', { name: 'eth0' }, 'ETH!'],
    ['tags.includes("a")', { tags: ['a'] }, true],
    ['x in [1,2,3,4,5,6,7,8,9,10]', { x: 10 }, true],
    ['x in []', { x: 1 }, false],
    ['x in tags', { x: 'a', tags: ['a'] }, true],
    ['`${a}-${b}${c}`', { a: 1, b: null, c: [1] }, '1-[1]'],
    ['"\\u0041\\n\u2028"', {}, 'A\n\u2028'],
    ['2 ** -1 + .5 + 0x10 + 1_000', {}, 1017],
  ])('%s', (text, row, value) => {
    expect(evaluate(text, row)).toEqual(value);
  });
});
