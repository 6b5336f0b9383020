import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateNexmark } from '../../bench/nexmark/generate.ts';
import { query, weir } from './cli.ts';
import { expectedLines, readBids, sortedLines } from './oracle.ts';

const QUERIES = ['q0', 'q1', 'q2', 'q7', 'q11', 'q17', 'q22'];
let folder: string;
let events: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-nexmark-'));
  events = join(folder, 'events.ndjson');
  // 60 seconds of event time: many windows close.
  generateNexmark({ events: 60_000, seed: 7, rate: 1000, outOfOrderMs: 2000, out: events });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(QUERIES)('%s', (name) => {
  test.each([1, 2, 3])('gives what the oracle gives, with %i threads', async (threads) => {
    const output = join(folder, `${name}-${threads}.ndjson`);
    const args = ['run', query(name), '--set', `input=${events}`, '--set', `output=${output}`, '--json'];
    const state = join(folder, `${name}-${threads}-state`);
    const { ended } = weir([...args, '--threads', String(threads), '--state', state]);
    const { code, stdout, stderr } = await ended;
    expect(stderr).not.toContain('restart');
    expect(code).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) as string)).toMatchObject({
      recordsIn: 60_000,
      late: 0,
      deadLetters: 0,
    });
    expect(sortedLines(readFileSync(output, 'utf8'))).toEqual(expectedLines(name, readBids(events)));
  });
});
