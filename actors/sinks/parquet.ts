import { field, sink, WeirError } from '#stage';
import { writable } from '../lib/connect/writable.ts';
import { PartFolder } from '../lib/files/folder.ts';
import { partitionPath } from '../lib/files/partition-path.ts';
import { RollingFolder } from '../lib/files/rolling.ts';
import { checkWritable } from '../lib/hdfs/check.ts';
import { refuseNameNode } from '../lib/hdfs/options.ts';
import { committerAt, hdfsPlace, hdfsSinkGroup, refuseRelative } from '../lib/hdfs/target.ts';
import { columnsOf, TYPES } from '../lib/parquet/schema.ts';
import { parquetShape } from '../lib/parquet/shape.ts';
import { ParquetSinkWriter } from '../lib/parquet/sink-writer.ts';

/** Writes records to Parquet files, each exactly once. */
export default sink({
  summary: 'Write records to a folder of Parquet files, each exactly once.',
  docs: `Files appear whole when their checkpoint is durable, so nothing is lost or written twice at a crash. What an earlier run
has left under the same path is replaced by the first checkpoint of a new run (a run that resumes goes on writing).

- **By default** each checkpoint gives a file for each subtask, \`part-<subtask>-<checkpoint>.parquet\`. With \`roll\` the row groups of
  many checkpoints are gathered in one file that appears when it is large or old enough, or at the end.
- **\`partition\`** spreads the files over folders by their values, \`day=…/minute=…/\` as Hive names them, or by holes in the
  path. The fields stay in the files. A record whose folder would have a longer name than disks take is a dead letter.
- **\`schema\`** names the columns and their types; other fields are left out. Without it the columns are those of the first records
  of a file (up to \`rowGroup\` of them): texts, numbers (doubles), truth values, dates (as \`time\`), bytes, and lists and objects as JSON.
  A field that comes later, with a value, makes its record a dead letter, \`WEIR_COLUMN_NEW\`.
- **\`hdfs\`** puts the files in HDFS, over WebHDFS, as the sink \`hdfs\` does.
- **A value that its column does not take** makes its record a dead letter, \`WEIR_COLUMN_TYPE\`. Every column takes null.

| type | takes | in Parquet |
|---|---|---|
| text | texts | STRING |
| number | numbers | DOUBLE |
| int | whole numbers up to 2^53 | INT64 |
| bool | truth values | BOOLEAN |
| time | milliseconds since the epoch, dates, ISO 8601 | TIMESTAMP in milliseconds, UTC |
| date | as time, cut to its day in UTC | DATE |
| bytes | bytes | BYTE_ARRAY |
| json | anything | JSON |

Texts that repeat are written as a dictionary; each row group has the bounds of its numbers and counts its nulls.`,
  since: '0.1.0',
  main: 'path',
  options: {
    path: field.path('The folder; ends in `/`. {name} is a hole for a field of `partition`.'),
    hdfs: hdfsSinkGroup,
    schema: field.map('Columns and their types.', field.choice('What it holds.', TYPES), { optional: true }),
    partition: field.projection('Fields that make folders, in order.', { optional: true }),
    compression: field.choice('How pages are made smaller.', ['none', 'snappy', 'gzip', 'zstd'], { default: 'snappy' }),
    rowGroup: field.count('Rows of a row group at most.', { unit: 'rows', min: 1, max: 10_000_000, default: 65_536 }),
    roll: field.group(
      'When a file ends; by default with each checkpoint.',
      {
        size: field.bytes('At the checkpoint at which it has so many bytes.', { min: 1, optional: true }),
        every: field.duration('At the checkpoint at which it is so old.', { min: 1, optional: true }),
      },
      { optional: true },
    ),
    maxOpen: field.count(
      'Partitions that a subtask writes to at the same time, each with a row group in memory. With more of them the one that waited longest ends its file.',
      { unit: 'partitions', min: 1, max: 10_000, default: 64 },
    ),
  },
  cost: 'about 1 µs per record of seven columns; a row group per open partition in memory, 32 MiB at most',
  references: ['https://parquet.apache.org/docs/file-format/'],
  delivery: 'exactly-once',
  proof: 'test/actors/sinks/parquet.test.ts',
  partition: 'any',
  writes({ path, partition, hdfs }) {
    const { root } = partitionPath(path, partition);
    return hdfs === undefined ? root : hdfsPlace(hdfs, root);
  },
  refuse({ path, schema, hdfs }) {
    refuseNameNode(hdfs);
    if (hdfs !== undefined) refuseRelative(path);
    if (!path.endsWith('/')) throw new WeirError('WEIR_OPTION', 'path is a folder of files: it must end in /');
    columnsOf(schema);
  },
  examples: [
    {
      title: 'typed columns in folders by day',
      options: { path: 'out/', schema: { id: 'int', day: 'text', load: 'number' }, partition: ['day'] },
      given: [
        { id: 1, day: '2024-05-01', load: 0.5 },
        { id: 2, day: '2024-05-02', load: null },
      ],
    },
    {
      title: 'the row groups of many checkpoints in one file',
      options: { path: 'out/', roll: { size: '64MiB', every: '10m' } },
      given: [{ id: 1, tags: ['a', 'b'], at: '2024-05-01' }, { id: 2 }],
    },
    { title: 'files in HDFS', options: { path: '/events/', hdfs: { nameNode: 'http://namenode:9870', user: 'weir' } } },
  ],
  create: ({ path, schema, partition, compression, rowGroup, roll, maxOpen, hdfs }, context) =>
    new ParquetSinkWriter(context, partitionPath(path, partition), {
      columns: columnsOf(schema),
      compression,
      groupRows: rowGroup,
      whole: roll === undefined,
      maxOpen,
      maxPending: hdfs?.maxPending,
    }),
  connect({ path, partition, hdfs }) {
    const { root } = partitionPath(path, partition);
    return hdfs === undefined ? writable(root) : checkWritable(hdfs, root);
  },
  committer({ path, partition, compression, roll, hdfs }, context) {
    const { root } = partitionPath(path, partition);
    return committerAt(
      hdfs,
      context,
      (disk, rootOf) =>
        roll === undefined
          ? new PartFolder(disk, rootOf(root), '.parquet')
          : new RollingFolder(disk, rootOf(root), parquetShape(compression), roll),
      root,
    );
  },
});
