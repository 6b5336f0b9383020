import { codec, field, type Row, regexProblem, WeirError } from '#stage';
import { firstLine, lineDecoder, multiLineDecoder, type TextBuffer } from '../lib/text/lines.ts';
import { LOG_PATTERNS, type LogPattern } from '../lib/text/log-patterns.ts';

/** Lines taken apart by a regular expression with named groups, or by one of the ready patterns. */
export default codec({
  summary: 'Lines of text taken apart by a regular expression with named groups.',
  docs: `\`pattern\` is a regular expression of JavaScript with named groups, or the name of a ready one:

| name | lines of | fields |
|---|---|---|
| \`apache-common\` | Apache's common log | host ident user time method path protocol request status bytes |
| \`apache-combined\`, \`nginx\` | the combined log, nginx's default | the same, referer agent |
| \`syslog-3164\` | BSD syslog (RFC 3164) | pri facility severity time host app pid message |
| \`syslog-5424\` | syslog (RFC 5424) | pri facility severity version time host app pid message_id data message |
| \`sshd\` | sshd in the system's log | time host app pid message event method user address port |
| \`kernel\` | the kernel, of dmesg or the system's log | pri facility severity time host uptime message |

Each group becomes a field; one that took no part, and a lone \`-\` in a ready pattern, is null. The time of an access log is
in milliseconds, null where it is none (\`31/Feb\`); a priority above 191 is none, and its line does not match; the time of RFC 3164 has no year and stays text, as do those of \`sshd\` and \`kernel\`. The \`event\` of sshd is accepted, failed, invalid-user, disconnected,
closed, opened, or null; \`uptime\` is in seconds. Empty lines are skipped, bytes that are not UTF-8 become
U+FFFD, a line that does not match is a dead letter. A pattern of your own is refused when a line can take exponential time,
as with nested repetition (\`(a+)+\`), or when it refers back to a group. With \`begins\` a record may have several lines, which \`[^]\` matches as
well as what stands in one.`,
  since: '0.1.0',
  options: {
    pattern: field.text('A regular expression with named groups, or the name of a ready pattern.'),
    numbers: field.list(
      'Groups that are numbers, besides those of a ready pattern. What is no number is null.',
      field.text('A group.'),
      {
        default: [],
      },
    ),
    begins: field.text(
      'A record begins with a line that this regular expression matches; lines that follow belong to it.',
      {
        optional: true,
      },
    ),
  },
  main: 'pattern',
  cost: 'one run of the regular expression a line',
  references: [
    'https://httpd.apache.org/docs/current/logs.html',
    'https://www.rfc-editor.org/rfc/rfc3164',
    'https://www.rfc-editor.org/rfc/rfc5424',
  ],
  examples: [
    {
      title: 'groups become fields',
      options: { pattern: '^(?<name>\\w+)=(?<value>.*)$', numbers: ['value'] },
      text: 'load=0.5\nname=x\n',
      expect: [
        { name: 'load', value: 0.5 },
        { name: 'name', value: null },
      ],
    },
    {
      title: 'a stack trace is of the line before it',
      options: { pattern: '^(?<kind>\\w+): (?<text>[^]*)$', begins: '^\\S' },
      text: 'Error: no\n    at a.js:1\n    at b.js:2\nInfo: yes\n',
      expect: [
        { kind: 'Error', text: 'no\n    at a.js:1\n    at b.js:2' },
        { kind: 'Info', text: 'yes' },
      ],
    },
    {
      title: 'an access log',
      options: { pattern: 'apache-common' },
      text: '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326\n',
      expect: [
        {
          host: '127.0.0.1',
          ident: null,
          user: 'frank',
          time: 971211336000,
          method: 'GET',
          path: '/a.gif',
          protocol: 'HTTP/1.0',
          request: null,
          status: 200,
          bytes: 2326,
        },
      ],
    },
  ],
  refuse({ pattern, begins }) {
    if (begins !== undefined) firstLine(begins);
    if (!Object.hasOwn(LOG_PATTERNS, pattern)) compile(pattern);
  },
  splittable: ({ begins }) => begins === undefined,
  delimiter: 10,
  decoder({ pattern, numbers, begins }, { out }) {
    const ready: LogPattern | undefined = Object.hasOwn(LOG_PATTERNS, pattern) ? LOG_PATTERNS[pattern] : undefined;
    const expression = ready?.pattern ?? compile(pattern);
    const numeric = new Set([...(ready?.numbers ?? []), ...numbers]);
    const take = (b: TextBuffer, s: number, e: number, order: number) => {
      const groups = expression.exec(b.utf8Slice(s, e))?.groups;
      if (groups === undefined) {
        out.malformed(Buffer.from(b.subarray(s, e)), `does not match ${ready ? pattern : `/${pattern}/`}`, order);
        return;
      }
      const row: Row = {};
      for (const name in groups) {
        const text = groups[name];
        if (text === undefined || (ready !== undefined && text === '-')) row[name] = null;
        // A pattern can cut a character in two.
        else row[name] = numeric.has(name) ? number(text) : text.toWellFormed();
      }
      ready?.refine?.(row);
      out.accept(row, order);
    };
    return begins === undefined ? lineDecoder(take) : multiLineDecoder(firstLine(begins), take);
  },
});

function compile(pattern: string): RegExp {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch (cause) {
    throw new WeirError('WEIR_REGEX', `'${pattern}' is no regular expression: ${(cause as Error).message}`, { cause });
  }
  if (!/\(\?<[^=!]/.test(pattern)) {
    const ready = Object.keys(LOG_PATTERNS).join(', ');
    throw new WeirError('WEIR_REGEX', `'${pattern}' has no named group (?<name>…) and is none of ${ready}`);
  }
  if (pattern.includes('(?<__proto__>')) {
    throw new WeirError('WEIR_REGEX', `'${pattern}': a field may not be named __proto__`);
  }
  const problem = regexProblem(pattern, '');
  if (problem !== undefined) {
    const advice = problem.expected === undefined ? '' : ` (${problem.expected})`;
    throw new WeirError('WEIR_REGEX', `'${pattern}': ${problem.what}${advice}`);
  }
  return expression;
}

function number(text: string): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
