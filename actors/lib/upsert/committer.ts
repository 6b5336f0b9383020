import type { Committer, Disk, SealedPart } from '#stage';
import { appendParts, movePart, preparedOf } from '../files/prepared.ts';
import { compact, distribute } from './table.ts';
import type { PreparedUpserts } from './writer.ts';

/** What a bucket may hold: it is read as a whole when the table is published. */
const BUCKET = 128 * 2 ** 20;
/** Up to so many bytes the table is published with the first commit already. */
const FIRST = 4 * 2 ** 20;
/** Where one segment of the log ends. */
const SEGMENT = 32 * 2 ** 20;
/** A part of so many bytes becomes a segment as it is, instead of being copied to the end of one. */
const WHOLE = 2 ** 18;

const isWhole = (part: SealedPart): part is SealedPart & { file: string } => 'file' in part && part.bytes >= WHOLE;

interface Base {
  generation: number;
  /** Versions since the last publishing, in files of the log. */
  log: { file: string; length: number }[];
  /** The latest version of each key as last published, by hash of the key. */
  buckets: string[];
  bytes: number;
  /** When the file was last published, by the clock of the parts. */
  published: number;
  /** Files of this table that nothing needs any more, once this is part of a checkpoint. */
  done: string[];
}

/**
 * Keeps a file with one line per key. Commits only append the versions of keys to a log beside it; from time to time the
 * log is folded into buckets, and the lines of all buckets replace the file at once. A commit that is repeated writes the
 * same files again. Memory is bounded by a bucket, 128 MiB and 20 bytes for each of its keys, however large the table.
 */
export class UpsertCommitter implements Committer {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #header: Uint8Array;
  readonly #publishEvery: number;
  readonly #bucket: number;

  constructor(disk: Disk, path: string, header: Uint8Array, publishEvery: number, bucket = BUCKET) {
    this.#disk = disk;
    this.#path = path;
    this.#header = header;
    this.#publishEvery = publishEvery;
    this.#bucket = bucket;
  }

  get #folder(): string {
    return `${this.#path}.upserts/`;
  }

  #segment(epoch: number, i: number): string {
    return `${this.#folder}log-${epoch}-${i}`;
  }

  async commit(epoch: number, parts: readonly unknown[], base: unknown): Promise<Base> {
    const prepared = preparedOf<PreparedUpserts>(parts);
    const sealed = prepared.flatMap((one) => one.parts);
    const first = base === undefined || base === null;
    // What a commit that was cut short has moved is there, and nowhere else.
    if (first) await this.#clear(new Set(sealed.map((part, i) => (isWhole(part) ? this.#segment(epoch, i) : ''))));
    const before: Base = first
      ? { generation: 0, log: [], buckets: [], bytes: 0, published: Number.NEGATIVE_INFINITY, done: [] }
      : (base as Base);
    const log = await this.#append(epoch, before.log, sealed);
    const now = Math.max(before.published, ...prepared.map(({ at }) => at));
    const size = log.reduce((sum, { length }) => sum + length, 0);
    // The first version appears at once, but not when that is work which the next one makes vain.
    const published = first && size > FIRST ? now : before.published;
    const appended: Base = { ...before, log, published, done: [] };
    const after = this.#due(appended, now) ? await this.#publish(appended, now) : appended;
    for (const file of before.done) await this.#disk.remove(file);
    return after;
  }

  async #append(epoch: number, before: Base['log'], parts: readonly SealedPart[]): Promise<Base['log']> {
    const log = [...before];
    for (let i = 0; i < parts.length; ) {
      const part = parts[i] as SealedPart;
      if (isWhole(part)) {
        const file = this.#segment(epoch, i);
        await movePart(this.#disk, part.file, file, `${file}.copy`);
        log.push({ file, length: part.bytes });
        i++;
        continue;
      }
      let end = i + 1;
      while (end < parts.length && !isWhole(parts[end] as SealedPart)) end++;
      const last = log.at(-1);
      const grows = last !== undefined && last.length < SEGMENT;
      const { file, length } = grows ? last : { file: this.#segment(epoch, i), length: 0 };
      if (grows) log.pop();
      log.push({ file, length: await appendParts(this.#disk, file, length, parts.slice(i, end)) });
      i = end;
    }
    return log;
  }

  /** A large table is published less often, so that this writes no more than 64 MiB per interval on average. */
  #due({ log, bytes, published }: Base, now: number): boolean {
    if (log.length === 0) return published === Number.NEGATIVE_INFINITY;
    return now - published >= this.#publishEvery * Math.max(1, bytes / 2 ** 26);
  }

  /** `last` writes the lines alone: no version will follow. */
  async #publish(base: Base, now: number, last = false): Promise<Base> {
    const generation = base.generation + 1;
    const size = base.bytes + base.log.reduce((sum, { length }) => sum + length, 0);
    const count = Math.max(base.buckets.length, 2 ** Math.ceil(Math.log2(Math.max(1, size / this.#bucket))));
    const name = (kind: string, i: number) => `${this.#folder}${kind}-${generation}-${i}`;
    const each = (kind: string) => Array.from({ length: count }, (_, i) => name(kind, i));
    const logs = base.log.map(({ file }) => file);

    let groups = [[...base.buckets, ...logs]];
    let splits: string[] = [];
    if (count > 1) {
      splits = each('split');
      const same = count === base.buckets.length;
      await distribute(this.#disk, same ? logs : [...base.buckets, ...logs], splits);
      groups = splits.map((split, i) => (same ? [base.buckets[i] as string, split] : [split]));
    }
    const buckets = each('table');
    const hidden = `${this.#folder}publishing`;
    const bytes = await compact(this.#disk, groups, last ? undefined : buckets, hidden, this.#header);
    await this.#disk.rename(hidden, this.#path);
    const done = [...base.buckets, ...logs, ...splits];
    return { generation, log: [], buckets, bytes, published: now, done };
  }

  async #clear(keep: ReadonlySet<string>): Promise<void> {
    for (const file of await this.#disk.list(this.#folder)) {
      const path = `${this.#folder}${file}`;
      if (!keep.has(path)) await this.#disk.remove(path);
    }
  }

  async finish(base: unknown): Promise<void> {
    const last = base as Base | undefined | null;
    if (!last) {
      await appendParts(this.#disk, this.#path, 0, [this.#header]);
    } else if (last.log.length > 0) {
      const inputs = [...last.buckets, ...last.log.map(({ file }) => file)];
      const sizes = await Promise.all(inputs.map((file) => this.#disk.size(file)));
      // Inputs are removed only after the table was published: when one is gone, a crash came after that.
      if (!sizes.includes(undefined)) await this.#publish(last, last.published, true);
    }
    await this.#clear(new Set());
    // The empty folder.
    await this.#disk.remove(this.#folder.slice(0, -1));
  }
}
