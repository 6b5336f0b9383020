import { field, source } from '#stage';
import { deltaInputs, deltaTable } from '../lib/delta/inputs.ts';
import { hdfsFiles } from '../lib/hdfs/hdfs-files.ts';
import { refuseNameNode } from '../lib/hdfs/options.ts';
import { hdfsGroup, refuseRelative } from '../lib/hdfs/target.ts';
import { WebHdfs } from '../lib/hdfs/web-hdfs.ts';
import { lanesOf, ParquetReader } from '../lib/parquet/parquet-reader.ts';

/** Reads a Delta Lake table once, as it is at the first start. */
export default source({
  summary: 'Read a Delta Lake table, on this disk or in HDFS, once from beginning to end.',
  docs: `It is read at \`version\`, or at the one that it has at the first start, file by file in order of their paths; what is added later is not.
Row groups, values and positions are those of source \`parquet\`. Columns of the table that its folders stand for are read from the
log; one that a file does not have is null there.

A file that is gone, as after a vacuum, ends the source (\`WEIR_FILE_NOT_FOUND\`). Tables with deletion vectors, with
columns under other names and with files elsewhere, such as shallow clones, are refused (\`WEIR_DELTA_PROTOCOL\`).`,
  since: '0.1.0',
  options: {
    path: field.path('The folder of the table.'),
    version: field.count('The version that is read, as long as the log still has it; default: the latest.', {
      unit: 'versions',
      min: 0,
      optional: true,
    }),
    hdfs: hdfsGroup,
  },
  refuse({ path, hdfs }) {
    refuseNameNode(hdfs);
    if (hdfs !== undefined) refuseRelative(path);
  },
  main: 'path',
  cost: 'as source parquet; the log and every footer are read at the first start',
  references: ['https://github.com/delta-io/delta/blob/master/PROTOCOL.md'],
  examples: [
    { title: 'a table', options: { path: 'lake/events/' } },
    { title: 'a table as it was', options: { path: 'lake/events/', version: 12 } },
    { title: 'a table of HDFS', options: { path: '/lake/events/', hdfs: { nameNode: 'http://namenode:9870' } } },
  ],
  optOut: {
    'close gives back what open took':
      'an example cannot hold a binary file; its reader is that of source parquet, whose test counts open files',
  },
  bounded: true,
  replayable: true,
  async splits({ path, version, hdfs }, { parallelism }) {
    const remote = hdfs && WebHdfs.once(hdfs);
    const { columns, inputs } = await deltaInputs(path, remote, version);
    return lanesOf(inputs, parallelism, columns);
  },
  create({ hdfs }, context) {
    const remote = hdfs && new WebHdfs(hdfs, context.log);
    return new ParquetReader(context, remote && hdfsFiles(remote), () => remote?.close());
  },
  async connect({ path, version, hdfs }) {
    await deltaTable(path, hdfs && WebHdfs.once(hdfs), version);
  },
});
