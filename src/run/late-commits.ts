import { LATE_KEPT } from '../flow/late-journal.ts';
import type { SealedPart } from '../stage/pending-part.ts';
import type { Committer } from '../stage/sink.ts';
import type { Disk } from '../world/disk.ts';

/**
 * Keeps a file with the last late records of each stage, a JSON object a line. A commit writes the file anew: entries of its
 * own checkpoint that an attempt before has left are replaced, so that a commit that is repeated gives the same.
 */
export function lateCommitter(disk: Disk, path: string): Committer {
  return {
    async commit(epoch, parts) {
      // Most checkpoints have none, and then nothing is read or written.
      if (parts.length === 0) return undefined;
      const kept = linesOf(await disk.read(path)).filter((line) => (epochOf(line) ?? 0) < epoch);
      for (const part of parts as SealedPart[]) {
        kept.push(...linesOf('inline' in part ? part.inline : await disk.read(part.file)));
      }
      const next = `${path}.next`;
      const file = await disk.openAppend(next, { truncateTo: 0 });
      await file.append(new TextEncoder().encode(lastOfEach(kept).join('')));
      await file.sync();
      await file.close();
      await disk.rename(next, path);
      return undefined;
    },
  };
}

const utf8 = new TextDecoder();

function linesOf(bytes: Uint8Array | undefined): string[] {
  return bytes === undefined ? [] : (utf8.decode(bytes).match(/[^\n]*\n/g) ?? []);
}

const HEAD = /^\{"stage":("(?:[^"\\]|\\.)*"),"epoch":(\d+)/;

function epochOf(line: string): number | undefined {
  const epoch = HEAD.exec(line)?.[2];
  return epoch === undefined ? undefined : Number(epoch);
}

/** The last lines of each stage, in the order of all. */
function lastOfEach(lines: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const last = lines.toReversed().filter((line) => {
    const stage = HEAD.exec(line)?.[1] ?? '';
    const count = (counts.get(stage) ?? 0) + 1;
    counts.set(stage, count);
    return count <= LATE_KEPT;
  });
  return last.reverse();
}
