import { field, type OptionsOf } from '#stage';
import { refuseUser } from '../http/shown.ts';

/** How a file system is reached: what the source and the sink have in common. */
export const hdfsFields = {
  nameNode: field.url('The NameNode over HTTP, or a gateway such as HttpFS.', {
    schemes: ['http', 'https'],
    default: 'http://127.0.0.1:9870',
  }),
  user: field.text('Whose files they are, where the cluster takes our word for it.', { optional: true }),
  token: field.text('A delegation token, in place of `user`. Name a variable, `${env:HDFS_TOKEN}`.', {
    optional: true,
  }),
  timeout: field.duration('How long to wait for an answer.', { min: 1, default: '30s' }),
  retryFor: field.duration('How long a request is tried again before the topology fails.', { min: 0, default: '5m' }),
};

/** The same for what writes. */
export const hdfsSinkFields = {
  ...hdfsFields,
  maxPending: field.bytes('Waits on this machine until it is in HDFS, at most about; beyond it the stream waits.', {
    min: 2 ** 20,
    default: '8GiB',
  }),
};

export type HdfsOptions = OptionsOf<typeof hdfsFields>;

/** Throws `WEIR_OPTION` for a NameNode whose URL names a user. */
export function refuseNameNode(hdfs: Pick<HdfsOptions, 'nameNode'> | undefined, option = 'hdfs.nameNode'): void {
  refuseUser(hdfs?.nameNode, option, '`user`, or `token`');
}
