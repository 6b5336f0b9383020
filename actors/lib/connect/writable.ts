import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, WeirError } from '#stage';

/** What is written and removed again: a disk that is full takes no block. */
const BLOCK = Buffer.alloc(4096, 1);

/**
 * Whether a folder can be written to, or made in the folder above it: by a hidden file that is removed at once, since rights alone
 * do not tell. Throws `WEIR_FOLDER`.
 */
export async function writable(folder: string): Promise<void> {
  const whole = resolve(folder);
  const fault = (what: string, cause?: unknown) => new WeirError('WEIR_FOLDER', `${whole}: ${what}`, { cause });
  let at = whole;
  try {
    for (; ; at = dirname(at)) {
      const found = await stat(at).catch((error: NodeJS.ErrnoException) => {
        if ((error.code === 'ENOENT' || error.code === 'ENOTDIR') && dirname(at) !== at) return undefined;
        throw error;
      });
      if (found === undefined) continue;
      if (!found.isDirectory()) throw fault(`${at} is no folder: choose another path`);
      break;
    }
    const made = await mkdtemp(join(at, '.weir-check-'));
    try {
      await writeFile(join(made, 'block'), BLOCK, { flush: true });
    } finally {
      await rm(made, { recursive: true });
    }
  } catch (cause) {
    if (cause instanceof WeirError) throw cause;
    const advice = 'see who owns it and that the disk is not full, or choose another path';
    throw fault(`nothing can be written to ${at} (${messageOf(cause)}): ${advice}`, cause);
  }
}
