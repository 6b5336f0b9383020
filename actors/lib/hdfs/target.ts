import { type Committer, type CommitterContext, type Disk, field, messageOf, WeirError } from '#stage';
import { FolderLock } from './folder-lock.ts';
import { HdfsDisk, REMOTE } from './hdfs-disk.ts';
import { type HdfsOptions, hdfsFields, hdfsSinkFields } from './options.ts';
import { WebHdfs } from './web-hdfs.ts';

/** The option of a stage whose files may be in HDFS. */
export const hdfsGroup = field.group(
  'The files are in HDFS, and `path` begins at its root; `{}` for a NameNode on this machine.',
  hdfsFields,
  { optional: true },
);

/** The same for one that writes. */
export const hdfsSinkGroup = field.group(
  'The files are in HDFS, and `path` begins at its root; `{}` for a NameNode on this machine.',
  hdfsSinkFields,
  { optional: true },
);

/** Throws `WEIR_OPTION` for a path that does not begin at the root of the file system. */
export function refuseRelative(path: string): void {
  if (path.startsWith('/')) return;
  throw new WeirError('WEIR_OPTION', `path: '${path}' is to begin with /, at the root of the file system`);
}

/** How a folder of HDFS is called where this machine holds it for one sink. */
export function hdfsPlace(hdfs: HdfsOptions, folder: string): string {
  return `hdfs://${new URL(hdfs.nameNode).host}${folder}`;
}

/** What commits files to a disk below a root. */
export type MakeCommitter = (disk: Disk, rootOf: (folder: string) => string) => Committer;

/**
 * A committer of files that lie on this machine's disk, or in HDFS where that is given. With `own`, a folder, nobody else writes
 * there meanwhile, be it on another machine.
 */
export function committerAt(
  hdfs: HdfsOptions | undefined,
  context: CommitterContext,
  make: MakeCommitter,
  own?: string,
): Committer {
  if (hdfs === undefined) return make(context.disk, (folder) => folder);
  const remote = new WebHdfs(hdfs, context.log);
  const disk = new HdfsDisk(context.disk, remote);
  const inner = make(disk, (folder) => REMOTE + folder);
  const what = `${remote.where}: ${own}`;
  const lock = own === undefined ? undefined : new FolderLock(disk, REMOTE + own, { what, log: context.log });
  return {
    async commit(epoch, parts, base) {
      await lock?.hold();
      return inner.commit(epoch, parts, base);
    },
    async finish(base) {
      await lock?.hold();
      await inner.finish?.(base);
    },
    abandon: () => remote.close(),
    async close() {
      await inner.close?.();
      // From here on nothing is tried again: a lock that cannot be given back now is taken over by the next run.
      remote.hurry();
      await lock?.release().catch((error) => context.log('warn', `the lock of a folder is left: ${messageOf(error)}`));
      remote.close();
    },
  };
}
