import { field, source } from '#stage';
import { LOCAL_FILES } from '../lib/file/input-files.ts';
import { ParquetFile } from '../lib/parquet/parquet-file.ts';
import { type ParquetInput, type ParquetLane, ParquetReader } from '../lib/parquet/parquet-reader.ts';

/** Reads Parquet files once, from beginning to end. */
export default source({
  summary: 'Read Parquet files once, from beginning to end.',
  docs: `\`path\` is a file or a glob such as \`lake/**/*.parquet\`; the files are read in order of their paths, as they were at the
first start. Their row groups are dealt out to the subtasks in turns, and of each only the columns are read that anything asks for.
Positions are exact to the row; after a crash reading goes on behind the last record of the last checkpoint, and refuses to when
the file is another one (\`WEIR_FILE_CHANGED\`).

Times and dates are milliseconds since the epoch, decimals numbers, whole numbers beyond 2^53 texts, UUIDs texts, JSON what it
stands for; lists, maps and records are lists and objects. Of folders named \`day=…/\` nothing is read: Weir's sink keeps the
fields in the files. A row group that cannot be read is one dead letter; a file without a sound footer ends the source
(\`WEIR_NOT_PARQUET\`).`,
  since: '0.1.0',
  options: {
    path: field.path('A file, or a glob that matches several.'),
  },
  main: 'path',
  cost: 'the wanted columns of two row groups of memory a subtask',
  references: ['https://parquet.apache.org/docs/file-format/'],
  examples: [{ title: 'all files of a lake', options: { path: 'lake/**/*.parquet' } }],
  optOut: {
    'close gives back what open took':
      'an example cannot hold a binary file; test/actors/sinks/parquet.test.ts closes in the middle of one and counts open files',
  },
  bounded: true,
  replayable: true,
  async splits({ path }, { parallelism }) {
    const files: ParquetInput[] = [];
    for (const input of await LOCAL_FILES.find(path)) {
      const file = await ParquetFile.open(input);
      files.push({ ...input, groups: file.rows });
      await file.close();
    }
    const groups = files.reduce((sum, file) => sum + file.groups.length, 0);
    const lanes = Math.max(1, Math.min(parallelism, groups));
    return Array.from({ length: lanes }, (_, lane) => {
      const data: ParquetLane = { files, lane, lanes };
      return { id: String(lane), data };
    });
  },
  create: (_, context) => new ParquetReader(context),
});
