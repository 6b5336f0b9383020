import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { discarding, settingsOf, topologyOf } from './queries.mjs';

const built = fileURLToPath(new URL('../../dist/', import.meta.url));
const weir = join(built, 'src', 'cli', 'main.js');
const folder = join(tmpdir(), 'weir-bench');
const run = (args) => spawnSync(process.execPath, [weir, ...args], { encoding: 'utf8', timeout: 1_800_000 });

/**
 * The files of a generated stream, made unless they lie there from before: `input`, the events, and `side`, q13's table.
 * Options are those of `weir bench generate`.
 */
export function streamOf({ events, seed = 1, rate = 10_000, shuffle = '0s' }) {
  mkdirSync(folder, { recursive: true });
  const name = `events-${events}-seed-${seed}-rate-${rate}-shuffle-${shuffle}`;
  const input = join(folder, `${name}.ndjson`);
  const side = join(folder, `${name}.csv`);
  // A newer build may generate other events.
  const since = statSync(join(built, '.built')).mtimeMs;
  if ([input, side].every((file) => existsSync(file) && statSync(file).mtimeMs >= since)) return { input, side };
  const options = { events, seed, rate, shuffle, out: `${input}.new`, side };
  const { status, stderr } = run([
    ...['bench', 'generate'],
    ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]),
  ]);
  if (status !== 0) throw new Error(stderr);
  renameSync(`${input}.new`, input);
  return { input, side };
}

/**
 * Runs a query over a stream, once and with fresh state. Returns the milliseconds from the engine's start to its end, and
 * what `look(output)` returns of the output, which is gone afterwards. With `discard` the result goes nowhere.
 */
export async function runQuery(query, stream, threads, look = () => undefined, { discard = false } = {}) {
  const scratch = mkdtempSync(join(folder, 'run-'));
  try {
    const output = join(scratch, 'out');
    let topology = topologyOf(query);
    if (discard) {
      topology = join(scratch, `${query}.yaml`);
      writeFileSync(topology, discarding(query));
    }
    const { status, stdout, stderr } = run([
      ...['run', topology, ...settingsOf(query, { ...stream, output })],
      ...['--state', join(scratch, 'state'), '--threads', String(threads), '--json'],
    ]);
    if (status !== 0) throw new Error(`${query} with ${threads} threads failed:\n${stderr}`);
    const { durationMs } = JSON.parse(stdout.trim().split('\n').at(-1));
    return { durationMs, seen: await look(output) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
