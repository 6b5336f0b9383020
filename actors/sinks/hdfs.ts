import { type CommitterContext, field, type OptionsOf, type SinkWriter, sink } from '#stage';
import { PartFolder } from '../lib/files/folder.ts';
import { headerOf } from '../lib/files/header.ts';
import { PartWriter } from '../lib/files/part-writer.ts';
import { partitionPath } from '../lib/files/partition-path.ts';
import { RollingFolder } from '../lib/files/rolling.ts';
import { checkWritable } from '../lib/hdfs/check.ts';
import { hdfsSinkFields, refuseNameNode } from '../lib/hdfs/options.ts';
import { committerAt, hdfsPlace, refuseRelative } from '../lib/hdfs/target.ts';
import { ENDINGS, PackedEncoder, packer } from '../lib/packed/packed-encoder.ts';
import { packedHeader } from '../lib/packed/packed-header.ts';
import { type Zstd, zstdLibrary } from '../lib/packed/zstd.ts';

const options = {
  path: field.text('The folder, from the root on: `/result/`. {name} is a hole for a field of `partition`.'),
  ...hdfsSinkFields,
  codec: field.codec('How records become bytes.', { default: 'ndjson' }),
  partition: field.projection('Fields that make folders, in order.', { optional: true }),
  roll: field.group(
    'When a file ends; by default with each checkpoint.',
    {
      size: field.bytes('At the checkpoint at which it has so many bytes.', { min: 1, optional: true }),
      every: field.duration('At the checkpoint at which it is so old.', { min: 1, optional: true }),
    },
    { optional: true },
  ),
  compression: field.choice('Packs each file, and ends its name in .gz or .zst.', ['none', 'gzip', 'zstd'], {
    default: 'none',
  }),
  maxOpen: field.count('Partitions that a subtask writes to at the same time, each with a buffer of up to 1 MiB.', {
    unit: 'partitions',
    min: 1,
    max: 10_000,
    default: 256,
  }),
};

type Options = OptionsOf<typeof options>;

function refuse({ path, nameNode }: Options): void {
  refuseRelative(path);
  refuseNameNode({ nameNode }, 'nameNode');
}

const folderOf = ({ path, partition }: Options) => partitionPath(path.endsWith('/') ? path : `${path}/`, partition);

/** Writes records to files of HDFS, each exactly once. */
export default sink({
  summary: 'Write records to a folder of files in HDFS, each exactly once, over WebHDFS.',
  docs: `Records are kept on this machine until their checkpoint is durable. Then they are written to HDFS under names that begin with a
dot, which Hadoop, Spark and Hive pass over, and renamed to \`part-<subtask>-<checkpoint>.<codec>\`. A commit that is repeated
after a crash writes the same files again: nothing is lost or written twice. What an earlier run has left under the same path
is replaced by the first checkpoint of a new run; other files stay.

With \`roll\` the parts of many checkpoints are gathered in one hidden file that is appended to, and appears when it is large or
old enough: fewer and larger files, as HDFS wants them. \`partition\` spreads them over folders by their values, as in the sink
\`file\`: \`path: /out/{day}/\`, or without holes \`/out/day=…/\` as Hive names them.

A folder has one writer at a time, which a file \`.weir-writer\` in it names: another topology, here or on another machine, is refused with
\`WEIR_LOCKED\`. What a killed one has left is taken over: at once on its own machine and in its own container (Linux), else when it has not changed
for a minute.

What fails by the network, in safe mode or for want of a DataNode is tried again for \`retryFor\`; meanwhile no checkpoint ends, the
stream goes on, and what it writes gathers on the local disk, up to \`maxPending\`; then the stream waits. Where so much comes between two
checkpoints, the second one begins early. A user or token that is not let in is \`WEIR_HDFS_LOGIN\`.`,
  since: '0.1.0',
  main: 'path',
  codec: 'ndjson',
  options,
  cost: 'one encoding per record; 3 MiB per subtask; at a checkpoint four requests a file, with roll eight and about 0.5 s',
  references: ['Hadoop 3.5: WebHDFS REST API'],
  delivery: 'exactly-once',
  proof: 'test/servers/hdfs.test.ts',
  partition: 'any',
  examples: [
    { title: 'parts of a folder', options: { path: '/result/' } },
    {
      title: 'a folder for each day, files of about a block',
      options: {
        path: '/events/{day}/',
        partition: { day: 'day' },
        roll: { size: '128MiB', every: '10m' },
        user: 'weir',
      },
    },
  ],
  optOut: { examples: 'its files are in HDFS; the test of its proof has some' },
  writes: (given) => hdfsPlace(given, folderOf(given).root),
  refuse,
  create: (given, context) => {
    refuse(given);
    const { compression, maxOpen, maxPending, roll } = given;
    const how = { headers: roll === undefined, maxOpen, maxPending };
    if (compression === 'none') return new PartWriter(context, folderOf(given), how);
    let zstd: Zstd | undefined;
    const encoder = () => new PackedEncoder(context.encoder(), packer(compression, zstd));
    const writer: SinkWriter = new PartWriter(context, folderOf(given), { ...how, encoder });
    if (compression === 'zstd') {
      writer.open = async () => {
        zstd = await zstdLibrary();
      };
    }
    return writer;
  },
  connect: (given) => checkWritable(given, folderOf(given).root),
  committer(given, context: CommitterContext) {
    const { root } = folderOf(given);
    return committerAt(
      given,
      context,
      (disk, rootOf) => {
        const suffix = `.${given.codec.name}${ENDINGS[given.compression]}`;
        const { roll, compression } = given;
        if (roll === undefined) return new PartFolder(disk, rootOf(root), suffix);
        const header = packedHeader(headerOf(context.encoder()), compression);
        return new RollingFolder(disk, rootOf(root), { suffix, header }, roll);
      },
      root,
    );
  },
});
