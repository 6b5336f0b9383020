import { expect, test } from 'vitest';
import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';

async function issuesOf(steps: string, codec: string): Promise<string[]> {
  const text = `name: y\nstreams:\n  a:\n    source: stdin\n    do: [${steps}]\n    to: { file: { path: o.csv, codec: ${codec} } }\n`;
  const { issues } = await checkText(text, { file: 't.yaml', base: import.meta.url });
  return issues.map(formatIssue);
}

const unknown = expect.stringMatching(
  /^t\.yaml:6:\d+ {2}file: csv does not know which columns to write: put a `select`/,
);

test.each([
  ['', 'csv', [unknown]],
  ['where: x > 1', '{ csv: { delimiter: ";" } }', [unknown]],
  ['select: { x: x }', 'csv', []],
  ['', '{ csv: { columns: { x: auto } } }', []],
  ['', '{ csv: { header: false } }', []],
  ['', 'ndjson', []],
])('behind [%s] a sink with the codec %s knows its columns or is told', async (steps, codec, expected) => {
  expect(await issuesOf(steps, codec)).toEqual(expected);
});
