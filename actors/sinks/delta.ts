import { field, sink, WeirError } from '#stage';
import { writable } from '../lib/connect/writable.ts';
import { checkTable, DeltaCommitter } from '../lib/delta/committer.ts';
import { deltaLog } from '../lib/delta/inputs.ts';
import { readDeltaTable } from '../lib/delta/log.ts';
import { deltaPartitions } from '../lib/delta/schema.ts';
import { DeltaWriter } from '../lib/delta/writer.ts';
import { checkWritable } from '../lib/hdfs/check.ts';
import { refuseNameNode } from '../lib/hdfs/options.ts';
import { committerAt, hdfsSinkGroup, refuseRelative } from '../lib/hdfs/target.ts';
import { WebHdfs } from '../lib/hdfs/web-hdfs.ts';
import { type ColumnSpec, type ColumnType, columnsOf, TYPES } from '../lib/parquet/schema.ts';

/** The table's columns: JSON is a text there. */
function tableColumns(schema: Readonly<Record<string, ColumnType>>): ColumnSpec[] {
  const columns = columnsOf(schema) ?? [];
  return columns.map(({ name, type }) => ({ name, type: type === 'json' ? 'json-text' : type }));
}

/** Types whose values make folders that every reader takes for the same value. */
const FOLDERS: readonly ColumnType[] = ['text', 'int', 'bool', 'date'];

/** Adds records to a Delta Lake table, each exactly once. */
export default sink({
  summary: 'Add records to a Delta Lake table on this disk or in HDFS, each exactly once.',
  docs: `Each checkpoint is one commit of the table's log, which carries the number of the checkpoint as its transaction
(\`txn\`): a commit that is repeated after a crash finds itself in the log and does nothing. The table is made by the first commit
and is added to by each run, which has a transaction id of its own. Others may write the table at the same time: a commit never takes
another one's place in the log, and comes behind it. With \`hdfs\` the table is in HDFS, reached over WebHDFS: files are written under
hidden names and renamed, which keeps both promises there too. Every ten versions, or as many as \`delta.checkpointInterval\` of the table
says, the log is summed up in a checkpoint, from which readers go on.

The columns and their types are those of sink \`parquet\`, with JSON as a text; \`partition\` names columns whose values make
folders (\`text\`, \`int\`, \`bool\` or \`date\`; an empty text is null there). Files that no commit names, of a run that was given up, are what
vacuum removes. A table of other columns or partitions is refused (\`WEIR_DELTA_SCHEMA\`), as is one that asks its writers for more
than version 2 of the protocol (\`WEIR_DELTA_PROTOCOL\`).`,
  since: '0.1.0',
  main: 'path',
  options: {
    path: field.path('The folder of the table; ends in `/`.'),
    hdfs: hdfsSinkGroup,
    schema: field.map('Columns and their types.', field.choice('What it holds.', TYPES)),
    partition: field.list('Columns that make folders, in order.', field.text('A column.'), { default: [] }),
    compression: field.choice('How pages are made smaller.', ['none', 'snappy', 'gzip', 'zstd'], { default: 'snappy' }),
    rowGroup: field.count('Rows of a row group at most.', { unit: 'rows', min: 1, max: 10_000_000, default: 65_536 }),
    maxOpen: field.count('Partitions that a subtask writes to at the same time, each with a row group in memory.', {
      unit: 'partitions',
      min: 1,
      max: 10_000,
      default: 64,
    }),
  },
  cost: 'as sink parquet; each commit reads the log from its last checkpoint on',
  references: ['https://github.com/delta-io/delta/blob/master/PROTOCOL.md'],
  delivery: 'exactly-once',
  proof: 'test/actors/sinks/delta.test.ts',
  partition: 'any',
  optOut: {
    'crashes keep its promise':
      'files and log bear a number of the run that no two runs share; test/actors/sinks/delta.test.ts crashes it and reads the rows',
  },
  refuse({ path, schema, partition, hdfs }) {
    refuseNameNode(hdfs);
    if (hdfs !== undefined) refuseRelative(path);
    if (!path.endsWith('/')) throw new WeirError('WEIR_OPTION', 'path is the folder of a table: it must end in /');
    const columns = tableColumns(schema);
    deltaPartitions(path, columns, partition);
    const odd = columns.find(({ name, type }) => partition.includes(name) && !FOLDERS.includes(type));
    if (odd !== undefined)
      throw new WeirError('WEIR_OPTION', `partition: ${odd.name} is of type ${odd.type}, not ${FOLDERS.join(', ')}`);
    if (partition.length >= columns.length)
      throw new WeirError('WEIR_OPTION', 'partition leaves no column for the files');
  },
  examples: [
    {
      title: 'a table in folders by day',
      options: { path: 'events/', schema: { id: 'int', day: 'date', load: 'number' }, partition: ['day'] },
      given: [
        { id: 1, day: '2024-05-01', load: 0.5 },
        { id: 2, day: '2024-05-02', load: null },
      ],
    },
    {
      title: 'a table in HDFS',
      options: { path: '/lake/events/', hdfs: { user: 'weir' }, schema: { id: 'int', load: 'number' } },
    },
  ],
  create: ({ path, schema, partition, compression, rowGroup, maxOpen, hdfs }, context) => {
    const columns = tableColumns(schema);
    const options = { columns, compression, groupRows: rowGroup, maxOpen, maxPending: hdfs?.maxPending };
    return new DeltaWriter(context, deltaPartitions(path, columns, partition), options);
  },
  async connect({ path, schema, partition, hdfs }) {
    await (hdfs === undefined ? writable(path) : checkWritable(hdfs, path));
    const remote = hdfs && WebHdfs.once(hdfs);
    checkTable(await readDeltaTable(deltaLog(remote), path), path, tableColumns(schema), partition);
  },
  committer: ({ path, schema, partition, hdfs }, context) =>
    committerAt(
      hdfs,
      context,
      (disk, rootOf) => new DeltaCommitter({ disk, log: context.log }, rootOf(path), tableColumns(schema), partition),
    ),
});
