import type { Committer, Disk, SealedPart } from '#stage';
import { appendParts, movePart, type Prepared, preparedOf } from './prepared.ts';

/** Names that only these committers give. */
const OURS = /^\.?part-\d+(?:-\d+)*\.[\w.-]+$/;

/** Removes what an earlier run has left below a folder, but for the paths in `keep`. */
export async function clearParts(disk: Disk, root: string, keep: ReadonlySet<string>): Promise<void> {
  for (const file of await disk.list(root)) {
    const path = `${root}${file}`;
    const name = file.slice(file.lastIndexOf('/') + 1);
    if (OURS.test(name) && !keep.has(path)) await disk.remove(path);
  }
}

interface Target {
  path: string;
  hidden: string;
  part: SealedPart;
}

/**
 * Makes each part a file of its own, `part-<subtask>-<epoch>`, which readers see whole or not at all. A commit that is
 * repeated finds a part either still pending, and renames it, or already in its place.
 */
export class PartFolder implements Committer {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #suffix: string;

  constructor(disk: Disk, root: string, suffix: string) {
    this.#disk = disk;
    this.#root = root;
    this.#suffix = suffix;
  }

  async commit(epoch: number, parts: readonly unknown[], base: unknown): Promise<{ begun: true }> {
    const targets = preparedOf(parts).flatMap((one) => this.#targetsOf(epoch, one));
    if (!base) await clearParts(this.#disk, this.#root, new Set(targets.map(({ path }) => path)));
    for (const target of targets) await this.#put(target);
    return { begun: true };
  }

  #targetsOf(epoch: number, { subtask, parts }: Prepared): Target[] {
    const seen = new Map<string, number>();
    return parts.map(({ folder, part }) => {
      // A partition that was sealed early has several parts in one checkpoint.
      const number = seen.get(folder) ?? 0;
      seen.set(folder, number + 1);
      const name = `part-${subtask}-${epoch}${number === 0 ? '' : `-${number}`}${this.#suffix}`;
      return { path: `${this.#root}${folder}${name}`, hidden: `${this.#root}${folder}.${name}`, part };
    });
  }

  async #put({ path, hidden, part }: Target): Promise<void> {
    const disk = this.#disk;
    if ('inline' in part) {
      await appendParts(disk, hidden, 0, [part]);
      await disk.rename(hidden, path);
      return;
    }
    await movePart(disk, part.file, path, hidden);
  }

  async finish(base: unknown): Promise<void> {
    if (!base) await clearParts(this.#disk, this.#root, new Set());
  }
}
