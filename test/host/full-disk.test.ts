import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { thorough } from '../support/thorough.ts';

const RECORDS = 60_000;

const folder = freshFolder();

/** A small disk of its own, most of it taken. It takes rights that not everybody has. */
function mounted(path: string): boolean {
  try {
    execFileSync('mkdir', ['-p', path]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write('\nskipped, a full disk: mounting a small one is not allowed here\n');
    return false;
  }
}

describe.runIf(thorough('a full disk'))('a disk that is full', () => {
  test.each([
    ['of the sink file', { file: { path: 'small/out.ndjson' } }, 'data', 'small/out.ndjson'],
    ['of the checkpoints', { file: { path: 'out.ndjson' } }, 'small/state', 'out.ndjson'],
  ])('%s ends the run and says what to do; with room it goes on, each record once', async (_, to, state, out) => {
    const small = folder.at('small');
    if (!mounted(small)) return;
    try {
      const text = 'x'.repeat(120);
      const generate = { count: RECORDS, rate: 60_000, fields: { id: 'n', text: `'${text}'` } };
      const topology = { name: 'full', checkpoint: { every: '200ms' }, streams: { in: { source: { generate }, to } } };
      folder.write('full.yaml', JSON.stringify(topology));
      writeFileSync(`${small}/ballast`, Buffer.alloc(22 * 2 ** 20));
      const args = ['run', 'full.yaml', '--state', state];
      const full = await weir(args, folder.path).ended;
      expect(full.code).toBe(1);
      expect(full.stderr).toMatch(/small\/.*(?:ENOSPC|No space left on device).*: make room there, and start again/);
      rmSync(`${small}/ballast`);
      const again = await weir(args, folder.path).ended;
      expect(again.code, again.stderr).toBe(0);
      const ids = readFileSync(folder.at(out), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id)
        .sort((a, b) => a - b);
      expect(ids).toEqual(Array.from({ length: RECORDS }, (_, n) => n));
    } finally {
      execFileSync('umount', ['-l', small]);
    }
  });
});
