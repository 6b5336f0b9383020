import { WeirError } from '../base/errors.ts';

/** What is kept is not what was written. No start can mend that: only a copy can, or beginning anew. */
export function damaged(folder: string, what: string, cause?: unknown): WeirError {
  const remedy = `put back a copy of ${folder} with the output as it was then, or use --fresh to begin anew`;
  return new WeirError(
    'WEIR_STATE_DAMAGED',
    `the kept state in ${folder} is damaged: ${what}. Nothing goes on from it: ${remedy}`,
    {
      data: { path: folder },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** Whether LevelDB says that its own files are not what they were. */
export function isCorruption(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (code === 'LEVEL_CORRUPTION') return true;
    if (code === 'LEVEL_IO_ERROR' && at.message.includes('No such file')) return true;
  }
  return false;
}
