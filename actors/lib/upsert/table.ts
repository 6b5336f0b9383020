import { type AppendFile, Bytes, type Disk } from '#stage';
import { framesOf, hashOf, keyOf, lineOf, replaces, type Version, versionOf } from './frame.ts';

/** Bytes that are gathered before they are written. */
const CHUNK = 2 ** 20;

/** A file that is written from its beginning, in chunks. */
class FileWriter {
  readonly #disk: Disk;
  readonly path: string;
  readonly #bytes: Bytes;
  readonly #chunk: number;
  #file: AppendFile | undefined;
  written = 0;

  constructor(disk: Disk, path: string, chunk = CHUNK) {
    this.#disk = disk;
    this.path = path;
    this.#chunk = chunk;
    this.#bytes = new Bytes(chunk + (chunk >> 2));
  }

  /** A promise when it has to write. */
  add(bytes: Uint8Array): Promise<void> | undefined {
    this.#bytes.append(bytes);
    return this.#bytes.length >= this.#chunk ? this.#flush() : undefined;
  }

  async #flush(): Promise<void> {
    this.#file ??= await this.#disk.openAppend(this.path, { truncateTo: 0 });
    await this.#file.append(this.#bytes.view());
    this.written += this.#bytes.length;
    this.#bytes.clear();
  }

  /** Makes it durable. */
  async end(): Promise<void> {
    await this.#flush();
    await this.#file?.sync();
    await this.#file?.close();
  }
}

async function readFrames(disk: Disk, path: string): Promise<Generator<Buffer>> {
  return framesOf((await disk.read(path)) ?? new Uint8Array(0));
}

/** Deals the frames of files out to `paths` by the hash of their keys, keeping their order. */
export async function distribute(disk: Disk, files: readonly string[], paths: readonly string[]): Promise<void> {
  // Smaller chunks the more files are open: about 32 MiB in all.
  const writers = paths.map(
    (path) => new FileWriter(disk, path, Math.max(4096, Math.min(CHUNK, 2 ** 25 / paths.length))),
  );
  for (const file of files) {
    for (const frame of await readFrames(disk, file)) {
      const writing = (writers[hashOf(frame) % paths.length] as FileWriter).add(frame);
      if (writing !== undefined) await writing;
    }
  }
  for (const writer of writers) await writer.end();
}

/** The latest version of each key in files that are read one after the other. */
async function latestOf(disk: Disk, files: readonly string[]): Promise<Map<string, Version>> {
  const latest = new Map<string, Version>();
  for (const file of files) {
    for (const frame of await readFrames(disk, file)) {
      const key = keyOf(frame);
      const version = versionOf(frame);
      const before = latest.get(key);
      if (before === undefined || replaces(version, before)) latest.set(key, version);
    }
  }
  return latest;
}

/**
 * Folds groups of files, each of its own keys, to the latest versions: one bucket file per group in `paths`, if given, and all
 * lines behind `header` in the file `lines`. Holds one group in memory at a time. Gives the bytes of the buckets.
 */
export async function compact(
  disk: Disk,
  groups: readonly (readonly string[])[],
  paths: readonly string[] | undefined,
  lines: string,
  header: Uint8Array,
): Promise<number> {
  const output = new FileWriter(disk, lines);
  await output.add(header);
  let bytes = 0;
  for (const [i, files] of groups.entries()) {
    const bucket = paths && new FileWriter(disk, paths[i] as string);
    for (const { frame } of (await latestOf(disk, files)).values()) {
      // Deleted: every earlier version is among these files.
      if (lineOf(frame).length === 0) continue;
      // Awaited only when it writes: a promise for each of millions of lines would cost more than the rest.
      const writing = [bucket?.add(frame), output.add(lineOf(frame))];
      if (writing[0] !== undefined) await writing[0];
      if (writing[1] !== undefined) await writing[1];
    }
    await bucket?.end();
    bytes += bucket?.written ?? 0;
  }
  await output.end();
  return bytes;
}
