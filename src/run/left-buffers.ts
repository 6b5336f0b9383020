import { WeirError } from '../base/errors.ts';
import { bufferFolderOf, queueFolder, queuesIn } from '../flow/buffer/folders.ts';
import { BufferQueue } from '../flow/buffer/queue.ts';
import type { Disk } from '../world/disk.ts';

/**
 * Refuses a start that would leave records lying in the buffer of a sink that there is no more, or that has no buffer now. Throws
 * `WEIR_BUFFER_LEFT`. From the beginning, with epoch 0, what waits is forgotten.
 */
export async function checkLeftBuffers(
  disk: Disk,
  stateFolder: string,
  epoch: number,
  buffered: ReadonlySet<string>,
): Promise<void> {
  const folder = bufferFolderOf(stateFolder);
  for (const { stage, subtask } of await queuesIn(disk, folder)) {
    if (buffered.has(stage)) continue;
    const path = queueFolder(folder, stage, subtask);
    const queue = await BufferQueue.open(disk, path, epoch);
    const { records } = queue;
    await queue.close();
    if (records === 0) continue;
    const remedy = `give a sink of that id its buffer back until they have been sent, or remove ${path} to leave them unsent`;
    const what = `${records} records wait in ${path} for sink ${stage}, which has no buffer any more: ${remedy}`;
    throw new WeirError('WEIR_BUFFER_LEFT', what, { data: { path, stage } });
  }
}
