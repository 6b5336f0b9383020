import { type AppendFile, type Disk, type SealedPart, WeirError } from '#stage';

/** What one subtask of a file sink hands over at a checkpoint. */
export interface Prepared {
  subtask: number;
  /** Wall clock of the checkpoint, ms: the committer's only clock, so that a commit that is repeated does the same. */
  at: number;
  /** `note`: what the encoder says of a part. */
  parts: { folder: string; part: SealedPart; note?: unknown }[];
}

/** What the subtasks of a sink have handed over. */
export function preparedOf<T = Prepared>(parts: readonly unknown[]): readonly T[] {
  return parts.filter((part) => part !== undefined && part !== null) as T[];
}

/**
 * Appends to a file from byte `length` on, and makes it durable; gives its new length. What stood behind `length` was
 * written by a commit that a crash cut short, and goes.
 */
export async function appendParts(
  disk: Disk,
  path: string,
  length: number,
  parts: readonly (Uint8Array | SealedPart)[],
): Promise<number> {
  let end = length;
  let open: AppendFile | undefined;
  const close = async () => {
    await open?.sync();
    await open?.close();
    open = undefined;
  };
  for (const part of parts) {
    if ('file' in part) {
      await close();
      await disk.appendFileTo(part.file, path, end);
      end += part.bytes;
    } else {
      const bytes = part instanceof Uint8Array ? part : part.inline;
      open ??= await disk.openAppend(path, { truncateTo: end });
      await open.append(bytes);
      end += bytes.length;
    }
  }
  await close();
  return end;
}

/** Makes a pending part the file at `path`, by way of `hidden` where it has to be copied. It may have been moved before. */
export async function movePart(disk: Disk, part: string, path: string, hidden: string): Promise<void> {
  if ((await disk.size(part)) === undefined) {
    if ((await disk.size(path)) !== undefined) return;
    const what = `${part}, which holds output of the last checkpoint, is neither pending nor in its place, ${path}`;
    throw new WeirError(
      'WEIR_STATE_DAMAGED',
      `${what}: put back a copy of the state folder with the output as it was then, or use --fresh to begin anew`,
      { data: { path: part } },
    );
  }
  try {
    await disk.rename(part, path);
  } catch (error) {
    if ((error as { data?: { code?: string } }).data?.code !== 'EXDEV') throw error;
    // It is on another file system than the state: copied, and the part is left where it is.
    await disk.appendFileTo(part, hidden, 0);
    await disk.rename(hidden, path);
  }
}
