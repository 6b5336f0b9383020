import { expect, test } from 'vitest';
import { columnsOf } from '../../../src/cli/evaluate/columns.ts';

const rows = Array.from({ length: 40 }, (_, i) => ({
  n: i,
  flag: i % 2 === 0,
  kind: ['a', 'b'][i % 2],
  at: `2026-01-05T10:00:${String(i % 60).padStart(2, '0')}Z`,
  day: '2026/1/5',
  words: `text number ${i}`,
  nothing: null,
  mixed: i === 0 ? 1 : 'b',
  list: [i],
  y: i,
}));
const known = Object.keys(rows[0] as object);

test('all but the target are features; times, and texts that are mostly different, are none', () => {
  const { features, text, left } = columnsOf(rows, known, { target: 'y' }, false);
  expect(features).toEqual(['n', 'flag', 'kind']);
  expect(text).toEqual([]);
  expect(left.map(({ column, why }) => `${column}: ${why}`)).toEqual([
    'at: a time',
    'day: a time',
    'words: free text',
    'nothing: empty',
    'mixed: numbers and text',
    'list: no single value',
  ]);
});

test('free text goes to a learner that reads it', () => {
  const { text, left } = columnsOf(rows, known, { target: 'y' }, true);
  expect(text).toEqual(['words']);
  expect(left.map(({ column }) => column)).not.toContain('words');
});

test('what is asked for is taken as it is', () => {
  const asked = columnsOf(rows, known, { target: 'y', features: ['at', 'n', 'words'], text: ['words'] }, true);
  expect(asked).toEqual({ features: ['at', 'n'], text: ['words'], left: [] });
  expect(columnsOf(rows, known, { target: 'y', drop: ['n', 'at'] }, false).features).toEqual(['flag', 'kind']);
});

test('a column that is not there is refused, with the one that was meant', () => {
  const refused = (asked: object) => () => columnsOf(rows, known, { target: 'y', ...asked }, true);
  expect(refused({ target: 'knd' })).toThrow(/no column 'knd'; did you mean kind\?/);
  expect(refused({ features: ['wods'] })).toThrow(/did you mean words/);
  expect(refused({ drop: ['zzzzzz'] })).toThrow(/there are n, flag/);
  expect(() => columnsOf(rows, known, { target: 'y', text: ['words'] }, false)).toThrow(/reads no free text/);
});
