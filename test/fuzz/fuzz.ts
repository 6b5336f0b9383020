import { expect } from 'vitest';
import { prng } from '../../src/base/prng.ts';
import { WeirError } from '../../src/stage/index.ts';
import { THOROUGH } from '../support/thorough.ts';
import type { FuzzedDecoder } from './decoders.ts';
import { mutate } from './mutate.ts';

/** Inputs of each decoder. */
export const INPUTS = THOROUGH ? 100_000 : 40;
/** No input of 64 KiB takes so long, however busy the machine is. */
const LONGEST_MS = 10_000;
const MOST_BYTES = 1.5 * 2 ** 30;

/** Feeds a decoder with inputs that are nearly valid: it gives records or dead letters, in time and memory that are bounded. */
export async function fuzz({ name, seeds, run, mend }: FuzzedDecoder, inputs = INPUTS): Promise<void> {
  const seed = `${name} ${THOROUGH ? 0 : process.pid}`;
  const random = prng(seed);
  let records = 0;
  for (const bytes of seeds) {
    const made = await run(bytes, random);
    expect([made.rows.length > 0, made.reasons], `a seed of ${name} is sound`).toEqual([true, []]);
  }
  for (let i = 0; i < inputs; i++) {
    let bytes = mutate(seeds, random);
    if (mend !== undefined && random() < 0.7) bytes = mend(bytes);
    const began = performance.now();
    try {
      const { rows, reasons } = await run(bytes, random);
      records += rows.length;
      if (rows.some((row) => row === null || typeof row !== 'object')) throw new Error('a row that is no object');
      if (reasons.some((reason) => typeof reason !== 'string' || reason === ''))
        throw new Error('a dead letter without reason');
    } catch (error) {
      if (!(error instanceof WeirError) || error.code === 'WEIR_ASSERTION' || error.message === '') {
        throw new Error(`${seed}, input ${i}: ${bytes.toString('hex').slice(0, 4000)}`, { cause: error });
      }
    }
    const ms = performance.now() - began;
    if (ms > LONGEST_MS) throw new Error(`${seed}, input ${i} took ${ms} ms: ${bytes.toString('hex').slice(0, 4000)}`);
    if (i % 500 === 0) {
      // What zlib and the like hold natively goes only when the event loop turns.
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      expect(arrayBuffers + heapUsed).toBeLessThan(MOST_BYTES);
    }
  }
  // Else only what fails at once was tried; of few inputs all may be damaged too much.
  if (inputs >= 200) expect(records).toBeGreaterThan(0);
}
