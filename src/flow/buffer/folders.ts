import type { Disk } from '../../world/disk.ts';

/** Where the queues of a run's sinks lie. */
export const bufferFolderOf = (stateFolder: string) => `${stateFolder}/buffer`;

/** The folder of one subtask's queue. Ids of stages are told apart whatever is in them. */
export function queueFolder(folder: string, stage: string, subtask: number): string {
  return `${folder}/${encodeURIComponent(stage)}.${subtask}`;
}

/** The queues that lie in a folder. */
export async function queuesIn(disk: Disk, folder: string): Promise<{ stage: string; subtask: number }[]> {
  const names = new Set((await disk.list(folder)).map((path) => path.split('/')[0] as string));
  return [...names].flatMap((name) => {
    const dot = name.lastIndexOf('.');
    const subtask = Number(name.slice(dot + 1));
    return dot > 0 && Number.isInteger(subtask) ? [{ stage: decodeURIComponent(name.slice(0, dot)), subtask }] : [];
  });
}
