import { resolve } from 'node:path';
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
  // However two stages write it, it is one.
  const place = resolve(folder);
  const shared = ofDisk.get(place) ?? { kv: open(disk, folder, place), users: 0 };
  ofDisk.set(place, shared);
  shared.users++;
  try {
    const kv = await shared.kv;
    return { kv, close: once(() => release(ofDisk, place, shared)) };
  } catch (error) {
    ofDisk.delete(place);
    throw error;
  }
}

async function open(disk: Disk, folder: string, place: string): Promise<Kv> {
  await lastClose.get(place);
  return disk.openKv(folder);
}

async function release(ofDisk: Map<string, Shared>, place: string, shared: Shared): Promise<void> {
  shared.users--;
  if (shared.users > 0) return;
  ofDisk.delete(place);
  const closed = shared.kv.then((kv) => kv.close());
  const settled = closed.catch(() => {});
  lastClose.set(place, settled);
  await closed;
  if (lastClose.get(place) === settled) lastClose.delete(place);
}

function once(task: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= task();
    return done;
  };
}
