import { setMaxListeners } from 'node:events';
import {
  type At,
  compilePair,
  field,
  type Key,
  messageOf,
  type OperatorContext,
  type OptionsOf,
  type Output,
  operator,
  type Row,
  WeirError,
} from '#stage';
import { matchKey } from '../lib/keys/match-key.ts';
import { AnswerCache } from '../lib/lookup/answer-cache.ts';
import { type Answer, AnswerLine, type Question } from '../lib/lookup/answer-line.ts';
import { FileTable } from '../lib/lookup/file-table.ts';
import { askHttp } from '../lib/lookup/http-question.ts';
import { urlTemplate } from '../lib/lookup/url-template.ts';
import { copyOf } from '../lib/records/copy-of.ts';

const options = {
  rows: field.any('The table itself, a list of records.', { optional: true }),
  file: field.path('A file of records: CSV with a header when its name ends in `.csv`, else NDJSON.', {
    optional: true,
  }),
  url: field.template('What is asked by GET: `http://127.0.0.1:8080/users/${user}`.', { optional: true }),
  on: field.match('What must be equal in the record and in one of `rows` or `file`: `user == id`.', { optional: true }),
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
  cache: field.group(
    'Answers that are kept, by URL.',
    {
      rows: field.count('How many; 0 for none.', { unit: 'answers', min: 0, max: 1e7, default: 10_000 }),
      for: field.duration('How long an answer is good for.', { min: 0, default: '1m' }),
      missFor: field.duration('How long it is good that there is nothing.', { min: 0, default: '10s' }),
    },
    { default: {} },
  ),
  reload: field.duration('How often to see whether the file has changed; by default never.', {
    min: 1,
    optional: true,
  }),
};

/** What is asked for each record. */
interface Source {
  /** Throws for a record that nothing can be asked for. */
  questionOf(row: Row, at: At): Question;
  close(): void;
}

/** Asks outside about each record. */
export default operator({
  summary: 'Add to each record what a table, a file or a web server says of it.',
  docs: `One of three is asked: \`rows\`, a table in the topology; \`file\`, read when the topology starts, and again when it has
changed, if \`reload\` says so; or \`url\`, a web server that answers in JSON, where what stands in the holes is percent-encoded.
What is found stands in the field that \`as\` names, or null; \`select\` makes other fields: \`{ id: id, name: user.name }\`. Null
asks for nothing and finds nothing; of several rows of a key the last one counts. With \`required\` a record for which
nothing is found goes to the side output \`unmatched\`.

A server says by 404, 410 or 204 that there is nothing. Network errors, timeouts, 408, 425, 429 and 5xx are asked again after
longer and longer waits, and fail after \`retries\`; other statuses and answers that are no JSON, or longer than 1 MiB, fail at
once. A question that fails makes the record a dead letter with the code \`WEIR_LOOKUP_HTTP\`, or finds null, as \`onFailure\`
says. The same question is asked once at a time, and not at all while the cache knows the answer. What is found depends on
when it is asked; after a crash records are asked for again.

Watermarks and checkpoints wait for the answers to all records before them, so a record is never late by waiting; a
checkpoint can take as long as a question with all its retries.`,
  since: '0.1.0',
  stateVersion: 1,
  options,
  cost: 'O(1) per record for a table; one request per question that is not in the cache, up to a batch of records waiting',
  references: ['RFC 9110, 15: status codes'],
  partition: 'any',
  reads: () => 'all',
  fields: ({ select }) => select?.names,
  sides: () => ['unmatched'],
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
  ],
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
});

function withField(as: string): (row: Row, found: unknown) => Row {
  return (row, found) => {
    const made = copyOf(row);
    made[as] = found;
    return made;
  };
}

function refuse(what: string): never {
  throw new WeirError('WEIR_OPTION', `lookup: ${what}`);
}

function sourceOf(given: OptionsOf<typeof options>, context: OperatorContext): Source {
  const { rows, file, url, on, reload } = given;
  if ([rows, file, url].filter((one) => one !== undefined).length !== 1) refuse('give one of rows, file and url');
  if (url !== undefined) return httpSource(url, given, context);
  if (on === undefined) return refuse('rows and file need `on`: what must be equal');
  const [left, right] = [matchKey(on.left), matchKey(on.right)];
  const at: At = { time: 0, order: 0, key: null };
  const keyOf = (row: Row) => right(row, at);
  const find = (table: ReadonlyMap<Key, Row>, key: Key): Answer => ({ found: table.get(key) ?? null });
  if (file === undefined) {
    if (!Array.isArray(rows)) refuse('rows is a list of records');
    const table = new Map((rows as Row[]).flatMap((row) => pairOf(keyOf(row), row)));
    return { questionOf: (row, own) => asking(left(row, own), (key) => find(table, key)), close() {} };
  }
  const table = new FileTable<Key>(file, keyOf, reload, context);
  return {
    questionOf: (row, own) =>
      asking(left(row, own), (key) => {
        if (table.rows !== undefined) return find(table.rows, key);
        return table.ready.then(() => find(table.rows as ReadonlyMap<Key, Row>, key));
      }),
    close: () => table.close(),
  };
}

function pairOf(key: Key | undefined, row: Row): [Key, Row][] {
  return key === undefined ? [] : [[key, row]];
}

const NOTHING: Question = () => ({ found: null });

/** Null asks for nothing. */
function asking<T>(about: T | undefined, ask: (about: T) => Answer | Promise<Answer>): Question {
  return about === undefined ? NOTHING : () => ask(about);
}

function httpSource(
  url: NonNullable<OptionsOf<typeof options>['url']>,
  given: OptionsOf<typeof options>,
  context: OperatorContext,
): Source {
  const urlOf = urlTemplate(url);
  const cache = new AnswerCache(given.cache, () => context.now());
  const closing = new AbortController();
  // As many as there are questions at the same time.
  setMaxListeners(0, closing.signal);
  return {
    questionOf: (row, at) =>
      asking(urlOf(row, at), (question) => {
        return cache.get(question, () => askHttp(question, given, context, closing.signal));
      }),
    close: () => closing.abort(),
  };
}
