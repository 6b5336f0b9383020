/** `.ci/run` tests all there is; `npm test`, which somebody waits for, a part of it that changes from run to run where it can. */
export const THOROUGH = process.env.WEIR_TEST_FULL === '1';

/** How often something random is tried: as often as said where all is tested, else a quarter of that. */
export function tries(whole: number): number {
  return THOROUGH ? whole : Math.ceil(whole / 4);
}
