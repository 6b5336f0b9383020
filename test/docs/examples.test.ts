import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkText } from '../../src/topology/check.ts';
import { TOPOLOGY_KEYS } from '../../src/topology/form.ts';
import { formatIssue } from '../../src/topology/issue.ts';
import { some } from '../support/thorough.ts';
import { type Block, blocksOf, commandsOf, matches } from './blocks.ts';
import { RUN, root, textOf } from './pages.ts';
import { Site, typeFaults } from './site.ts';

/** Marks: what becomes of a block. A page explains none of them: they are comments. */
const MARKS = ['file', 'as', 'fragment', 'faulty', 'exit', 'not run'];

const pages = RUN.map((page) => {
  const blocks = blocksOf(page, textOf(page));
  return { page, blocks, site: new Site(blocks) };
});
afterAll(() => {
  for (const { site } of pages) site.remove();
});

const where = ({ page, line }: Block) => `${page}:${line}`;
const all = pages.flatMap(({ blocks, site }) => blocks.map((block) => ({ block, site, name: where(block) })));
const topologies = all.filter(({ block: { language, marks } }) => {
  const isTopology = marks.get('file')?.endsWith('.yaml') || marks.has('fragment');
  return language === 'yaml' && isTopology && !marks.has('faulty');
});

test('every block of code is a file, a fragment, a session, or says why it does not run', () => {
  for (const { block, name } of all) {
    const { language, marks } = block;
    for (const mark of marks.keys()) expect(MARKS, name).toContain(mark);
    if (marks.has('not run')) expect(marks.get('not run'), `${name} says why it does not run`).not.toBe('');
    const lives = ['text', 'console'].includes(language) || ['file', 'fragment', 'not run'].some((m) => marks.has(m));
    expect(lives, `${name} is a ${language} block that nothing runs`).toBe(true);
  }
});

test('a file has one text on a page', () => {
  for (const { page, blocks } of pages) {
    const files = blocks.flatMap(({ marks }) => marks.get('file') ?? []);
    expect(files, page).toEqual([...new Set(files)]);
  }
});

test('files of examples/ are those of the pages', async () => {
  for (const { block } of all) {
    const path = block.marks.get('as');
    if (path !== undefined) await expect(block.text).toMatchFileSnapshot(join(root, path));
  }
});

test.each(topologies)('$name is a topology without faults', async ({ block, site }) => {
  const file = block.marks.get('file') ?? 'fragment.yaml';
  const text = block.marks.has('fragment') ? wholeOf(block.text) : block.text;
  const source = { file, base: pathToFileURL(join(site.folder, file)).href.replace(/[^/]*$/, '') };
  const { issues } = await checkText(text, source, { missing: 'leave', env: {} });
  // A fragment's stream need not go anywhere.
  const faults = block.marks.has('fragment') ? issues.filter(({ severity }) => severity === 'error') : issues;
  expect(faults.map(formatIssue)).toEqual([]);
});

/** A topology around a part of one: keys of a topology, or else the parts of one stream. */
function wholeOf(fragment: string): string {
  const part = parse(fragment) as Record<string, unknown> | unknown[];
  const source = { file: 'in.ndjson' };
  if (Array.isArray(part)) return wrap({ streams: { example: { source, time: 'at', do: part } } });
  const isTop = Object.keys(part).every((key) => (TOPOLOGY_KEYS as readonly string[]).includes(key));
  if (isTop) return wrap({ streams: { example: { source, to: 'stdout' } }, ...part });
  return wrap({ streams: { example: 'from' in part ? part : { source, ...part } } });
}

const wrap = (topology: object) => stringify({ name: 'fragment', ...topology });

test('the TypeScript of all pages fits the built declarations', () => {
  const files = all.flatMap(({ block: { marks }, site }) => {
    const path = marks.get('file');
    return path?.endsWith('.ts') ? [join(site.folder, path)] : [];
  });
  expect(typeFaults(files)).toEqual([]);
});

describe.concurrent('sessions', () => {
  const told = pages.filter(({ blocks }) => blocks.some(({ language }) => language === 'console'));
  const tried = some(told.map(({ page }) => page));
  const sessions = told.filter(({ page }) => page === 'README.md' || tried.includes(page));
  test.each(sessions)('of $page print what the page shows', async ({ blocks, site }) => {
    for (const block of blocks) {
      if (block.language !== 'console' || block.marks.has('not run')) continue;
      for (const { command, expected } of commandsOf(block.text)) {
        const { code, stdout, stderr } = await site.run(command);
        const told = `${where(block)} $ ${command}\n${stdout}${stderr}`;
        expect(String(code), told).toBe(block.marks.get('exit') ?? '0');
        if (expected !== '' && !matches(stdout, expected)) expect(stdout, told).toBe(expected);
      }
    }
  });
});

test('what the harness itself promises', () => {
  const [block] = blocksOf('p', '<!-- file: a.yaml -->\n\n```yaml\na: 1\n```\n');
  expect(block).toMatchObject({ language: 'yaml', text: 'a: 1\n', line: 3 });
  expect(block?.marks.get('file')).toBe('a.yaml');
  expect(blocksOf('p', '<!-- file: a -->\ntext between\n```yaml\n```\n')[0]?.marks.size).toBe(0);
  expect(commandsOf('$ a \\\n  b\nout\n$ c\n')).toEqual([
    { command: 'a \\\n  b', expected: 'out\n' },
    { command: 'c', expected: '' },
  ]);
  expect(matches('took 12ms\nb\nc\n', 'took …ms\n…\nc\n')).toBe(true);
  expect(matches('took 12ms\n', 'took …s.\n')).toBe(false);
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('# Weir');
});
