import { codec, field, WeirError } from '#stage';
import { CsvDecoder, type CsvOptions } from '../lib/csv/decoder.ts';
import { csvEncoder } from '../lib/csv/encoder.ts';

interface Options {
  delimiter: string;
  quote: string;
  header: boolean;
  multiline: boolean;
  ragged: boolean;
  columns: CsvOptions['columns'];
  nulls: string[];
}

/** Comma-separated values, RFC 4180, of which only the columns that are read become values. */
export default codec({
  summary: 'Comma-separated values, with or without a header line.',
  docs: `With \`header\` the first line of every file names the columns, and \`columns\` may give types to some of them; without,
\`columns\` names them all, in order. A source without files, such as Kafka, needs \`header: false\`.
Columns without a name, or of one that was there, are numbered; a header that cannot be read, or that lacks one of \`columns\`,
makes all that follows it dead letters.

An \`auto\` column takes an unquoted cell that reads as a JSON number or a truth value for one; whole numbers too long for a double,
leading zeros and quoted cells stay text. A cell that a typed column does not take makes its record a dead letter, as does
another number of cells than columns, unless \`ragged\`. Empty lines are skipped. A record that is not UTF-8 is a dead letter. A quote inside an unquoted cell is a
character like any other.

Encoding quotes what would otherwise be read as something else, so that what is written is read back; lists and objects
become JSON text, dates ISO 8601, bytes Base64. A text with a line end is refused (\`WEIR_LINE_END\`) unless \`multiline\`.`,
  since: '0.1.0',
  options: {
    header: field.flag('The first line of a file names the columns; when writing, begin with such a line.', {
      default: true,
    }),
    columns: field.map(
      'Columns and their types.',
      field.choice('How cells are read.', ['auto', 'text', 'number', 'bool']),
      {
        optional: true,
      },
    ),
    delimiter: field.text('Between two cells; one ASCII character.', { default: ',' }),
    quote: field.text('Around cells that hold delimiters; doubled inside. One ASCII character.', { default: '"' }),
    nulls: field.list('Unquoted cells that are null.', field.text('A cell.'), { default: [''] }),
    multiline: field.flag('Quoted cells may hold line ends. Such a file cannot be split between subtasks.', {
      default: false,
    }),
    ragged: field.flag('Take records with too few cells, the rest being null, or too many, which are left out.', {
      default: false,
    }),
  },
  cost: 'about 0.4 µs for a record of ten columns of which two are read',
  references: ['https://www.rfc-editor.org/rfc/rfc4180'],
  examples: [
    {
      title: 'the header names the fields, types are guessed',
      text: 'id,name,price,sold\r\n1,"Ada ""the first""",2.50,true\r\n007,,,\r\n',
      expect: [
        { id: 1, name: 'Ada "the first"', price: 2.5, sold: true },
        { id: '007', name: null, price: null, sold: null },
      ],
    },
    {
      title: 'columns given, with types',
      options: { header: false, columns: { id: 'text', n: 'number' }, delimiter: ';' },
      text: '1;2\n',
      expect: [{ id: '1', n: 2 }],
    },
    {
      title: 'written with a header',
      options: { columns: { id: 'auto', name: 'auto' } },
      given: [{ id: 1, name: 'a,b' }, { id: '1' }],
      expectText: 'id,name\n1,"a,b"\n"1",\n',
    },
  ],
  splittable: ({ multiline }) => !multiline,
  delimiter: 10,
  decoder(options, { program, out }) {
    const made = check(options);
    if (!made.header && made.columns === undefined) {
      throw new WeirError('WEIR_CSV_COLUMNS', 'csv without a header needs columns');
    }
    const wanted = program.fields && new Set(program.fields.map(([name]) => name ?? ''));
    return new CsvDecoder(made, out, wanted);
  },
  encoder(options, { fields }) {
    const made = check(options);
    return csvEncoder(made, fields ?? (made.columns && Object.keys(made.columns)));
  },
});

function check({ delimiter, quote, nulls, ...rest }: Options): CsvOptions {
  const byte = (name: string, text: string) => {
    if (/^[\t\x20-\x7e]$/.test(text)) return text.charCodeAt(0);
    throw new WeirError('WEIR_CSV_OPTION', `csv: ${name} is one ASCII character, not '${text}'`);
  };
  if (delimiter === quote) throw new WeirError('WEIR_CSV_OPTION', 'csv: delimiter and quote are the same');
  return { ...rest, delimiter: byte('delimiter', delimiter), quote: byte('quote', quote), nulls: new Set(nulls) };
}
