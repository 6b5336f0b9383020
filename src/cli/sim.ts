import { everyCrash, type SweptRun } from '../sim/every-crash.ts';
import { simulate } from '../sim/simulate.ts';
import { readSpec } from '../sim/spec.ts';
import { failureLine, Tally } from '../sim/tally.ts';
import { wholeOf } from './option-values.ts';

/** Options of `weir sim`. */
export interface SimCommandOptions {
  seeds?: string;
  everyCrash?: boolean;
}

/** How often a long campaign says how far it is, ms. */
const PROGRESS_MS = 10_000;

/**
 * `weir sim [SEED]`: runs a topology in the simulator, from one seed, from many (`--seeds`), or with a crash at every step
 * (`--every-crash`). Prints what was run, and one line for each run that failed. Gives the exit code.
 */
export async function simCommand(seed: string | undefined, options: SimCommandOptions): Promise<number> {
  const many = wholeOf('--seeds', options.seeds ?? '1', { least: 1, words: 'above 0' });
  const runs = options.everyCrash ? everyCrash({ seed: seed ?? 'small' }) : seeds(seed ?? '1', many);
  const begun = performance.now();
  const tally = new Tally();
  let told = begun;
  for await (const { spec, result } of runs) {
    tally.add(result);
    if (result.failure !== undefined) {
      process.stdout.write(`${failureLine(spec, result)}\n`);
      // What led to it is wanted when one run is looked at, not for each of a thousand.
      if (many === 1 && !options.everyCrash) {
        process.stderr.write(`${[...result.failure.last, result.failure.stack].join('\n')}\n`);
      }
    }
    if (performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    process.stderr.write(`${tally}\n`);
  }
  const seconds = (performance.now() - begun) / 1000;
  const verdict = tally.failed === 0 ? 'all went right' : `${tally.failed} FAILED`;
  process.stdout.write(`${tally}: ${verdict}, ${seconds.toFixed(1)} s\n`);
  return tally.failed === 0 ? 0 : 1;
}

async function* seeds(first: string, many: number): AsyncGenerator<SweptRun> {
  for (let i = 0; i < many; i++) {
    // Numbers count on; behind any other seed a number is put.
    const spec = i === 0 ? first : /^\d+$/.test(first) ? String(Number(first) + i) : `${first}-${i}`;
    yield { spec, result: await simulate(readSpec(spec)) };
  }
}
