import type { Committer, Disk, SealedPart } from '#stage';
import { clearParts } from './folder.ts';
import { appendParts, type Prepared, preparedOf } from './prepared.ts';

/** When a growing file is ended. */
export interface Roll {
  readonly size: number | undefined;
  readonly every: number | undefined;
}

/** What a file of several parts is made of. */
export interface FileShape {
  readonly suffix: string;
  /** Bytes that it begins with. */
  readonly header: Uint8Array;
  /** Parts of one kind alone can be gathered in one file. */
  kindOf?(note: unknown): string;
  /** Bytes that it ends with, by what the encoders have noted of its parts. */
  footer?(notes: readonly unknown[]): Promise<Uint8Array>;
}

/** A file that grows behind a hidden name. */
interface Growing {
  folder: string;
  name: string;
  length: number;
  kind?: string;
  /** Of its parts, for its footer. */
  notes?: unknown[];
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
  readonly #shape: FileShape;
  readonly #roll: Roll;

  constructor(disk: Disk, root: string, shape: FileShape, roll: Roll) {
    this.#disk = disk;
    this.#root = root;
    this.#shape = shape;
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
    const growing = new Map((before?.growing ?? []).map((one) => [placeOf(one.folder, one.kind), { ...one }]));
    /** Files that this very commit, before a crash, has already ended. */
    const ended = new Set<Growing>();
    const begun = new Map<string, number>();
    for (const [place, { folder, kind, added, notes }] of this.#byPlace(prepared)) {
      let file = growing.get(place);
      if (file === undefined) {
        const number = begun.get(folder) ?? 0;
        begun.set(folder, number + 1);
        const name = `part-${epoch}${number === 0 ? '' : `-${number}`}${this.#shape.suffix}`;
        file = { folder, name, length: 0, since: now, ...(kind === undefined ? {} : { kind }) };
        growing.set(place, file);
      }
      if (this.#shape.footer !== undefined) file.notes = [...(file.notes ?? []), ...notes];
      const grown = file.length + added.reduce((sum, part) => sum + part.bytes, 0);
      if (file.length > 0 && (await this.#disk.size(this.#hidden(file))) === undefined) {
        ended.add(file);
        file.length = grown;
        continue;
      }
      const bytes = file.length === 0 ? [this.#shape.header, ...added] : added;
      file.length = await appendParts(this.#disk, this.#hidden(file), file.length, bytes);
    }
    for (const file of this.#due([...growing.values()], now)) {
      if (!ended.has(file)) await this.#end(file);
      growing.delete(placeOf(file.folder, file.kind));
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
    const footer = await this.#shape.footer?.(file.notes ?? []);
    if (footer !== undefined) await appendParts(this.#disk, hidden, file.length, [footer]);
    await this.#disk.rename(hidden, `${this.#root}${file.folder}${file.name}`);
  }

  async finish(base: unknown): Promise<void> {
    const before = base as Base | undefined | null;
    if (!before) return clearParts(this.#disk, this.#root, new Set());
    for (const file of before.growing) await this.#end(file);
  }

  #byPlace(prepared: readonly Prepared[]) {
    const places = new Map<string, { folder: string; kind?: string; added: SealedPart[]; notes: unknown[] }>();
    for (const { parts } of prepared) {
      for (const { folder, part, note } of parts) {
        const kind = this.#shape.kindOf?.(note);
        const place = placeOf(folder, kind);
        const found = places.get(place) ?? { folder, added: [], notes: [], ...(kind === undefined ? {} : { kind }) };
        places.set(place, found);
        found.added.push(part);
        found.notes.push(note);
      }
    }
    return places;
  }
}

function placeOf(folder: string, kind: string | undefined): string {
  return kind === undefined ? folder : `${folder}\n${kind}`;
}
