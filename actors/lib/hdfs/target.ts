import { type Committer, type CommitterContext, type Disk, field, WeirError } from '#stage';
import { HdfsDisk, REMOTE } from './hdfs-disk.ts';
import { type HdfsOptions, hdfsFields } from './options.ts';
import { WebHdfs } from './web-hdfs.ts';

/** The option of a stage whose files may be in HDFS. */
export const hdfsGroup = field.group(
  'The files are in HDFS, and `path` begins at its root; `{}` for a NameNode on this machine.',
  hdfsFields,
  { optional: true },
);

/** Throws `WEIR_OPTION` for a path that does not begin at the root of the file system. */
export function refuseRelative(path: string): void {
  if (path.startsWith('/')) return;
  throw new WeirError('WEIR_OPTION', `path: '${path}' is to begin with /, at the root of the file system`);
}

/** What commits files to a disk below a root. */
export type MakeCommitter = (disk: Disk, rootOf: (folder: string) => string) => Committer;

/** A committer of files that lie on this machine's disk, or in HDFS where that is given. */
export function committerAt(hdfs: HdfsOptions | undefined, context: CommitterContext, make: MakeCommitter): Committer {
  if (hdfs === undefined) return make(context.disk, (folder) => folder);
  const remote = new WebHdfs(hdfs, context.log);
  const inner = make(new HdfsDisk(context.disk, remote), (folder) => REMOTE + folder);
  return {
    commit: (epoch, parts, base) => inner.commit(epoch, parts, base),
    finish: async (base) => inner.finish?.(base),
    close: async () => {
      await inner.close?.();
      remote.close();
    },
  };
}
