import { codec, field, textOf, WeirError } from '#stage';
import { firstLine, lineDecoder, multiLineDecoder, type TextBuffer } from '../lib/text/lines.ts';

/** Lines of text: log files, the output of programs. */
export default codec({
  summary: 'Lines of text, each a record with the one field `line`.',
  docs: `Text is UTF-8; what is not becomes U+FFFD, since a log line with an odd byte is a log line still. A carriage return before the line feed is taken off, empty lines are skipped. With \`begins\` a record may
have several lines, such as a stack trace: \`begins: '^\\\\d{4}-'\`. Encoding writes the field
\`line\`, what is no text as \`text()\` has it; a text of several lines is refused (\`WEIR_LINE_END\`), since it would come back as several records.`,
  since: '0.1.0',
  options: {
    begins: field.text(
      'A record begins with a line that this regular expression matches; lines that follow belong to it.',
      {
        optional: true,
      },
    ),
  },
  cost: 'about 0.15 µs a line',
  examples: [
    {
      title: 'a record a line',
      text: 'first line\r\n\nsecond\n',
      expect: [{ line: 'first line' }, { line: 'second' }],
    },
    { title: 'the field is the line', given: [{ line: 'first line' }], expectText: 'first line\n' },
  ],
  refuse: ({ begins }) => void (begins === undefined || firstLine(begins)),
  splittable: ({ begins }) => begins === undefined,
  delimiter: 10,
  decoder: ({ begins }, { out }) => {
    const take = (b: TextBuffer, s: number, e: number, order: number) => out.accept({ line: b.utf8Slice(s, e) }, order);
    return begins === undefined ? lineDecoder(take) : multiLineDecoder(firstLine(begins), take);
  },
  encoder: () => ({
    encode({ line }, into) {
      const text = textOf(line) ?? '';
      if (text.includes('\n'))
        throw new WeirError('WEIR_LINE_END', 'the line has a line end inside: write it as ndjson');
      into.text(`${text}\n`);
    },
  }),
});
