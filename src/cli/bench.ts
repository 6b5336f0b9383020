import { generateNexmark } from '../../bench/nexmark/generate.ts';
import { generateSide } from '../../bench/nexmark/side.ts';
import { durationOf, wholeOf } from './option-values.ts';

interface GenerateOptions {
  events: string;
  out: string;
  seed: string;
  rate: string;
  baseTime: string;
  outOfOrder: string;
  shuffle: string;
  side?: string;
}

/** `weir bench generate`: writes Nexmark events as NDJSON, and q13's side table as CSV if it is asked for. */
export async function generateCommand(options: GenerateOptions): Promise<number> {
  const begun = performance.now();
  const { events, bytes } = generateNexmark({
    events: whole('--events', options.events),
    seed: whole('--seed', options.seed),
    rate: whole('--rate', options.rate),
    baseTime: whole('--base-time', options.baseTime),
    outOfOrderMs: durationOf('--out-of-order', options.outOfOrder),
    shuffleMs: durationOf('--shuffle', options.shuffle),
    out: options.out,
  });
  if (options.side !== undefined) generateSide({ out: options.side, seed: whole('--seed', options.seed) });
  const seconds = (performance.now() - begun) / 1000;
  const size = (bytes / 1e6).toFixed(0);
  process.stderr.write(`${options.out}: ${events} events, ${size} MB in ${seconds.toFixed(1)} s\n`);
  return 0;
}

function whole(option: string, text: string): number {
  return wholeOf(option, text, { least: 0 });
}
