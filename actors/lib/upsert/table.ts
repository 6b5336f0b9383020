import { type AppendFile, Bytes, type Disk } from '#stage';
import { endOf, hashAt, lineAt } from './frame.ts';
import { Latest } from './latest.ts';

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

  /** A promise when it has to write: one for each of millions of lines would cost more than the rest. */
  add(from: Buffer, start = 0, end = from.length): Promise<void> | undefined {
    this.#bytes.appendRange(from, start, end);
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

/** A file as a whole; nothing when there is none. */
async function read(disk: Disk, path: string): Promise<Buffer> {
  const bytes = (await disk.read(path)) ?? new Uint8Array(0);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Deals the frames of files out to `paths` by the hash of their keys, keeping their order. */
export async function distribute(disk: Disk, files: readonly string[], paths: readonly string[]): Promise<void> {
  // Smaller chunks the more files are open: about 32 MiB in all.
  const writers = paths.map(
    (path) => new FileWriter(disk, path, Math.max(4096, Math.min(CHUNK, 2 ** 25 / paths.length))),
  );
  for (const path of files) {
    const file = await read(disk, path);
    for (let at = 0, end = 0; at < file.length; at = end) {
      end = endOf(file, at);
      const writing = (writers[hashAt(file, at) % paths.length] as FileWriter).add(file, at, end);
      if (writing !== undefined) await writing;
    }
  }
  for (const writer of writers) await writer.end();
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
  await output.add(Buffer.from(header));
  let bytes = 0;
  for (const [i, files] of groups.entries()) {
    const bucket = paths && new FileWriter(disk, paths[i] as string);
    const latest = new Latest();
    for (const path of files) latest.add(await read(disk, path));
    for (const { file, at } of latest.frames()) {
      const end = endOf(file, at);
      const line = lineAt(file, at);
      // Deleted: every earlier version is among these files.
      if (line === end) continue;
      const toBucket = bucket?.add(file, at, end);
      if (toBucket !== undefined) await toBucket;
      const toOutput = output.add(file, line, end);
      if (toOutput !== undefined) await toOutput;
    }
    await bucket?.end();
    bytes += bucket?.written ?? 0;
  }
  await output.end();
  return bytes;
}
