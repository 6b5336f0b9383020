import {
  compilePair,
  field,
  messageOf,
  type OperatorContext,
  type OptionsOf,
  type Output,
  operator,
  type Row,
  WeirError,
} from '#stage';
import { clusterFields, consistencyField, tableFields } from '../lib/cassandra/options.ts';
import { checkTableName, LAKE_FOLDER } from '../lib/lake/table-name.ts';
import { type Answer, AnswerLine } from '../lib/lookup/answer-line.ts';
import { CassandraSource } from '../lib/lookup/cassandra-source.ts';
import { checkCassandra, checkUrl } from '../lib/lookup/check.ts';
import { HttpSource } from '../lib/lookup/http-source.ts';
import { LakeAnswerer } from '../lib/lookup/lake-answerer.ts';
import { LakeSource } from '../lib/lookup/lake-source.ts';
import type { LookupSource } from '../lib/lookup/source.ts';
import { fileSource, rowsSource } from '../lib/lookup/table-source.ts';
import { copyOf } from '../lib/records/copy-of.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';

/** How answers are kept unless the topology says so. */
const URL_CACHE = { rows: 10_000, for: 60_000, missFor: 10_000 };
const NO_CACHE = { rows: 0, for: 0, missFor: 0 };

const options = {
  rows: field.any('The table itself, a list of records.', { optional: true }),
  file: field.path('A file of records: CSV with a header when its name ends in `.csv`, else NDJSON.', {
    optional: true,
  }),
  url: field.template('What is asked by GET: `http://127.0.0.1:8080/users/${user}`.', { optional: true }),
  lake: field.text('A table of the lake, as the sink `lake` writes it.', { optional: true }),
  cassandra: field.group(
    'A table of a Cassandra cluster.',
    {
      ...tableFields,
      columns: field.list('The columns that are found; by default all.', field.text('A column.'), { optional: true }),
      ...clusterFields,
      consistency: consistencyField,
    },
    { optional: true },
  ),
  on: field.match('What must be equal in the record and in one of `rows` or `file`: `user == id`.', { optional: true }),
  key: field.key(
    'With `lake`: what its rows are kept by, made of the record; with `cassandra`: column → what of the record it is equal to.',
    { optional: true },
  ),
  path: field.path('With `lake`: its folder; by default `data/lake`.', { optional: true }),
  version: field.choice(
    "With `lake`: the latest row at or before the record's event time (by default), or the latest of all.",
    ['as-of', 'latest'],
    { optional: true },
  ),
  as: field.text('Name of the field of what is found.', { default: 'found' }),
  select: field.projection('Output field → expression over both.', { optional: true }),
  required: field.flag('Only records for which something is found go on.', { default: false }),
  ordered: field.flag('Records go on in the order in which they came; else as their answers come.', { default: true }),
  concurrency: field.count('Questions of a subtask at the same time.', {
    unit: 'questions',
    min: 1,
    max: 10_000,
    default: 64,
  }),
  timeout: field.duration('How long to wait for an answer.', { min: 1, default: '5s' }),
  retries: field.count('How often a question is asked again.', { unit: 'times', min: 0, max: 100, default: 3 }),
  onFailure: field.choice(
    'What becomes of a record whose question fails: a dead letter, or one with null.',
    ['dead-letter', 'null'],
    { default: 'dead-letter' },
  ),
  headers: field.map('Further headers of the request.', field.text('Value of the header.'), { default: {} }),
  tls: tlsField,
  cache: field.group(
    'Answers that are kept. By default those of a `url`; a `lake` is asked each time.',
    {
      rows: field.count('How many; 0 for none.', { unit: 'answers', min: 0, max: 1e7, default: 10_000 }),
      for: field.duration('How long an answer is good for.', { min: 0, default: '1m' }),
      missFor: field.duration('How long it is good that there is nothing.', { min: 0, default: '10s' }),
    },
    { optional: true },
  ),
  reload: field.duration('How often to see whether the file has changed; by default never.', {
    min: 1,
    optional: true,
  }),
};

/** Asks outside about each record. */
export default operator({
  summary: 'Add to each record what a table, a file, the lake, Cassandra or a web server says of it.',
  docs: `One of five is asked: \`rows\`, a table in the topology; \`file\`, read when the topology starts, and again when it has
changed, if \`reload\` says so; \`url\`, a web server that answers in JSON, where what stands in the holes is percent-encoded;
\`lake\`, a table that the sink of that name has written in an earlier run, or writes in this one; or \`cassandra\`, a table of a
cluster, of which the first row is found whose columns are equal to \`key\`.
What is found stands in the field that \`as\` names, or null; \`select\` makes other fields: \`{ id: id, name: user.name }\`. Null
asks for nothing and finds nothing; of several rows of a key in a table or file the last one counts. With \`required\` a record for which
nothing is found goes to the side output \`unmatched\`.

A server says by 404, 410 or 204 that there is nothing. Network errors, timeouts, 408, 425, 429 and 5xx are asked again after
longer and longer waits, and fail after \`retries\`; TLS that does not fit, other statuses and answers that are no JSON, or longer than 1 MiB, fail at
once. A question that fails makes the record a dead letter with the code \`WEIR_LOOKUP_HTTP\`, or finds null, as \`onFailure\`
says. With a cache the same question is asked once at a time, and not at all while the answer is known; without one no answer is older
than its question. What is found depends on when it is asked; after a crash records are asked for again.

Of the lake, \`key\` is what the sink's \`key\` is there: of the same type, and the same values in the same order if it has
several. The answer is the latest row of that key at or before the record's event time, or with \`version: latest\` the latest
row of all; of rows of one time the last in their source. Rows are found once the checkpoint that they belong to is committed;
a table that is not there yet has none. \`as-of\` gives the same again in every run only if the rows had been written before.
\`cache\` holds answers back that have become old, so it is off here unless given. A question that has no answer within
\`timeout\` fails, with the code \`WEIR_LOOKUP_LAKE\`; a lake that cannot be read ends the run's present life, and one that
another process has open is \`WEIR_LOCKED\` at the start. \`retries\` and \`headers\` are for web servers.

Of Cassandra, \`key\` names the columns of the partition, all of them, and as many clustering columns behind them as are known. Values
are mapped as by the source and the sink \`cassandra\`, which also have the errors. A cluster that is away is asked again for its
\`retryFor\`; what it refuses then is \`WEIR_LOOKUP_CASSANDRA\`. Its answers are kept as those of a \`url\`.

Watermarks and checkpoints wait for the answers to all records before them, so a record is never late by waiting; a
checkpoint can take as long as a question with all its retries.`,
  since: '0.1.0',
  stateVersion: 1,
  options,
  cost: 'O(1) per record for a table; one question per record that the cache does not answer, up to a batch of records waiting; a lake answers about 35,000 a second, of all subtasks together',
  references: ['RFC 9110, 15: status codes'],
  partition: 'any',
  reads: () => 'all',
  fields: ({ select }) => select?.names,
  types: ({ as, select }) => (select === undefined ? { [as]: 'any' } : {}),
  sees: ({ as }) => ({ select: { also: { [as]: 'any' } } }),
  sides: () => ['unmatched'],
  sideRecords: { unmatched: ['input'] },
  examples: [
    {
      title: 'the name of a currency',
      options: { rows: [{ code: 'EUR', name: 'euro' }], on: 'currency == code', as: 'c', select: { is: 'c.name' } },
      given: [{ currency: 'EUR' }, { currency: 'GBP' }],
      expect: [{ is: 'euro' }, { is: null }],
    },
    {
      title: 'only what is in the table',
      options: { rows: [{ id: 1, ok: true }], on: 'id', required: true },
      given: [{ id: 1 }, { id: 2 }, { id: null }],
      expect: [{ id: 1, found: { id: 1, ok: true } }],
    },
    {
      title: 'users from a service, 200 at a time, kept for five minutes',
      options: { url: 'http://127.0.0.1:8080/users/${user}', as: 'user', concurrency: 200, cache: { for: '5m' } },
    },
    {
      title: 'the price that held when an order was placed, from a table of the lake',
      options: { lake: 'prices', key: 'product', as: 'then', select: { id: 'id', price: 'then.price' } },
    },
    {
      title: 'the owner of a device, from Cassandra',
      options: { cassandra: { keyspace: 'plant', table: 'devices' }, key: { id: 'device' }, as: 'of' },
    },
  ],
  refuse,
  answerer: (given, context) => {
    refuse(given);
    const { lake, path = LAKE_FOLDER } = given;
    return lake === undefined ? undefined : new LakeAnswerer(path, lake, context);
  },
  create: (given, context) => {
    const { as, select, required, ordered, concurrency, onFailure } = given;
    const { at } = context;
    const source = sourceOf(given, context);
    const line = new AnswerLine(context, { concurrency, ordered });
    const pair = select === undefined ? withField(as) : compilePair(select, as);

    const pass = (row: Row, answer: Answer, out: Output) => {
      if ('failed' in answer && onFailure === 'dead-letter') throw new WeirError(answer.code, answer.failed);
      const found = 'failed' in answer ? null : answer.found;
      if (found === null && required) out.side('unmatched', row);
      else out.emit(pair(row, found as Row | null, at));
    };
    /** Others' records may be in hand: theirs is what `at` says again afterwards. */
    const give = (out: Output) =>
      line.give((row, own, answer) => {
        const { time, order, key, retract = false } = at;
        Object.assign(at, own);
        try {
          pass(row, answer, out);
        } catch (error) {
          const code = error instanceof WeirError ? error.code : 'WEIR_STAGE_THREW';
          // Of those who follow: it has been told, or is no fault of the record.
          if (code === 'WEIR_ASSERTION' || code === 'WEIR_STAGE_FAILED') throw error;
          context.deadLetter(row, code, messageOf(error));
        } finally {
          Object.assign(at, { time, order, key, retract });
        }
      });

    return {
      onRecord(row, out) {
        line.add(row, source.questionOf(row, at));
        give(out);
      },
      onWake: give,
      pending: () => line.pending,
      busy: () => line.busy,
      close() {
        line.close();
        source.close();
      },
    };
  },
  connect: async ({ url, cassandra, key, timeout, tls }) => {
    if (url !== undefined) await checkUrl(url, timeout, tls);
    if (cassandra !== undefined && key !== undefined) await checkCassandra(cassandra, key);
  },
});

function withField(as: string): (row: Row, found: unknown) => Row {
  return (row, found) => {
    const made = copyOf(row);
    made[as] = found;
    return made;
  };
}

type Given = OptionsOf<typeof options>;

const SOURCES = ['rows', 'file', 'url', 'lake', 'cassandra'] as const;
/** Which sources an option is of; the others are of all. */
const OF: Partial<Record<keyof Given, readonly (typeof SOURCES)[number][]>> = {
  on: ['rows', 'file'],
  key: ['lake', 'cassandra'],
  tls: ['url'],
  path: ['lake'],
  version: ['lake'],
  reload: ['file'],
};

function refuse(given: Given): void {
  refuseTls(given.tls, false);
  const named = SOURCES.filter((name) => given[name] !== undefined);
  const [source] = named;
  const fault = (what: string) => new WeirError('WEIR_OPTION', what);
  if (source === undefined || named.length > 1) {
    throw fault(
      `give one of rows, file, url, lake and cassandra${source === undefined ? '' : `, not ${named.join(' and ')}`}`,
    );
  }
  for (const [option, of] of Object.entries(OF)) {
    if (given[option as keyof Given] === undefined || of.includes(source)) continue;
    throw fault(`\`${option}\` goes with ${of.join(' or ')}, not with ${source}`);
  }
  if (source === 'rows' && !Array.isArray(given.rows)) throw fault('rows is a list of records');
  if ((source === 'rows' || source === 'file') && given.on === undefined) {
    throw fault('rows and file need `on`: what must be equal, such as `user == id`');
  }
  if (source === 'cassandra' && given.key === undefined) {
    throw fault('cassandra needs `key`: column → what of the record it is equal to');
  }
  if (source !== 'lake') return;
  if (given.key === undefined) throw fault('lake needs `key`: what of the record the rows are kept by');
  checkTableName(given.lake as string);
}

function sourceOf(given: Given, context: OperatorContext): LookupSource {
  refuse(given);
  const { rows, file, url, cassandra, on, key, reload, version = 'as-of' } = given;
  const match = on as NonNullable<typeof on>;
  if (url !== undefined) return new HttpSource(url, { ...given, cache: given.cache ?? URL_CACHE }, context);
  if (file !== undefined) return fileSource(file, match, reload, context);
  if (rows !== undefined) return rowsSource(rows as Row[], match);
  if (cassandra !== undefined) {
    const columns = key as NonNullable<typeof key>;
    return new CassandraSource({ ...cassandra, key: columns, cache: given.cache ?? URL_CACHE }, context);
  }
  const { timeout, cache = NO_CACHE } = given;
  return new LakeSource({ key: key as NonNullable<typeof key>, version, timeout, cache }, context);
}
