import { test } from 'vitest';

/** `.ci/run` tests all there is; `npm test`, which somebody waits for, a part of it that changes from run to run where it can. */
export const THOROUGH = process.env.WEIR_TEST_FULL === '1';

/** How often something random is tried: as often as said where all is tested, else a quarter of that. */
export function tries(whole: number): number {
  return THOROUGH ? whole : Math.ceil(whole / 4);
}

/** Whether what takes long is tried; where it is not, says so. */
export function thorough(what: string): boolean {
  if (!THOROUGH) leave([what]);
  return THOROUGH;
}

/** What of many of a kind is tried: all where all is tested, else every third, which are others from run to run. Says which not. */
export function some<T>(all: readonly T[]): T[] {
  const isTried = (_: T, i: number) => THOROUGH || (i + process.pid) % 3 === 0;
  leave(all.filter((one, i) => !isTried(one, i)));
  return all.filter(isTried);
}

/** A test of what is long: run where all is tested, else one time in three, and then says that it was not. */
export function testInTurn(name: string, body: () => void | Promise<void>, timeoutMs?: number): void {
  const place = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const isTried = THOROUGH || (place + process.pid) % 3 === 0;
  if (!isTried) leave([name]);
  test.runIf(isTried)(name, body, timeoutMs);
}

/** Says what is not tried here. */
export function leave(what: readonly unknown[]): void {
  if (what.length > 0) process.stdout.write(`\nleft to .ci/run: ${what.join(', ')}\n`);
}
