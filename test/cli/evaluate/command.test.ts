import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { weir } from '../../nexmark/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-evaluate-'));
  writeFileSync(join(folder, 'seed.csv'), 'x,y,at\n1,1,2026-01-01\n2,2,2026-01-01\n3,3,2026-01-01\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const evaluate = (...args: string[]) => weir(['evaluate', 'seed.csv', ...args], folder).ended;
const usual = ['--target', 'y', '--task', 'regression', '--learner', 'rls'];

test('weir evaluate prints one JSON object, draws, and says on stderr what it left out', async () => {
  const { code, stdout, stderr } = await evaluate(...usual, '--set', 'forgetting=1', '--json', '--plot', 'out.svg');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    task: 'regression',
    learner: 'rls',
    features: ['x'],
    rows: 3,
    deadLetters: 0,
  });
  expect(stderr).toContain('left out: at (a time)');
  expect(readFileSync(join(folder, 'out.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
});

test('weir evaluate ends with 2 on bad usage', async () => {
  const bad = async (...args: string[]) => {
    const { code, stderr } = await evaluate(...args);
    return `${code} ${stderr}`;
  };
  expect(await bad('--target', 'z', '--task', 'regression', '--learner', 'rls')).toMatch(/^2 .*no column 'z'/);
  expect(await bad('--target', 'y', '--task', 'regresion')).toMatch(/^2 .*did you mean regression\?/);
  expect(await bad(...usual, '--delay', 'two')).toMatch(/^2 .*--delay: 'two' is not a whole number/);
});
