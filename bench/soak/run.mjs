// npm run bench -- --soak [--events 10000000 --every 1000000 --threads 1,2 --save]
// Ever-new keys through tumbling windows: the heap, after a collection, with every million. What closed windows held must be
// gone, so the figures must be flat but for what came since the last checkpoint: exit code 1 if the median of the second half is
// one and a half times that of the first. Ten bytes of each key would be 50 MB.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../nexmark/run.mjs';

const { values } = parseArgs({
  options: {
    soak: { type: 'boolean' },
    events: { type: 'string', default: '10000000' },
    every: { type: 'string', default: '1000000' },
    threads: { type: 'string', default: '1,2' },
    save: { type: 'boolean', default: false },
  },
});
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const number = (n) => Number(n).toLocaleString('en-US');

const lines = [];
const say = (line) => {
  lines.push(line);
  console.log(line);
};

const about = `Ever-new keys through tumbling windows of 10,000 keys each, heap after a collection, checkpoints each second, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}. Made by \`npm run bench -- --soak --save\`.`;
say(about);
for (const threads of values.threads.split(',').map(Number)) {
  say(
    `\n${threads} thread${threads > 1 ? 's' : ''}\n\n| events | heap of all threads, MB | process, MB |\n|---:|---:|---:|`,
  );
  const heaps = await soak(threads);
  const half = heaps.length >> 1;
  if (median(heaps.slice(half)) > 1.5 * median(heaps.slice(0, half))) {
    console.log('the heap grows');
    process.exitCode = 1;
  }
}

if (values.save) writeFileSync(at('../results/soak.md'), `${lines.join('\n')}\n`);

/** Runs it once; the heap at each mark, bytes, all threads together. */
async function soak(threads) {
  const state = mkdtempSync(join(tmpdir(), 'weir-soak-'));
  const set = ['events', 'every'].flatMap((name) => ['--set', `${name}=${values[name]}`]);
  const child = spawn(
    process.execPath,
    [at('../../dist/src/cli/main.js'), 'run', at('soak.yaml'), ...set, '--threads', `${threads}`, '--state', state],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const closed = once(child, 'close');
  const marks = new Map();
  const heaps = [];
  const tail = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const [, mark, heap, rss] = /soak \d+ (\d+) (\d+) (\d+)/.exec(line) ?? [];
    tail.push(line);
    if (mark === undefined) continue;
    const seen = [...(marks.get(mark) ?? []), Number(heap)];
    marks.set(mark, seen);
    if (seen.length < threads) continue;
    const sum = seen.reduce((a, b) => a + b);
    heaps.push(sum);
    say(`| ${number(mark * values.every)} | ${(sum / 1e6).toFixed(1)} | ${(rss / 1e6).toFixed(0)} |`);
  }
  const [code] = await closed;
  rmSync(state, { recursive: true, force: true });
  if (code !== 0 || heaps.length === 0) throw new Error(tail.slice(-5).join('\n'));
  return heaps;
}
