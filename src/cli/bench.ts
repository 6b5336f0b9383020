import { generateNexmark } from '../../bench/nexmark/generate.ts';
import { generateSide } from '../../bench/nexmark/side.ts';
import { messageOf, WeirError } from '../base/errors.ts';
import { parseDuration } from '../base/units.ts';

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
    outOfOrderMs: duration('--out-of-order', options.outOfOrder),
    shuffleMs: duration('--shuffle', options.shuffle),
    out: options.out,
  });
  if (options.side !== undefined) generateSide({ out: options.side, seed: whole('--seed', options.seed) });
  const seconds = (performance.now() - begun) / 1000;
  const size = (bytes / 1e6).toFixed(0);
  process.stderr.write(`${options.out}: ${events} events, ${size} MB in ${seconds.toFixed(1)} s\n`);
  return 0;
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new WeirError('WEIR_USAGE', `${name}: '${text}' is not a whole number`);
}

function duration(name: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `${name}: ${messageOf(error)}`);
  }
}
