import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type AppendFile, type Disk, type Kv, WeirError } from '#stage';
import type { LockStore } from './folder-lock.ts';
import type { WebHdfs } from './web-hdfs.ts';

/** Paths that begin so are HDFS's; others are of the disk that pending parts lie on. */
export const REMOTE = 'hdfs:';

const PIECE = 256 * 1024;

/** HDFS beside the local disk, so that what commits parts to files does so there too. */
export class HdfsDisk implements Disk, LockStore {
  readonly #local: Disk;
  readonly #hdfs: WebHdfs;

  constructor(local: Disk, hdfs: WebHdfs) {
    this.#local = local;
    this.#hdfs = hdfs;
  }

  async size(path: string): Promise<number | undefined> {
    const remote = pathOf(path);
    if (remote === undefined) return this.#local.size(path);
    const status = await this.#hdfs.status(remote);
    if (status !== undefined && status.type !== 'FILE') {
      throw new WeirError('WEIR_NOT_A_FILE', `${this.#hdfs.where}: ${remote} is no file`);
    }
    return status?.length;
  }

  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [pathOf(from), pathOf(to)];
    if (source !== undefined && target !== undefined) return this.#hdfs.rename(source, target);
    if (source === undefined && target === undefined) return this.#local.rename(from, to);
    // As of two disks of one machine: the caller copies.
    throw new WeirError('WEIR_DISK', `${from} cannot be renamed to ${to}`, { data: { code: 'EXDEV' } });
  }

  async appendFileTo(from: string, to: string, truncateTo: number): Promise<void> {
    const target = pathOf(to);
    if (target === undefined) return this.#local.appendFileTo(from, to, truncateTo);
    await this.#hdfs.write(target, truncateTo, () => createReadStream(from, { highWaterMark: PIECE }));
  }

  async openAppend(path: string, options: { truncateTo?: number } = {}): Promise<AppendFile> {
    const remote = pathOf(path);
    if (remote === undefined) return this.#local.openAppend(path, options);
    const hdfs = this.#hdfs;
    let end = options.truncateTo ?? (await hdfs.status(remote))?.length ?? 0;
    let pieces: Uint8Array[] = [];
    let written = options.truncateTo !== 0;
    return {
      // Gathered: each append of HDFS costs some hundred milliseconds.
      async append(bytes) {
        pieces.push(Uint8Array.from(bytes));
      },
      async sync() {
        if (pieces.length === 0 && written) return;
        const bytes = Buffer.concat(pieces);
        pieces = [];
        written = true;
        await hdfs.write(remote, end, bytes);
        end += bytes.length;
      },
      async close() {},
    };
  }

  async list(folder: string): Promise<string[]> {
    const remote = pathOf(folder);
    if (remote === undefined) return this.#local.list(folder);
    const found: string[] = [];
    const below = async (within: string): Promise<void> => {
      for (const { pathSuffix, type } of await this.#hdfs.list(`${remote.replace(/\/+$/, '')}/${within}`)) {
        if (type === 'DIRECTORY') await below(`${within}${pathSuffix}/`);
        else if (pathSuffix !== '') found.push(within + pathSuffix);
      }
    };
    await below('');
    return found;
  }

  async remove(path: string): Promise<void> {
    const remote = pathOf(path);
    if (remote === undefined) return this.#local.remove(path);
    await this.#hdfs.remove(remote);
  }

  /** Gives a file of HDFS another time of its last change. */
  touch(path: string): Promise<void> {
    return this.#hdfs.touch(pathOf(path) ?? path);
  }

  /** The time of the last change of a file of HDFS, by whose clock ever. */
  async touched(path: string): Promise<number | undefined> {
    return (await this.#hdfs.status(pathOf(path) ?? path))?.modificationTime;
  }

  openKv(path: string): Promise<Kv> {
    return this.#local.openKv(path);
  }

  /** Written under a hidden name, then renamed, which never takes another file's place. */
  async create(path: string, bytes: Uint8Array): Promise<boolean> {
    const target = pathOf(path);
    if (target === undefined) return this.#local.create(path, bytes);
    const slash = target.lastIndexOf('/') + 1;
    const draft = `${target.slice(0, slash)}.${target.slice(slash)}.${randomUUID()}.tmp`;
    await this.#hdfs.write(draft, 0, bytes);
    if (await this.#hdfs.renameNew(draft, target)) return true;
    await this.#hdfs.remove(draft);
    // An answer that was lost: the rename that was tried again has found the file that it had made itself.
    const there = await this.read(path);
    return there !== undefined && Buffer.compare(there, bytes) === 0;
  }

  /** Drafts of a file of HDFS, and names that others have given it to take its place. */
  async beside(path: string): Promise<string[]> {
    const slash = path.lastIndexOf('/') + 1;
    const [folder, name] = [path.slice(0, slash), path.slice(slash)];
    const found = await this.#hdfs.list(pathOf(folder) ?? folder);
    const names = found.map(({ pathSuffix }) => pathSuffix);
    return names.filter((each) => each.replace(/^\.(?=\.)/, '').startsWith(`${name}.`)).map((each) => folder + each);
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const remote = pathOf(path);
    if (remote === undefined) return this.#local.read(path);
    const status = await this.#hdfs.status(remote);
    return status && this.#hdfs.read(remote, 0, status.length);
  }

  lock(path: string): Promise<() => Promise<void>> {
    return this.#local.lock(path);
  }
}

function pathOf(path: string): string | undefined {
  return path.startsWith(REMOTE) ? path.slice(REMOTE.length) : undefined;
}
