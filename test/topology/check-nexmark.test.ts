import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { queryNames } from '../../bench/nexmark/queries.mjs';
import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';
import { some } from '../support/thorough.ts';
import { checkTree, expressionsOf, withSchema } from './nexmark-schema.ts';

describe('no false alarms', () => {
  const root = new URL('../../', import.meta.url);
  const files = globSync(['topologies/**/*.yaml', 'examples/**/*.yaml', 'bench/nexmark/*.yaml'], {
    cwd: root.pathname,
  });

  test.each(files.sort())('%s', async (file) => {
    const url = new URL(file, root);
    const base = new URL('.', pathToFileURL(url.pathname)).href;
    const text = readFileSync(url, 'utf8');
    const values = Object.fromEntries(
      ['input', 'output', 'side'].filter((n) => text.includes(`\${${n}}`)).map((n) => [n, n]),
    );
    const { issues } = await checkText(text, { file, base }, { set: values });
    expect(issues.map(formatIssue)).toEqual([]);
  });

  test.each(queryNames())('%s, with the schema of the events', async (query) => {
    const { issues } = await checkTree(withSchema(query));
    expect(issues.map(formatIssue)).toEqual([]);
  });
});

// Names on the way to a field: not in quotes, not called, not the name of an option or of a field of an object.
const FIELD = /"[^"]*"|'[^']*'|\/[^/ ]+\/|(?<![\w.])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?!\w|\.|\(|: )/g;
const NUMBER = /(==|!=|<=|>=|<|>) (\d+)/g;
const WORDS = ['null', 'true', 'false', 'in'];

describe('with the schema of the events, every fault is found', () => {
  test.each(some(queryNames()))('%s, a misspelt field in each place of each expression', async (query) => {
    const tree = withSchema(query);
    const missed: string[] = [];
    let tried = 0;
    for (const { text, replaced } of expressionsOf(tree)) {
      for (const { 1: field, index } of text.matchAll(FIELD)) {
        if (field === undefined || WORDS.includes(field)) continue;
        const misspelt = `${field}x`;
        const faulty = `${text.slice(0, index)}${misspelt}${text.slice(index + field.length)}`;
        const checked = await checkTree(replaced(faulty));
        const lines = checked.text.split('\n');
        const found = checked.issues.some(
          ({ code, place }) =>
            code === 'WEIR_FIELD' && lines[place.line - 1]?.slice(place.column - 1).startsWith(misspelt) === true,
        );
        tried++;
        if (!found) missed.push(faulty);
      }
    }
    expect(missed).toEqual([]);
    expect(tried).toBeGreaterThan(1);
  });

  test.each(queryNames())('%s, a text in place of a number that something is compared with', async (query) => {
    const tree = withSchema(query);
    const missed: string[] = [];
    for (const { text, replaced } of expressionsOf(tree)) {
      for (const { 0: whole, 1: operator, 2: digits, index } of text.matchAll(NUMBER)) {
        const faulty = `${text.slice(0, index)}${operator} 'x${digits}'${text.slice(index + whole.length)}`;
        const { issues } = await checkTree(replaced(faulty));
        // Where the other side is a number whatever the fields are, it is a mistake of the expression itself.
        if (!issues.some(({ code }) => code === 'WEIR_TYPE' || code === 'WEIR_EXPRESSION')) missed.push(faulty);
      }
    }
    expect(missed).toEqual([]);
  });
});
