import type { Committer, Disk } from '#stage';
import { clearParts } from './folder.ts';
import { appendParts, type Prepared, preparedOf } from './prepared.ts';

/** When a growing file is ended. */
export interface Roll {
  readonly size: number | undefined;
  readonly every: number | undefined;
}

/** A file that grows behind a hidden name. */
interface Growing {
  folder: string;
  name: string;
  length: number;
  /** When it was begun, by the clock of the parts. */
  since: number;
}

interface Base {
  growing: Growing[];
}

/** Partitions whose file may grow at the same time; beyond it the oldest are ended early. */
const MAX_GROWING = 1000;

/** Gathers the parts of many checkpoints in one file per partition, which becomes visible when it is large or old enough. */
export class RollingFolder implements Committer {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #suffix: string;
  readonly #header: Uint8Array;
  readonly #roll: Roll;

  constructor(disk: Disk, root: string, suffix: string, header: Uint8Array, roll: Roll) {
    this.#disk = disk;
    this.#root = root;
    this.#suffix = suffix;
    this.#header = header;
    this.#roll = roll;
  }

  #hidden({ folder, name }: Growing): string {
    return `${this.#root}${folder}.${name}`;
  }

  async commit(epoch: number, parts: readonly unknown[], base: unknown): Promise<Base> {
    const before = base as Base | undefined | null;
    const prepared = preparedOf(parts);
    if (!before) await clearParts(this.#disk, this.#root, new Set());
    const now = Math.max(Number.NEGATIVE_INFINITY, ...prepared.map(({ at }) => at));
    const growing = new Map((before?.growing ?? []).map((one) => [one.folder, { ...one }]));
    /** Files that this very commit, before a crash, has already ended. */
    const ended = new Set<Growing>();
    for (const [folder, added] of byFolder(prepared)) {
      const file = growing.get(folder) ?? { folder, name: `part-${epoch}${this.#suffix}`, length: 0, since: now };
      growing.set(folder, file);
      const grown = file.length + added.reduce((sum, part) => sum + part.bytes, 0);
      if (file.length > 0 && (await this.#disk.size(this.#hidden(file))) === undefined) {
        ended.add(file);
        file.length = grown;
        continue;
      }
      const bytes = file.length === 0 ? [this.#header, ...added] : added;
      file.length = await appendParts(this.#disk, this.#hidden(file), file.length, bytes);
    }
    for (const file of this.#due([...growing.values()], now)) {
      if (!ended.has(file)) await this.#end(file);
      growing.delete(file.folder);
    }
    return { growing: [...growing.values()] };
  }

  #due(files: Growing[], now: number): Growing[] {
    const { size = Number.POSITIVE_INFINITY, every = Number.POSITIVE_INFINITY } = this.#roll;
    const tooMany = [...files].sort((a, b) => a.since - b.since).slice(0, Math.max(0, files.length - MAX_GROWING));
    return files.filter((file) => file.length >= size || now - file.since >= every || tooMany.includes(file));
  }

  /** Makes a file visible, unless that has been done. */
  async #end(file: Growing): Promise<void> {
    const hidden = this.#hidden(file);
    if ((await this.#disk.size(hidden)) === undefined) return;
    await this.#disk.rename(hidden, `${this.#root}${file.folder}${file.name}`);
  }

  async finish(base: unknown): Promise<void> {
    const before = base as Base | undefined | null;
    if (!before) return clearParts(this.#disk, this.#root, new Set());
    for (const file of before.growing) await this.#end(file);
  }
}

function byFolder(prepared: readonly Prepared[]) {
  const folders = new Map<string, Prepared['parts'][number]['part'][]>();
  for (const { parts } of prepared) {
    for (const { folder, part } of parts) {
      const list = folders.get(folder);
      if (list) list.push(part);
      else folders.set(folder, [part]);
    }
  }
  return folders;
}
