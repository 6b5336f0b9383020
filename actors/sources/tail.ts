import { field, source } from '#stage';
import { TailReader } from '../lib/tail/tail-reader.ts';

/** Follows files as they grow, such as logs. */
export default source({
  summary: 'Follow files as they grow, through rotation.',
  docs: `\`path\` is a file or a glob; a file that is not there yet is waited for. A record counts once its line has ended; one of
several lines, such as a stack trace (\`codec: { lines: { begins: '^\\\\S' } }\`), once the next one has begun, at the latest when nothing has come for
\`recordWait\`.

A file is known by its device, inode and first bytes, not by its name. One that was renamed is read to its end before
it is let go, \`rotateWait\` after it was moved; the new file of the old name is read from its beginning. A file that was cut
(\`copytruncate\`) is read from its beginning; what was written to it since the last look and before the cut is lost.
After a restart reading goes on behind the last record of the checkpoint, also in a file that has been renamed in its folder
meanwhile. Records of several files come in the order in which they are found.

**While the run is down** a file may come and be rotated away before anybody looks: under a \`path\` of one name it is not
found again, and its records are lost; where such files are seen beside it a warning says so. A glob that covers the
rotated names, \`app.log*\`, finds them, as long as they are not compressed.`,
  since: '0.1.0',
  options: {
    path: field.path('A file, or a glob that matches several.'),
    from: field.choice('Where to begin, at the first start, in files that are there.', ['end', 'beginning'], {
      default: 'end',
    }),
    every: field.duration('Look for changes so often, besides being told of them by the system.', {
      default: '1s',
      min: 10,
    }),
    rotateWait: field.duration('Go on reading a file so long after it was moved away.', { default: '5s', min: 0 }),
    recordWait: field.duration('A record of several lines is whole when nothing has come for so long.', {
      default: '1s',
      min: 0,
    }),
    maxRecord: field.bytes('A longer record is a dead letter.', { default: '16MiB', min: 1024, max: 2 ** 30 }),
  },
  main: 'path',
  cost: 'a quarter MiB of memory and an open file for each file',
  examples: [
    {
      title: 'what is there and what comes',
      options: { path: 'app.log', from: 'beginning' },
      text: '{"id": 1}\n{"id": 2}\n',
      expect: [{ id: 1 }, { id: 2 }],
    },
  ],
  codec: 'ndjson',
  bounded: false,
  replayable: true,
  create: ({ path, from, every, rotateWait, recordWait, maxRecord }, context) =>
    new TailReader(context, {
      path,
      from,
      everyMs: every,
      rotateWaitMs: rotateWait,
      recordWaitMs: recordWait,
      maxRecord,
    }),
});
