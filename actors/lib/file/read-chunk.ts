import { WeirError } from '#stage';
import type { Window } from '../bytes/window.ts';
import type { Chunk } from './chunks.ts';
import type { OpenedFile } from './input-files.ts';

/** Read behind a chunk at once, where its last record usually ends. */
const TAIL = 16 * 1024;

/**
 * Fills the window with exactly the records that begin in the chunk, or with those from the record at `from` on. The first
 * one begins behind the first delimiter at or after `start` − 1; the last one ends with the first delimiter at or after
 * `end` − 1. A last record longer than `maxRecord` is left out:
 * the result is how many of its bytes stand behind the window's end.
 */
export async function readChunk(
  file: OpenedFile,
  chunk: Chunk,
  from: number,
  window: Window,
  maxRecord: number,
): Promise<number | undefined> {
  const { size, path } = chunk.file;
  const isExact = from > chunk.start || chunk.start === 0;
  window.reset(isExact ? from : chunk.start - 1);
  // The last record of the chunk, read before, ended behind it.
  if (from >= chunk.end) return undefined;
  const fill = async (to: number) => {
    let position = window.offset + window.length;
    window.reserve(to - position);
    while (position < to) {
      const { bytesRead } = await file.read(window.buffer, window.end, to - position, position);
      if (bytesRead === 0) throw new WeirError('WEIR_FILE_CHANGED', `${path} became shorter while it was read`);
      window.end += bytesRead;
      position += bytesRead;
    }
  };
  await fill(Math.min(size, chunk.end + TAIL));
  if (!isExact) {
    const delimiter = window.find(chunk.start - 1, chunk.end - 1);
    window.drop(delimiter < 0 ? window.length : delimiter + 1 - window.offset);
    if (delimiter < 0) return undefined;
  }
  for (let searched = chunk.end - 1; ; ) {
    const behind = window.offset + window.length;
    const delimiter = window.find(searched, behind);
    if (delimiter >= 0) {
      window.end -= behind - (delimiter + 1);
      return undefined;
    }
    if (behind >= size) return undefined;
    const last = window.lastStart(chunk.end - 1);
    if (behind - last > maxRecord) {
      window.end -= behind - last;
      return behind - last;
    }
    searched = behind;
    await fill(Math.min(size, behind + Math.max(TAIL, behind - last)));
  }
}
