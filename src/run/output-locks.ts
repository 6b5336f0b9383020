import type { SinkDefinition } from '../stage/definition.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { Disk } from '../world/disk.ts';

/**
 * Holds what the sinks of a topology write for it alone; the result gives it back. Throws `WEIR_LOCKED`, and then holds
 * nothing.
 */
export async function lockOutputs(stages: Iterable<LoadedStage>, disk: Disk): Promise<() => Promise<void>> {
  const releases: (() => Promise<void>)[] = [];
  const release = async () => {
    for (const each of releases.splice(0)) await each();
  };
  try {
    for (const { definition, options } of stages) {
      if (definition?.kind !== 'sink') continue;
      const path = (definition as SinkDefinition).writes?.(options);
      if (path !== undefined) releases.push(await disk.lock(path));
    }
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}
