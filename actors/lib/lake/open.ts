import type { Disk, Kv } from '#stage';

interface Shared {
  kv: Promise<Kv>;
  users: number;
}

const opened = new WeakMap<Disk, Map<string, Shared>>();
/** Folders that are being closed: LevelDB takes the next opener only afterwards. */
const lastClose = new Map<string, Promise<void>>();

/** A lake that several sinks and readers of this thread share. */
export interface Lake {
  readonly kv: Kv;
  close(): Promise<void>;
}

/** Opens the lake in a folder, or shares it with who has it open. LevelDB allows one opener. */
export async function openLake(disk: Disk, folder: string): Promise<Lake> {
  const ofDisk = opened.get(disk) ?? new Map<string, Shared>();
  opened.set(disk, ofDisk);
  const shared = ofDisk.get(folder) ?? { kv: open(disk, folder), users: 0 };
  ofDisk.set(folder, shared);
  shared.users++;
  try {
    const kv = await shared.kv;
    return { kv, close: once(() => release(ofDisk, folder, shared)) };
  } catch (error) {
    ofDisk.delete(folder);
    throw error;
  }
}

async function open(disk: Disk, folder: string): Promise<Kv> {
  await lastClose.get(folder);
  return disk.openKv(folder);
}

async function release(ofDisk: Map<string, Shared>, folder: string, shared: Shared): Promise<void> {
  shared.users--;
  if (shared.users > 0) return;
  ofDisk.delete(folder);
  const closed = shared.kv.then((kv) => kv.close());
  const settled = closed.catch(() => {});
  lastClose.set(folder, settled);
  await closed;
  if (lastClose.get(folder) === settled) lastClose.delete(folder);
}

function once(task: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= task();
    return done;
  };
}
