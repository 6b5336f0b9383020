import { damaged } from '../state/damage.ts';
import type { Disk } from '../world/disk.ts';
import { over } from './over.ts';

/**
 * The disk as committers see it. A part that a checkpoint names lies in the folder of pending parts until the next one is
 * true: when it is gone, the state is older than the folder, as when the end of its log was lost. `WEIR_STATE_DAMAGED`.
 */
export function pendingDisk(disk: Disk, stateFolder: string, pendingFolder: string): Disk {
  const isPart = (path: string) => path.startsWith(`${pendingFolder}/`);
  const gone = (path: string) =>
    damaged(stateFolder, `${path} is gone, which holds output of its last checkpoint, so that one is incomplete`);
  const checkThere = async (path: string) => {
    if (isPart(path) && (await disk.size(path)) === undefined) throw gone(path);
  };
  return over<Disk>(disk, {
    async read(path) {
      const bytes = await disk.read(path);
      if (bytes === undefined && isPart(path)) throw gone(path);
      return bytes;
    },
    async appendFileTo(from, to, truncateTo) {
      await checkThere(from);
      await disk.appendFileTo(from, to, truncateTo);
    },
    async rename(from, to) {
      await checkThere(from);
      await disk.rename(from, to);
    },
  });
}
