/**
 * Steps at which a sweep of crashes strikes: all with WEIR_TEST_FULL, else a third, which is another one from run to run. Six
 * neighbours go together, so that kinds of faults which take turns all come.
 */
export function isStruck(step: number): boolean {
  return process.env.WEIR_TEST_FULL === '1' || (Math.floor(step / 6) + process.pid) % 3 === 0;
}
