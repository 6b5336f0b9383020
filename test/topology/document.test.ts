import { expect, test } from 'vitest';
import { parseTopology } from '../../src/topology/document.ts';
import { formatIssue, Issues } from '../../src/topology/issue.ts';

function read(text: string) {
  const issues = new Issues();
  const document = parseTopology(text, { file: 't.yaml', base: 'file:///x/' }, issues);
  return { document, issues: issues.sorted().map(formatIssue) };
}

test('keys and values have the places at which they are written', () => {
  const { document } = read('name: x\nstreams:\n  cpu:\n    do:\n      - where: "a > 1"\n      - dedupe\n');
  const { places } = document;
  const at = ['streams', 'cpu', 'do', 0, 'where'];
  expect(places.key(at)).toEqual({ file: 't.yaml', line: 5, column: 9 });
  expect(places.value(at)).toMatchObject({ line: 5, column: 16 });
  expect(places.value(at, 4)).toMatchObject({ line: 5, column: 21 });
  expect(places.key(['streams', 'cpu', 'do', 1])).toMatchObject({ line: 6, column: 9 });
});

test('what is not written stands at the nearest part above it', () => {
  const { document } = read('name: x\nstreams:\n  cpu:\n    from: a\n');
  expect(document.places.key(['streams', 'cpu', 'do', 3, 'where'])).toMatchObject({ line: 3, column: 3 });
  expect(document.places.value(['nothing'])).toMatchObject({ line: 1, column: 1 });
});

test('a value behind an alias stands at its anchor', () => {
  const { document } = read('a: &x { size: 5s }\nb: *x\n');
  expect(document.value).toEqual({ a: { size: '5s' }, b: { size: '5s' } });
  expect(document.places.value(['b', 'size'])).toMatchObject({ line: 1, column: 15 });
});

test('JSON is read as well, tabs and all', () => {
  const { document, issues } = read('{\n\t"name": "x",\n\t"streams": { "a": { "from": "b" } }\n}');
  expect(issues).toEqual([]);
  expect(document.value).toEqual({ name: 'x', streams: { a: { from: 'b' } } });
  expect(document.places.value(['streams', 'a', 'from'])).toMatchObject({ line: 3, column: 30 });
});

test('a key written twice is refused', () => {
  expect(read('name: x\nstreams: {}\nname: y\n').issues).toEqual([
    "t.yaml:3:1  the key 'name' is written twice in one map",
  ]);
});

test.each([
  ['a quote that does not end', 'name: "x\nstreams:\n', 't:3:1  missing closing "quote'],
  [
    'an alias without an anchor',
    'where: *x > 1\n',
    't:1:8  there is no anchor &x; a text that begins with * must be quoted',
  ],
  ['a list that does not end', 'a: [1, 2\nb: 3\n', 't:1:4  this [ is not closed: there is no ] for it'],
  ['a map that does not end', 'a: { b: [1], c: 2\nd: 3\n', 't:1:4  this { is not closed: there is no } for it'],
  ['an inner map that does not end', 'a: [x, { b: 1]\nc: 1\n', 't:1:8  this { is not closed: there is no } for it'],
  [
    'a placeholder in braces',
    'a: { path: ${input}, x: 1 }\n',
    't:1:13  quote a text with ${…} that stands inside { } or [ ]',
  ],
  ['a placeholder in brackets', 'a: [${input}]\n', 't:1:6  quote a text with ${…} that stands inside { } or [ ]'],
  [
    'a choice',
    'a: b ? c : d\n',
    "t:1:4  a colon with a space begins a map: quote the text if it is meant to be one, 'b ? c : d'",
  ],
  ['a negation', 'a: !busy && b\n', "t:1:4  a text that begins with ! must be quoted, '!busy && b'"],
  ['a reserved character', 'a: @x\n', "t:1:4  a text cannot begin with @: quote it, '@x'"],
  [
    'an expression that begins with a quoted text',
    'a: "b" == c\n',
    't:1:8  the text goes on behind its closing quote: put the whole in quotes of the other kind',
  ],
])('the fault of syntax is told in words: %s', (_, text, expected) => {
  expect(read(text).issues.map((issue) => issue.replace('t.yaml', 't'))).toContain(expected);
});

test('what follows a broken line is not guessed at', () => {
  const { document, issues } = read('name: x\na: { b: ${c}, d: 1 }\nstreams: 5\n');
  expect(issues).toHaveLength(1);
  expect(document.value).toBeUndefined();
});

test('what stands around a bracket that only its line left open is read', () => {
  const { document, issues } = read('a:\n  - b: [x\n  - c: { d: 1 }\ne: 5\n');
  expect(issues).toEqual(['t.yaml:2:8  this [ is not closed: there is no ] for it']);
  expect(document.value).toEqual({ a: [{ b: ['x'] }, { c: { d: 1 } }], e: 5 });
  expect(read('a: [x, { b: 1]\nc: 1\n').document.value).toBeUndefined();
});

test.each([
  ['{ n: quantile(x, 2), m: 1 }', 9, 'quantile(x, 2)', { n: 'quantile(x, 2)', m: 1 }],
  ['{ n: if(a(b), c, d), m: max(e) }', 9, 'if(a(b), c, d)', { n: 'if(a(b), c, d)', m: 'max(e)' }],
  ['[f(x, y), z]', 5, 'f(x, y)', ['f(x, y)', 'z']],
])('a call that a comma has cut in %s is told once, and read as it was meant', (yaml, column, call, value) => {
  const { document, issues } = read(`a: ${yaml}\n`);
  expect(issues).toEqual([`t.yaml:1:${column}  a comma inside { } or [ ] ends a text: write '${call}'`]);
  expect(document.value).toEqual({ a: value });
});

test.each(['{ n: "f(x", "2)": y }', '[f(x, g(y]', '{ n: f(x, 2): y }'])('%s is left as it is', (yaml) => {
  expect(read(`a: ${yaml}\n`).issues.filter((issue) => issue.includes('a comma inside'))).toEqual([]);
});

test('a key that would be a prototype is refused', () => {
  expect(read('a: { __proto__: { b: 1 } }').issues).toEqual(['t.yaml:1:6  __proto__ cannot be a key']);
});

test.each([
  [String.raw`a: { b: "x\ud800" }`, '1:9'],
  [String.raw`{ "a": 1, "\udc00": 2 }`, '1:11'],
])('half a character is refused: %s', (yaml, place) => {
  const wanted = `t.yaml:${place}  a text with half a character (a lone surrogate), which no text can hold: write the whole one`;
  expect(read(yaml).issues).toEqual([wanted]);
});

test('two halves of a character are the whole one', () => {
  expect(read(String.raw`a: "\ud83d\ude00"`)).toMatchObject({ issues: [], document: { value: { a: '😀' } } });
});

test('yes and no stay text', () => {
  expect(read('a: yes\nb: 012\nc: 2020-01-01').document.value).toEqual({ a: 'yes', b: 12, c: '2020-01-01' });
});

test.each([
  ['lists', '['.repeat(20_000) + ']'.repeat(20_000)],
  ['maps', '{"a":'.repeat(20_000) + 1 + '}'.repeat(20_000)],
  ['steps', `\n${'- '.repeat(20_000)}1`],
])('%s that are nested too deeply are a fault with its place', (_, deep) => {
  const { issues } = read(`name: x\nstreams: ${deep}\n`);
  expect(issues.length).toBe(1);
  expect(issues[0]).toMatch(/^t\.yaml:\d+:\d+ {2}maps and lists are nested too deeply here/);
});
