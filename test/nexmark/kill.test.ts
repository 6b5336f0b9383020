import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateNexmark } from '../../bench/nexmark/generate.ts';
import { prng } from '../../src/base/prng.ts';
import { query, weir } from './cli.ts';
import { expectedLines, readBids, sortedLines } from './oracle.ts';

let folder: string;
let events: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kill-'));
  events = join(folder, 'events.ndjson');
  generateNexmark({ events: 200_000, seed: 11, rate: 4000, outOfOrderMs: 1000, out: events });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KILLS = 3;
const seed = process.env.WEIR_TEST_SEED ?? String(process.pid);

test.each(['q1', 'q7', 'q11', 'q17'])('%s, killed at random moments, leaves exactly its lines', async (name) => {
  const random = prng(`${seed} ${name}`);
  const output = join(folder, `${name}.ndjson`);
  const parameters = [`input=${events}`, `output=${output}`, 'every=40ms'].flatMap((pair) => ['--set', pair]);
  const args = ['run', query(name), ...parameters, '--state', join(folder, name), '--threads', '2', '--json'];
  let kills = 0;
  for (;;) {
    const { child, ended } = weir(args);
    const started = new Promise<void>((resolve) => {
      child.stderr?.on('data', (data) => String(data).includes('started') && resolve());
      child.stderr?.on('data', (data) => String(data).includes('resumed') && resolve());
    });
    await Promise.race([started, ended]);
    if (kills < KILLS) {
      // The moment is what is drawn; a loaded machine only shifts it.
      await Promise.race([sleep(random() * 400), ended]);
      child.kill('SIGKILL');
    }
    const { code, signal, stderr } = await ended;
    if (signal === 'SIGKILL') {
      kills++;
      continue;
    }
    expect(code, stderr).toBe(0);
    break;
  }
  expect(sortedLines(readFileSync(output, 'utf8')), `seed ${seed}, ${kills} kills`).toEqual(
    expectedLines(name, readBids(events)),
  );
});
