import { Readable } from 'node:stream';
import { WeirError } from '#stage';
import { changed, type FileSystem, type InputFile } from '../file/input-files.ts';
import { folderPattern, globPattern, isGlob, rootOf } from './glob.ts';
import { HdfsFile } from './hdfs-file.ts';
import type { Status, WebHdfs } from './web-hdfs.ts';

/** Files that are written, or are no data, by the customs of Hadoop and Spark. */
const isHidden = (name: string) => name.startsWith('.') || (name.startsWith('_') && !name.includes('='));

/** The files of HDFS, for what reads files. A file is known by its inode: one that was put in its place is another. */
export function hdfsFiles(hdfs: WebHdfs): FileSystem {
  const fileOf = (path: string, { length, fileId }: Status): InputFile => ({ path, size: length, mark: fileId });

  const below = async (folder: string, holds: (folder: string) => boolean): Promise<InputFile[]> => {
    const found: InputFile[] = [];
    for (const status of await hdfs.list(folder)) {
      // A file is listed as what is in it, without a name.
      if (status.pathSuffix === '' || isHidden(status.pathSuffix)) continue;
      const path = `${folder.replace(/\/+$/, '')}/${status.pathSuffix}`;
      if (status.type === 'FILE') found.push(fileOf(path, status));
      else if (holds(path)) found.push(...(await below(path, holds)));
    }
    return found;
  };

  const all = async (path: string): Promise<InputFile[]> => {
    const status = await hdfs.status(path);
    if (status?.type === 'FILE') return [fileOf(path, status)];
    if (status !== undefined) return below(path, () => false);
    if (!isGlob(path)) return [];
    const pattern = globPattern(path);
    const folders = folderPattern(path);
    return (await below(rootOf(path), (folder) => folders.test(folder))).filter((file) => pattern.test(file.path));
  };

  return {
    async find(path) {
      const files = await all(path);
      if (files.length === 0) {
        throw new WeirError('WEIR_FILE_NOT_FOUND', `${hdfs.where}: no file matches ${path}`, { data: { path } });
      }
      return files.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    async describe(path) {
      const status = await hdfs.status(path);
      if (status?.type === 'FILE') return fileOf(path, status);
      throw new WeirError('WEIR_FILE_NOT_FOUND', `${hdfs.where}: no file ${path}`, { data: { path } });
    },
    async checkUnchanged({ path, size, mark }) {
      const now = await hdfs.status(path);
      if (now === undefined) throw new WeirError('WEIR_FILE_NOT_FOUND', `${hdfs.where}: no file ${path}`);
      if (now.length < size || now.fileId !== mark) throw changed(`${hdfs.where}: ${path}`, size, now.length);
    },
    open: async (path) => new HdfsFile(hdfs, path),
    stream: (path, bytes) => Readable.from(pieces(hdfs, path, bytes), { objectMode: false, highWaterMark: 1 }),
  };
}

async function* pieces(hdfs: WebHdfs, path: string, bytes: number): AsyncGenerator<Buffer> {
  const stream = hdfs.stream(path, 0, bytes);
  try {
    for (;;) {
      const piece = await stream.next();
      if (piece !== undefined) yield piece;
      else if (stream.position < bytes) {
        throw new WeirError('WEIR_FILE_CHANGED', `${path} became shorter while it was read`);
      } else return;
    }
  } finally {
    stream.close();
  }
}
