import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Makes a folder and those above it, each durable. Nothing happens when it is there. */
export function makeFolder(path: string): Promise<void> {
  return make(path, true);
}

async function make(path: string, again: boolean): Promise<void> {
  // Step by step, not `recursive`: below /proc that never returns on Node 20, where this one fails as it should.
  const folder = resolve(path);
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    const above = dirname(folder);
    if (await exists(above)) {
      // Another thread may have made it in between.
      if (again) return make(folder, false);
      throw error;
    }
    await make(above, true);
    return make(folder, false);
  }
  await syncFolder(dirname(folder));
}

/** Makes the names in a folder durable: of files created, renamed or removed in it. */
export async function syncFolder(path: string): Promise<void> {
  // Windows has no such thing: there a folder cannot be opened, and names are durable by themselves.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
