import { field, source } from '#stage';
import { LOCAL_FILES } from '../lib/file/input-files.ts';
import { FOLDER_TYPES, folderValues } from '../lib/files/folder-values.ts';
import { globPattern } from '../lib/hdfs/glob.ts';
import { hdfsFiles } from '../lib/hdfs/hdfs-files.ts';
import { type HdfsOptions, refuseNameNode } from '../lib/hdfs/options.ts';
import { hdfsGroup } from '../lib/hdfs/target.ts';
import { WebHdfs } from '../lib/hdfs/web-hdfs.ts';
import { lanesOf, type ParquetInput, ParquetReader, parquetInput } from '../lib/parquet/parquet-reader.ts';

/** Reads Parquet files once, from beginning to end. */
export default source({
  summary: 'Read Parquet files once, from beginning to end.',
  docs: `\`path\` is a file or a glob such as \`lake/**/*.parquet\`; the files are read in order of their paths, as they were at the
first start. Their row groups are dealt out to the subtasks in turns, and of each only the columns are read that anything asks for.
Positions are exact to the row; after a crash reading goes on behind the last record of the last checkpoint, and refuses to when
the file is another one (\`WEIR_FILE_CHANGED\`).

Times and dates are milliseconds since the epoch, decimals numbers, whole numbers beyond 2^53 texts, UUIDs texts, JSON what it
stands for; lists, maps and records are lists and objects. Folders named \`day=…/\` stand for columns where \`partition\` names them, as
Spark and DuckDB leave them out of the files; Weir's sink keeps its fields there. A folder whose value is not of the type ends the source
(\`WEIR_PARTITION_VALUE\`). A row group that cannot be read is one dead letter; a file without a sound footer ends the source
(\`WEIR_NOT_PARQUET\`).

With \`hdfs\` the files are in HDFS, by a path or glob as of the source \`hdfs\`.`,
  since: '0.1.0',
  options: {
    path: field.path('A file, or a glob that matches several.'),
    partition: field.map(
      'Columns that folders `name=value/` stand for, and their types.',
      field.choice('What it holds.', FOLDER_TYPES),
      {
        default: {},
      },
    ),
    hdfs: hdfsGroup,
  },
  main: 'path',
  refuse({ path, hdfs }) {
    refuseNameNode(hdfs);
    if (hdfs !== undefined) globPattern(path);
  },
  cost: 'the wanted columns of two row groups of memory a subtask',
  references: ['https://parquet.apache.org/docs/file-format/'],
  examples: [
    { title: 'all files of a lake', options: { path: 'lake/**/*.parquet' } },
    {
      title: 'a table of Spark in folders by day',
      options: { path: 'loads/**/*.parquet', partition: { day: 'date' } },
    },
    { title: 'files of HDFS', options: { path: '/events/**/*.parquet', hdfs: { nameNode: 'http://namenode:9870' } } },
  ],
  optOut: {
    'close gives back what open took':
      'an example cannot hold a binary file; test/actors/sinks/parquet.test.ts closes in the middle of one and counts open files',
  },
  bounded: true,
  replayable: true,
  async splits({ path, partition, hdfs }, { parallelism }) {
    const system = systemOf(hdfs);
    const files: ParquetInput[] = [];
    for (const file of await system.find(path)) {
      files.push({ ...(await parquetInput(file, system)), fixed: folderValues(file.path, partition) });
    }
    return lanesOf(files, parallelism);
  },
  create({ hdfs }, context) {
    const remote = hdfs && new WebHdfs(hdfs, context.log);
    return new ParquetReader(context, remote && hdfsFiles(remote), () => remote?.close());
  },
  async connect({ path, partition, hdfs }) {
    const system = systemOf(hdfs);
    const [first] = await system.find(path);
    if (first === undefined) return;
    folderValues(first.path, partition);
    await parquetInput(first, system);
  },
});

/** Files as they are before a run: nothing is tried twice. */
const systemOf = (hdfs: HdfsOptions | undefined) => (hdfs === undefined ? LOCAL_FILES : hdfsFiles(WebHdfs.once(hdfs)));
