import type { SealedPart } from '../stage/pending-part.ts';
import type { Committer } from '../stage/sink.ts';
import type { CommitRecord } from '../state/store.ts';
import type { Disk } from '../world/disk.ts';

/**
 * The sinks' committers of one topology. A record per sink says what the last checkpoint prepared and on what base; with
 * it a commit can be done again, as often as it takes.
 */
export class Commits {
  readonly #committers: ReadonlyMap<string, Committer>;
  #records: Record<string, CommitRecord>;
  #bases: Record<string, unknown>;
  readonly #disk: Disk;
  readonly #pendingFolder: string;
  readonly #release: () => Promise<void>;
  #used: string[] = [];

  constructor(
    committers: ReadonlyMap<string, Committer>,
    records: Record<string, CommitRecord>,
    disk: Disk,
    pendingFolder: string,
    release: () => Promise<void> = async () => {},
  ) {
    this.#committers = committers;
    this.#release = release;
    this.#disk = disk;
    this.#pendingFolder = pendingFolder;
    this.#records = records;
    this.#bases = Object.fromEntries(Object.entries(records).map(([stage, { base }]) => [stage, base]));
  }

  /** Takes over what the sinks prepared for the checkpoint that comes. */
  prepared(parts: Record<string, unknown[]>): void {
    const entries = [...this.#committers.keys()].map((stage): [string, CommitRecord] => [
      stage,
      { parts: parts[stage] ?? [], base: this.#bases[stage] },
    ]);
    this.#records = Object.fromEntries(entries);
  }

  records(): Record<string, CommitRecord> {
    return this.#records;
  }

  async commit(epoch: number): Promise<void> {
    const leftovers = this.#used;
    this.#used = partFiles(this.#records, this.#pendingFolder);
    // Parts of the checkpoint before are in no manifest any more, so nobody will commit them again.
    for (const file of leftovers) await this.#disk.remove(file);
    const commits = [...this.#committers].map(async ([stage, committer]) => {
      const record = this.#records[stage];
      if (record) this.#bases[stage] = await committer.commit(epoch, record.parts, record.base);
    });
    // All of them, although one may have failed: the commit that is repeated after a restart must find nobody at its files.
    const failed = (await Promise.allSettled(commits)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  /** What the last commit gave, by stage. */
  bases(): Record<string, unknown> {
    return this.#bases;
  }

  /** Goes on from what {@link bases} gave before a crash: there is nothing to commit again. */
  resume(bases: Record<string, unknown>): void {
    this.#bases = bases;
  }

  /** Lets the sinks finish, then removes every pending file: nobody needs one any more. */
  async finish(): Promise<void> {
    for (const [stage, committer] of this.#committers) await committer.finish?.(this.#bases[stage]);
    this.#records = {};
    await this.sweep();
  }

  /** Removes what crashed runs left behind: every pending file that no commit still needs. */
  async sweep(): Promise<void> {
    const needed = new Set(partFiles(this.#records, this.#pendingFolder));
    for (const name of await this.#disk.list(this.#pendingFolder)) {
      const path = `${this.#pendingFolder}/${name}`;
      if (!needed.has(path)) await this.#disk.remove(path);
    }
  }

  /** Waits for no system that does not answer any more: what was not committed is with the next run. */
  abandon(): void {
    for (const committer of this.#committers.values()) committer.abandon?.();
  }

  async close(): Promise<void> {
    try {
      for (const committer of this.#committers.values()) await committer.close?.();
    } finally {
      await this.#release();
    }
  }
}

/** The pending files that commit records name, wherever a sink has put them in what it prepared. */
function partFiles(value: unknown, folder: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => partFiles(item, folder));
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return [];
  const { file } = value as { file?: unknown };
  const own = typeof file === 'string' && file.startsWith(`${folder}/`) ? [file] : [];
  return [...own, ...Object.values(value).flatMap((item) => partFiles(item, folder))];
}

/** Appends parts to one file, in order. Its base is the file's length before, so that a repeated commit gives the same. */
export function appendingCommitter(disk: Disk, path: string): Committer {
  return {
    async commit(_epoch, parts, base) {
      let length = (base as { length: number } | undefined)?.length ?? 0;
      for (const part of parts as SealedPart[]) {
        if ('inline' in part) {
          const file = await disk.openAppend(path, { truncateTo: length });
          await file.append(part.inline);
          await file.sync();
          await file.close();
        } else await disk.appendFileTo(part.file, path, length);
        length += part.bytes;
      }
      return { length };
    },
  };
}
