import type { Committer, Disk } from '#stage';
import { appendParts, preparedOf } from './prepared.ts';

/** Bytes of the file that checkpoints have confirmed. */
interface Base {
  length: number;
}

/**
 * Appends parts to one file. Each commit begins at the length that the one before has left, so one that is repeated after
 * a crash writes the same bytes to the same place. The first commit of a run replaces what an earlier run has left.
 */
export class OneFile implements Committer {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #header: Uint8Array;

  constructor(disk: Disk, path: string, header: Uint8Array) {
    this.#disk = disk;
    this.#path = path;
    this.#header = header;
  }

  async commit(_epoch: number, parts: readonly unknown[], base: unknown): Promise<Base> {
    const before = base as Base | undefined | null;
    const bytes = preparedOf(parts).flatMap((one) => one.parts.map(({ part }) => part));
    const all = before ? bytes : [this.#header, ...bytes];
    return { length: await appendParts(this.#disk, this.#path, before?.length ?? 0, all) };
  }

  async finish(base: unknown): Promise<void> {
    if (!base) await appendParts(this.#disk, this.#path, 0, [this.#header]);
  }
}
