import { messageOf, WeirError } from '../base/errors.ts';

const FULL = /ENOSPC|EDQUOT|no space left|disk quota exceeded/i;

/** Runs `work` on `path`; what the machine throws becomes a `WEIR_DISK` with the path and the system's code. */
export async function coded<T>(what: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WeirError) throw error;
    const { code, cause } = error as NodeJS.ErrnoException;
    // LevelDB's reason is in the cause: the error itself says only that the database did not open.
    const reason = messageOf(cause ?? error);
    const advice = FULL.test(reason)
      ? ': make room there, and start again: the run goes on from its last checkpoint'
      : '';
    throw new WeirError('WEIR_DISK', `cannot ${what} ${path}: ${reason}${advice}`, {
      cause: error,
      data: { path, ...(code === undefined ? {} : { code }) },
    });
  }
}
