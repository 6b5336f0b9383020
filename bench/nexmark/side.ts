import { writeFileSync } from 'node:fs';
import { Random } from './random.ts';

/** Keys of the table, from 0: q13 looks up the auction's id modulo this. */
export const SIDE_KEYS = 10_000;

export interface SideOptions {
  /** The file to write; what it held before is lost. */
  out: string;
  /** Another seed gives other values; whole, from 0. Default 1. */
  seed?: number;
}

/**
 * Writes the bounded table that q13 joins bids with, as CSV: `key` from 0 to 9,999, ascending, and a `value`, some text. The same seed gives the same bytes.
 */
export function generateSide({ out, seed = 1 }: SideOptions): void {
  const random = new Random();
  let csv = 'key,value\n';
  for (let key = 0; key < SIDE_KEYS; key++) {
    random.seed(seed, 2 ** 50 + key); // beyond all event numbers
    csv += `${key},side-${random.text(20, '_')}\n`;
  }
  writeFileSync(out, csv);
}
