import { field, source } from '#stage';
import { FileReader, lanesOf } from '../lib/file/file-reader.ts';
import { maxRatioField } from '../lib/file/max-ratio.ts';
import { checkReadable } from '../lib/hdfs/check.ts';
import { globPattern } from '../lib/hdfs/glob.ts';
import { hdfsFiles } from '../lib/hdfs/hdfs-files.ts';
import { hdfsFields, refuseNameNode } from '../lib/hdfs/options.ts';
import { WebHdfs } from '../lib/hdfs/web-hdfs.ts';

/** Reads files of HDFS once, from beginning to end. */
export default source({
  summary: 'Read files of HDFS once, from beginning to end, over WebHDFS.',
  docs: `\`path\` is a file, a folder, of which all files are read, or a glob such as \`/logs/*/part-*\`. Names that begin with a dot or
\`_\` are passed over, as Hadoop does: they are being written, or are no data. Files are read in order of their paths, each with
the size it had at the first start.

Chunks, compressed files (\`.gz\`, \`.zst\`), codecs and positions are as of the source \`file\`: the files are dealt out to the subtasks in
byte ranges, positions are exact to the byte, and a file that is another one after a crash, by its inode, is
\`WEIR_FILE_CHANGED\`. What fails by the network, in safe mode or for want of a DataNode is tried again for \`retryFor\`. A user
or token that is not let in is \`WEIR_HDFS_LOGIN\`.`,
  since: '0.1.0',
  options: {
    path: field.text('A file, a folder, or a glob that matches several files.'),
    ...hdfsFields,
    chunk: field.bytes('Dealt out to a subtask at a time.', { default: '4MiB', min: 1, max: 64 * 2 ** 20 }),
    maxRecord: field.bytes(
      'A longer record is a dead letter. For a codec that reads whole documents, the longest one.',
      { default: '16MiB', min: 1024, max: 2 ** 30 },
    ),
    maxRatio: maxRatioField,
  },
  main: 'path',
  refuse(options) {
    refuseNameNode(options, 'nameNode');
    globPattern(options.path);
  },
  cost: 'two requests a file that one subtask reads, else two a chunk; three chunks of memory a subtask; reading goes on while decoding',
  references: ['Hadoop 3.5: WebHDFS REST API'],
  examples: [
    { title: 'all files of a folder', options: { path: '/data' } },
    { title: 'as a user', options: { path: '/logs/*.ndjson.gz', nameNode: 'http://namenode:9870', user: 'weir' } },
  ],
  optOut: {
    examples: 'its files are in HDFS; test/servers/hdfs.test.ts has some',
    'close gives back what open took': 'it opens a connection to a server; test/servers/hdfs.test.ts has one',
  },
  codec: 'ndjson',
  bounded: true,
  replayable: true,
  async splits({ path, chunk, ...options }, { parallelism, splittable }) {
    const hdfs = WebHdfs.once(options);
    return lanesOf(await hdfsFiles(hdfs).find(path), { parallelism, splittable, chunk });
  },
  create: ({ maxRecord, maxRatio, ...options }, context) => {
    const hdfs = new WebHdfs(options, context.log);
    const reader = new FileReader(context, { maxRecord, maxRatio }, hdfsFiles(hdfs));
    const close = reader.close.bind(reader);
    reader.close = () => {
      hdfs.close();
      return close();
    };
    return reader;
  },
  connect: ({ path, ...options }) => checkReadable(options, path),
});
