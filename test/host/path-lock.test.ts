import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockPath } from '../../src/host/path-lock.ts';

const MODULE = new URL('../../dist/src/host/path-lock.js', import.meta.url).href;

let folder: string;
let child: ChildProcess | undefined;
const at = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const LOCKED = (words: RegExp) => ({ code: 'WEIR_LOCKED', message: expect.stringMatching(words) });

test('one at a time has a path, by whatever name', async () => {
  mkdirSync(at('real'));
  symlinkSync(at('real'), at('linked'));
  writeFileSync(at('real/there'), '');
  symlinkSync(at('real/there'), at('alias'));
  const release = await lockPath(at('real/there'));
  for (const name of ['real/there', 'linked/there', 'alias', 'real/../real/there']) {
    await expect(lockPath(at(name))).rejects.toMatchObject(LOCKED(/written by this process/));
  }
  const absent = await lockPath(at('linked/not-yet'));
  await expect(lockPath(at('real/not-yet'))).rejects.toMatchObject(LOCKED(/as .*linked\/not-yet/));
  await absent();
  await release();
  // Given back, and nothing left behind.
  await (await lockPath(at('alias')))();
  expect(readdirSync(at('real'))).toEqual(['there']);
});

test('another process is told who has it, and gets it when that one is killed', async () => {
  const code = `await (await import('${MODULE}')).lockPath('${at('out')}'); console.log('has it'); setInterval(() => {}, 1e6);`;
  child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child?.stdout?.once('data', resolve));
  await expect(lockPath(at('out'))).rejects.toMatchObject(
    LOCKED(new RegExp(`written by process ${child.pid},.*name another`)),
  );
  const ended = new Promise((resolve) => child?.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  await (await lockPath(at('out')))();
  expect(readdirSync(folder)).toEqual([]);
});
