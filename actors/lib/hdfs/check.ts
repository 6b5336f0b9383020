import { posix } from 'node:path';
import { WeirError } from '#stage';
import { hdfsFiles } from './hdfs-files.ts';
import type { HdfsOptions } from './options.ts';
import { WebHdfs } from './web-hdfs.ts';

/** Whether there are files that we may read. Throws `WEIR_HDFS_…`, `WEIR_FILE_NOT_FOUND`. */
export async function checkReadable(options: HdfsOptions, path: string): Promise<void> {
  const hdfs = WebHdfs.once(options);
  const [first] = await hdfsFiles(hdfs).find(path);
  if (first !== undefined) await hdfs.access(first.path, 'r--');
}

/** Whether we may make files in a folder, or the folder itself. Makes nothing. Throws `WEIR_HDFS_…`. */
export async function checkWritable(options: HdfsOptions, folder: string): Promise<void> {
  const hdfs = WebHdfs.once(options);
  for (let at = posix.normalize(folder).replace(/(.)\/$/, '$1'); ; at = posix.dirname(at)) {
    const status = await hdfs.status(at);
    // What is not there yet is made in the folder above it.
    if (status === undefined && at !== '/') continue;
    if (status?.type === 'FILE') {
      const what = `${hdfs.where}: ${at} is a file, and ${folder} is to be a folder: choose another path`;
      throw new WeirError('WEIR_HDFS_REFUSED', what);
    }
    await hdfs.access(at, '-wx');
    return;
  }
}
