import { field, jsonOf, printable, type Row, sink } from '#stage';

/** Text that is gathered before it goes to the terminal, in characters. */
const GATHERED = 16_384;
const LINGER_MS = 50;

/** Shows records on the terminal. */
export default sink({
  summary: 'Show records on standard output, one a line.',
  docs: `As JSON, as \`name=value\` text for people, or in words of your own by \`template\`. Control characters are
shown as escapes (\`\\u001b\`). Lines of one subtask stay in order. After a
crash, lines since the last checkpoint are shown again.`,
  since: '0.1.0',
  options: {
    format: field.choice('How a record is shown.', ['json', 'text'], { default: 'json' }),
    template: field.template('A line as text with ${expression} holes, in place of `format`.', { optional: true }),
  },
  cost: 'one message to the terminal per 16 KiB or 50 ms',
  delivery: 'at-least-once',
  proof: 'test/actors/sinks/stdout.test.ts',
  partition: 'any',
  changes: 'rows',
  examples: [
    { title: 'JSON lines', given: [{ core: 1, load: 0.5 }], expectText: '{"core":1,"load":0.5}\n' },
    {
      title: 'text for people',
      options: { format: 'text' },
      given: [{ core: 1, host: 'web 1' }],
      expectText: 'core=1 host="web 1"\n',
    },
    {
      title: 'in words',
      options: { template: 'core ${core} at ${load * 100} %' },
      given: [{ core: 1, load: 0.5 }],
      expectText: 'core 1 at 50 %\n',
    },
  ],
  create: ({ format, template }, { at, terminal, after }) => {
    let text = '';
    let cancel: (() => void) | undefined;
    const lineOf = (row: Row) => {
      if (template !== undefined) return template.evaluate(row, at);
      return format === 'json' ? jsonOf(row) : plain(row);
    };
    const flush = () => {
      cancel?.();
      cancel = undefined;
      terminal.write(text);
      text = '';
    };
    return {
      write(row) {
        text += `${printable(lineOf(row) ?? 'null')}\n`;
        if (text.length >= GATHERED) flush();
        else cancel ??= after(LINGER_MS, flush);
      },
      busy: () => terminal.busy(),
      async prepare() {
        flush();
      },
      close: flush,
    };
  },
});

function plain(row: Row): string {
  const parts = Object.entries(row).map(([name, value]) => `${name}=${shown(value)}`);
  return parts.join(' ');
}

/** Text stands as it is unless it would be taken for something else. */
function shown(value: unknown): string {
  if (typeof value === 'string') return /^[^\s="]+$/.test(value) ? value : JSON.stringify(value);
  return value === undefined ? 'null' : (jsonOf(value) ?? 'null');
}
