import { field, source } from '#stage';
import { FileReader, lanesOf } from '../lib/file/file-reader.ts';
import { LOCAL_FILES } from '../lib/file/input-files.ts';
import { maxRatioField } from '../lib/file/max-ratio.ts';

/** Reads files once, from beginning to end. */
export default source({
  summary: 'Read files once, from beginning to end.',
  docs: `\`path\` is a file or a glob such as \`logs/*.ndjson\`; the files are read in order of their paths, each with the size it
had at the first start. A name that ends in \`.gz\` or \`.zst\` is unpacked, all its members or frames one after the other. Where it is cut, corrupt or
not in that format, what stands before the fault is read, and the rest of the file is one dead letter with the place of the fault; so is
what follows the last member, other than zeros of gzip. So is a file that unpacks to more than \`maxRatio\` times its size. Frames
of zstd whose window is beyond 128 MiB, or that need a dictionary, are not read.

The files are dealt out to the subtasks in interleaved chunks, so that all of them move through the input side by side and
event time stays nearly ordered. A record belongs to the chunk that it begins in. Compressed files, and files of a codec that
cannot begin in the middle, are dealt out whole. Positions are exact to the byte; after a crash reading goes on behind the
last record of the last checkpoint, and refuses to when the file is another one (\`WEIR_FILE_CHANGED\`).`,
  since: '0.1.0',
  options: {
    path: field.path('A file, or a glob that matches several.'),
    chunk: field.bytes('Dealt out to a subtask at a time.', { default: '1MiB', min: 1, max: 64 * 2 ** 20 }),
    maxRecord: field.bytes(
      'A longer record is a dead letter. For a codec that reads whole documents, the longest one.',
      {
        default: '16MiB',
        min: 1024,
        max: 2 ** 30,
      },
    ),
    maxRatio: maxRatioField,
  },
  main: 'path',
  cost: 'three chunks of memory a subtask; reading goes on while decoding',
  examples: [
    {
      title: 'records of a file',
      options: { path: 'in.ndjson' },
      text: '{"id": 1}\n{"id": 2}',
      expect: [{ id: 1 }, { id: 2 }],
    },
  ],
  codec: 'ndjson',
  bounded: true,
  replayable: true,
  async splits({ path, chunk }, { parallelism, splittable }) {
    const files = await LOCAL_FILES.find(path);
    return lanesOf(files, { parallelism, splittable, chunk });
  },
  create: ({ maxRecord, maxRatio }, context) => new FileReader(context, { maxRecord, maxRatio }),
});
