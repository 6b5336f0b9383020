import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { failureLines } from '../../src/cli/test-report.ts';
import { runTest } from '../../src/sim/trial/trial.ts';
import { parseTopology } from '../../src/topology/document.ts';
import { Issues } from '../../src/topology/issue.ts';
import { testsOf } from '../../src/topology/tests.ts';

// What `weir test` does, for every topology that comes with Weir.
const root = new URL('../../', import.meta.url);
const files = globSync(['topologies/**/*.yaml', 'examples/**/*.yaml'], { cwd: root.pathname }).sort();
const issues = new Issues();
const all = files.flatMap((file) => {
  const url = new URL(file, root);
  const source = { file, base: pathToFileURL(url.pathname).href.replace(/[^/]*$/, '') };
  const document = parseTopology(readFileSync(url, 'utf8'), source, issues);
  return testsOf(document).map((one) => ({ file, name: one.name, document, one }));
});

test('there are topologies with tests', () => {
  expect(files.length).toBeGreaterThan(2);
  expect(all.length).toBeGreaterThan(2);
});

test('topologies are read without a fault', () => {
  expect(issues.sorted()).toEqual([]);
});

describe('tests of topologies', () => {
  test.each(all)('$file: $name', async ({ document, one }) => {
    const result = await runTest(document, one);
    expect(result.failures.flatMap((failure) => failureLines(result, failure))).toEqual([]);
  });
});
