import { codec } from '#stage';
import { lineDecoder } from '../lib/text/lines.ts';

/** Lines of text: log files, the output of programs. */
export default codec({
  summary: 'Lines of text, each a record with the one field `line`.',
  docs: 'Text is UTF-8. The carriage return of `\\r\\n` is taken off, empty lines are skipped. Encoding writes the field `line`.',
  since: '0.1.0',
  options: {},
  cost: 'about 0.15 µs a line',
  examples: [
    {
      title: 'a record a line',
      text: 'first line\r\n\nsecond\n',
      expect: [{ line: 'first line' }, { line: 'second' }],
    },
    { title: 'the field is the line', given: [{ line: 'first line' }], expectText: 'first line\n' },
  ],
  splittable: true,
  delimiter: 10,
  decoder: (_, { out }) => lineDecoder((b, s, e, order) => out.accept({ line: b.utf8Slice(s, e) }, order)),
  encoder: () => ({ encode: ({ line }, into) => into.text(`${line ?? ''}\n`) }),
});
