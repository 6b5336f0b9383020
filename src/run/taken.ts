import { CheckpointStore } from '../state/store.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { Disk } from '../world/disk.ts';
import { lockOutputs } from './output-locks.ts';

/** What a run has for itself alone. */
export interface Taken {
  store: CheckpointStore;
  release(): Promise<void>;
}

/** Takes the state and what the sinks write. Throws `WEIR_LOCKED`, and then has touched nothing and holds nothing. */
export async function take(
  { disk, stateFolder, fresh }: { disk: Disk; stateFolder: string; fresh?: boolean },
  stages: Iterable<LoadedStage>,
): Promise<Taken> {
  const path = `${stateFolder}/state`;
  let store = fresh === true ? undefined : await CheckpointStore.open(disk, path);
  let unlock: (() => Promise<void>) | undefined;
  try {
    unlock = await lockOutputs(stages, disk);
    // Nothing is forgotten by a run that is refused.
    store ??= await CheckpointStore.openFresh(disk, path);
  } catch (error) {
    await store?.close();
    await unlock?.();
    throw error;
  }
  const taken = { store, unlock };
  const release = async () => {
    try {
      await taken.store.close();
    } finally {
      await taken.unlock();
    }
  };
  return { store, release };
}
