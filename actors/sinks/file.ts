import {
  type Disk,
  field,
  keyFunction,
  type OptionsOf,
  type SinkContext,
  type SinkWriter,
  sink,
  WeirError,
} from '#stage';
import { PartFolder } from '../lib/files/folder.ts';
import { headerOf } from '../lib/files/header.ts';
import { OneFile } from '../lib/files/one-file.ts';
import { PartWriter } from '../lib/files/part-writer.ts';
import { partitionPath } from '../lib/files/partition-path.ts';
import { RollingFolder } from '../lib/files/rolling.ts';
import { ENDINGS, type Pack, PackedEncoder, packer } from '../lib/packed/packed-encoder.ts';
import { packedHeader } from '../lib/packed/packed-header.ts';
import { type Zstd, zstdLibrary } from '../lib/packed/zstd.ts';
import { UpsertCommitter } from '../lib/upsert/committer.ts';
import { UpsertWriter } from '../lib/upsert/writer.ts';

const options = {
  path: field.path('The file, or a folder if it ends in `/`. {name} is a hole for a field of `partition`.'),
  codec: field.codec('How records become bytes.', { default: 'ndjson' }),
  mode: field.choice('Whether every record is a line, or every key.', ['append', 'upsert'], { default: 'append' }),
  key: field.key('What is one line with `mode: upsert`; by default the key of the stream.', { optional: true }),
  publish: field.duration('Shortest time between two versions of the file with `mode: upsert`.', {
    min: 0,
    default: '10s',
  }),
  partition: field.projection('Fields that make folders, in order.', { optional: true }),
  roll: field.group(
    'When a file of a folder ends; by default with each checkpoint.',
    {
      size: field.bytes('At the checkpoint at which it has so many bytes.', { min: 1, optional: true }),
      every: field.duration('At the checkpoint at which it is so old.', { min: 1, optional: true }),
    },
    { optional: true },
  ),
  compression: field.choice(
    'Packs each file; name it .gz or .zst, as the parts of a folder are.',
    ['none', 'gzip', 'zstd'],
    { default: 'none' },
  ),
  maxOpen: field.count(
    'Partitions that a subtask writes to at the same time, each with a buffer of up to 1 MiB. With more of them the one that waited longest ends its file, and begins another when its next record comes: many small files.',
    { unit: 'partitions', min: 1, max: 10_000, default: 256 },
  ),
};

type Options = OptionsOf<typeof options>;

const inFolder = ({ path }: Options) => path.endsWith('/');

function refuse({ path, mode, key, partition, roll, compression }: Options): void {
  const folder = path.endsWith('/');
  const wrong =
    mode === 'upsert'
      ? (folder && 'mode: upsert keeps one file: its path must not end in /') ||
        ((compression === 'gzip' || compression === 'zstd') &&
          'mode: upsert keeps a file that can be read line by line: it is not compressed') ||
        ((partition || roll) && 'mode: upsert keeps one file, which is neither partitioned nor rolled')
      : (key && 'key is for mode: upsert') ||
        (!folder && partition && 'partition makes folders: the path must end in /') ||
        (!folder && roll && 'roll makes many files: the path must end in /, as a folder');
  if (wrong) throw new WeirError('WEIR_OPTION', wrong);
}

/** Writes records to files, each exactly once. */
export default sink({
  summary: 'Write records to one file or to a folder of files, each exactly once.',
  docs: `Bytes become visible when their checkpoint is durable, so nothing is lost or written twice at a crash. What an earlier
run has left under the same path is replaced by the first checkpoint of a new run (a run that resumes goes on writing).

- **A path such as \`out.ndjson\`** is one file, appended to at each checkpoint.
- **One run at a time** writes a file or folder: another is refused at its start (\`WEIR_LOCKED\`), and so is a second sink
  that reaches it by another name.
- **A device, pipe or folder** is refused at the start (\`WEIR_NOT_A_FILE\`).
- **A path that ends in \`/\`** is a folder of parts, \`part-<subtask>-<checkpoint>.ndjson\`, which appear whole. With \`roll\` the parts
  of many checkpoints are gathered in one file that appears when it is large or old enough.
- **\`partition\`** spreads the parts over folders by their values: \`path: out/{day}/{minute}/\`, or without holes in the path
  \`out/day=…/minute=…/\` as Hive names them. Missing values and empty texts go to \`null\`, behind
  \`day=\` to \`__HIVE_DEFAULT_PARTITION__\`;
  a record whose folder would have a longer name than disks take is a dead letter, \`WEIR_PATH_TOO_LONG\`.
- **\`compression\`** packs what is written, a member of gzip or a frame of zstd for each MiB and each checkpoint; such a file is read as one.
- **\`mode: upsert\`** keeps one line for each key, the latest by event time, then by order in the source. Versions go to a log
  in \`<path>.upserts/\`; the file itself is replaced at most every \`publish\`, less often when it is large (64 MiB per interval on
  average), and at the end.`,
  since: '0.1.0',
  main: 'path',
  codec: 'ndjson',
  options,
  cost: 'one encoding per record; 3 MiB per subtask; upsert: 50,000 records per subtask, and about 150 MiB while it publishes',
  delivery: 'exactly-once',
  proof: 'test/actors/sinks/file.test.ts',
  partition: (options) => {
    refuse(options);
    if (options.mode === 'append') return 'any';
    return options.key === undefined ? 'key' : { by: options.key };
  },
  writes: ({ path, partition }) => (path.endsWith('/') ? partitionPath(path, partition).root : path),
  changes: ({ mode }) => (mode === 'upsert' ? 'upserts' : undefined),
  changesIf: { upserts: 'its `mode` is `upsert`' },
  examples: [
    {
      title: 'every record a line',
      options: { path: 'out.ndjson' },
      given: [{ id: 1 }, { id: 2 }],
      expectText: '{"id":1}\n{"id":2}\n',
    },
    {
      title: 'one line per key',
      options: { path: 'out.ndjson', mode: 'upsert', key: 'id' },
      given: [
        { id: 1, n: 1 },
        { id: 2, n: 1 },
        { id: 1, n: 2 },
      ],
      expectText: '{"id":1,"n":2}\n{"id":2,"n":1}\n',
    },
  ],
  create: (options, context) => {
    let zstd: Zstd | undefined;
    const writer = writerOf(options, context, () => packer(options.compression, zstd));
    const load = async () => {
      if (options.compression === 'zstd') zstd = await zstdLibrary();
      if (!inFolder(options)) await checkFile(options.path, context.disk);
    };
    if (options.compression === 'zstd' || !inFolder(options)) writer.open = load;
    return writer;
  },
  committer: (options, { disk, encoder }) => {
    const { path, roll } = options;
    const header = packedHeader(headerOf(encoder()), options.compression);
    if (options.mode === 'upsert') return new UpsertCommitter(disk, path, header, options.publish);
    if (!inFolder(options)) return new OneFile(disk, path, header);
    const { root } = partitionPath(path, options.partition);
    const suffix = `.${options.codec.name}${ENDINGS[options.compression]}`;
    return roll === undefined
      ? new PartFolder(disk, root, suffix)
      : new RollingFolder(disk, root, { suffix, header }, roll);
  },
});

function writerOf(options: Options, context: SinkContext, pack: () => Pack): SinkWriter {
  refuse(options);
  if (options.mode === 'upsert') {
    if (options.key === undefined && context.keyNames.length === 0) {
      throw new WeirError('WEIR_OPTION', 'mode: upsert needs a key: name one, or put a key step before the sink');
    }
    return new UpsertWriter(context, options.key === undefined ? (_, at) => at.key : keyFunction(options.key));
  }
  const paths = partitionPath(options.path, options.partition);
  const headers = inFolder(options) && options.roll === undefined;
  const { maxOpen, compression } = options;
  if (compression === 'none') return new PartWriter(context, paths, { headers, maxOpen });
  const encoder = () => new PackedEncoder(context.encoder(), pack());
  return new PartWriter(context, paths, { headers, maxOpen, encoder });
}

/** Told before anything is read: a device can be neither cut nor synced nor replaced, so nothing would be exactly once. */
async function checkFile(path: string, disk: Disk): Promise<void> {
  try {
    await disk.size(path);
  } catch (cause) {
    if (!(cause instanceof WeirError) || cause.code !== 'WEIR_NOT_A_FILE') throw cause;
    const advice = 'name a file, or a folder by a / at its end; sink null drops records, stdout prints them';
    throw new WeirError(cause.code, `option path: ${cause.message}: ${advice}`, { cause, data: { path } });
  }
}
