import { field, type OptionsOf, operator, WeirError } from '#stage';
import { IntervalJoin } from '../lib/join/interval-join.ts';
import { Pairing, pairReads, pairTypes } from '../lib/join/pairing.ts';
import { RegularJoin } from '../lib/join/regular-join.ts';
import { TemporalJoin } from '../lib/join/temporal-join.ts';
import { WindowJoin } from '../lib/join/window-join.ts';
import { Grid } from '../lib/window/grid.ts';

const options = {
  with: field.stream('The other stream.'),
  on: field.match('What must be equal for two records to match.'),
  as: field.text('The name of the other record in expressions and in the result; by default that of its stream.', {
    optional: true,
  }),
  kind: field.choice(
    'What comes out: every pair; with `left` also records without a match, the other one null; with `semi` records that have a match, once, and with `anti` those without, both without the other record.',
    ['inner', 'left', 'semi', 'anti'],
    { default: 'inner' },
  ),
  where: field.expression('A further condition on a pair.', { optional: true }),
  select: field.projection(
    'The fields of the result; by default those of the record, and the other one under its name.',
    {
      optional: true,
    },
  ),
  window: field.duration('Both records lie in the same window of this length.', { min: 1, optional: true }),
  within: field.group(
    'The other record lies in an interval around the event time of this one, both ends included.',
    {
      before: field.duration('How much earlier it may be.', { min: 0, default: '0' }),
      after: field.duration('How much later it may be.', { min: 0, default: '0' }),
    },
    { optional: true },
  ),
  asOf: field.flag(
    'The other stream is a table of versions: the last one at or before the event time of this record matches.',
    {
      default: false,
    },
  ),
  unique: field.flag(
    'The other stream has at most one record for each match: one that has met it is not kept for others, unless the other stream is updating.',
    { default: false },
  ),
  ttl: field.duration(
    'Records whose event times are so far apart, or farther, do not match, and are let go; by default all are kept for ever.',
    { min: 1, optional: true },
  ),
};

type Options = OptionsOf<typeof options>;

function refuse({ window, within, asOf, unique, ttl, kind }: Options): void {
  const ways = [window !== undefined && 'window', within && 'within', asOf && 'asOf'].filter((way) => way);
  const wrong =
    (ways.length > 1 && `${ways.join(' and ')} are different joins: take one of them`) ||
    (ways.length === 1 && (unique || ttl !== undefined) && `unique and ttl are for a join without ${ways[0]}`) ||
    (asOf && kind !== 'inner' && kind !== 'left' && 'a join asOf is inner or left') ||
    (ways.length === 0 && kind === 'anti' && 'a record without a match is only known with window or within');
  if (wrong) throw new WeirError('WEIR_OPTION', wrong);
}

/** A row may be taken back at any time, and then so must its pairs: nothing that it has met may have been let go. */
const takesUpdates = (options: Options) => isRegular(options) && options.ttl === undefined;

const noVersions = {
  why: 'which of its versions come, and when, depends on the clock',
  instead: 'the stream that it is made of: each of its records is a version from its event time on',
};

function noUpdates({ ttl }: Options) {
  if (ttl === undefined) return undefined;
  return {
    why: 'with ttl rows are let go, and a row that changes later could not take its pairs back',
    instead: 'a join without ttl, or a stream that takes nothing back',
  };
}

const isRegular = ({ window, within, asOf }: Options) => window === undefined && within === undefined && !asOf;

/** Joins the records of two streams. */
export default operator({
  summary: 'Join the records of this stream with those of another one.',
  docs: `Two records match when what \`on\` compares is equal: \`on: id == seller\` compares a field of this stream with one of the other,
\`on: id\` a field that both have. In \`where\` and \`select\` the fields of this stream stand for themselves and the other record is an
object under its name: \`auctions.reserve\`. Four joins differ in which records meet:

- **\`window\`**: those in the same tumbling window of event time. Results come when it closes, with \`windowStart\` and \`windowEnd\`.
- **\`within\`**: those whose event times are near each other. Pairs come at once; with \`semi\` a record comes when the watermark
  says which of its matches is the earliest. It is kept until the watermark has passed all that it could match.
- **\`asOf\`**: each record meets the version of the other stream's row that was valid at its event time. It waits for the watermark.
  Each record of the other stream is a version, from its event time until that of the next one with the same key. A version for
  which \`where\` does not hold is no match, and none before it is taken instead: so a row ends with a record that says so, such as
  one with \`deleted: true\`, and \`where: rates.deleted != true\`. The last version of each key is kept.
- **none of them**: all records ever. Both streams are kept, unless \`ttl\` or \`unique\` lets records go. Streams of updates are taken,
  but not with \`ttl\`: what is retracted takes its pairs with it, so nothing that it has met may be let go. With \`kind: left\` the result is itself a stream of updates: a record comes at once
  without a match, and that is taken back when one comes.

With \`ttl\` two records match when their event times are less than that apart; at exactly \`ttl\` they do not. That holds however
they arrive, and whether a record has been let go already does not matter. With \`unique\` it is then enough that the other stream
has at most one record for each match that near.

With \`unique\` a record that has met its match is let go. An updating stream may have a table's one row for each match, too, but
later rows of it take the place of the one that was met: there everything is kept as without \`unique\`.

The result has the key that it was matched by, so a keyed step may follow at once. Its event time is the later one of the
two, with \`semi\` of its earliest match (\`asOf\`: this record's; \`window\`: the window's last millisecond; without a match: this
record's, in \`within\` the last at which one could have come; with \`semi\` and none of \`window\`, \`within\`, \`ttl\`: this record's).
Its order is that of this record. Null matches nothing: a record without a key has no match.

Records at or behind the watermark are late and go to the side output \`late\`; a join of all records ever knows none.`,
  since: '0.2.0',
  stateVersion: 1,
  options,
  cost: 'O(1) and O(matches) per record; `within` and `ttl` O(log n); keeps records as each kind says',
  references: ['T. Akidau et al., Streaming Systems, O’Reilly 2018, chapter 9'],
  partition: (options) => {
    refuse(options);
    return { by: options.on.left };
  },
  others: (options) => ({
    with: {
      partition: { by: options.on.right },
      reads: pairReads(options).right,
      changes: takesUpdates(options),
      noChanges: options.asOf ? noVersions : noUpdates(options),
    },
  }),
  changes: (options) => (takesUpdates(options) ? 'takes' : undefined),
  noChanges: noUpdates,
  changesIf: { takes: 'it has neither `window`, `within`, `asOf` nor `ttl`' },
  updates: (options, { input, others }) => isRegular(options) && (options.kind === 'left' || input || others),
  manyPerKey: true,
  outputKey: ({ on }) => on.left.names,
  eventTime: (options) => !isRegular(options) || options.ttl !== undefined,
  reads: (options) => pairReads(options).left,
  fields: ({ select }) => select?.names,
  types: (options) => (options.select === undefined ? pairTypes(options, options.window !== undefined) : {}),
  sees: (options) => ({
    where: { also: pairTypes(options, false) },
    select: { also: pairTypes(options, options.window !== undefined) },
  }),
  sides: () => ['late'],
  sideRecords: { late: ['input', 'with'] },
  examples: [
    {
      title: 'people who opened an auction in the ten seconds in which they came, once each',
      options: {
        with: 'auctions',
        on: 'id == seller',
        window: '10s',
        kind: 'semi',
        select: { id: 'id', since: 'windowStart' },
      },
      given: [
        { $time: 1000, id: 1 },
        { $time: 2000, id: 2 },
        { $time: 3000, $input: 'with', seller: 1 },
        { $time: 4000, $input: 'with', seller: 1 },
        { $time: 12000, $input: 'with', seller: 2 },
      ],
      expect: [{ id: 1, since: 0 }],
    },
    {
      title: 'clicks on an advertisement at most a minute after it was shown',
      options: {
        with: 'clicks',
        on: 'ad',
        within: { after: '1m' },
        kind: 'left',
        select: { ad: 'ad', user: 'clicks.user' },
      },
      given: [
        { $time: 0, ad: 'a' },
        { $time: 0, ad: 'b' },
        { $time: 60000, $input: 'with', ad: 'a', user: 7 },
        { $time: 60001, $input: 'with', ad: 'b', user: 8 },
      ],
      expect: [
        { ad: 'a', user: 7 },
        { ad: 'b', user: null },
      ],
    },
    {
      title: 'orders in the rate of exchange that was valid',
      options: { with: 'rates', on: 'currency', asOf: true, select: { amount: 'amount * rates.rate' } },
      given: [
        { $time: 0, $input: 'with', currency: 'EUR', rate: 2 },
        { $time: 9, currency: 'EUR', amount: 10 },
        { $time: 10, currency: 'EUR', amount: 10 },
        { $time: 10, $input: 'with', currency: 'EUR', rate: 3 },
      ],
      expect: [{ amount: 20 }, { amount: 30 }],
    },
    {
      title: 'devices with their owner, until that is said to be gone',
      options: {
        with: 'owners',
        on: 'device',
        asOf: true,
        kind: 'left',
        where: 'owners.deleted != true',
        select: { load: 'load', owner: 'owners.name' },
      },
      given: [
        { $time: 0, $input: 'with', device: 1, name: 'ann' },
        { $time: 5, device: 1, load: 3 },
        { $time: 10, $input: 'with', device: 1, deleted: true },
        { $time: 15, device: 1, load: 4 },
      ],
      expect: [
        { load: 3, owner: 'ann' },
        { load: 4, owner: null },
      ],
    },
    {
      title: 'bids with their auction, whichever comes first',
      options: { with: 'auctions', on: 'auction == id', select: { price: 'price', item: 'auctions.item' } },
      given: [
        { auction: 1, price: 5 },
        { $input: 'with', id: 1, item: 'boat' },
        { auction: 1, price: 7 },
      ],
      expect: [
        { price: 5, item: 'boat' },
        { price: 7, item: 'boat' },
      ],
    },
  ],
  create: (options, context) => {
    refuse(options);
    const { window, within, asOf, kind, unique, ttl } = options;
    const pairing = new Pairing(options, context);
    if (window !== undefined) {
      return new WindowJoin(new Grid({ size: window, every: window, offset: 0 }), pairing, kind, context);
    }
    if (within) return new IntervalJoin(within, pairing, kind, context);
    if (asOf) return new TemporalJoin(pairing, kind as 'inner' | 'left', context);
    // Without updates it is an interval around each record, and so each is compared only with what is near it.
    if (ttl !== undefined && kind !== 'left') {
      return new IntervalJoin({ before: ttl, after: ttl, open: true, unique }, pairing, kind, context);
    }
    // Where the other stream is updating, what has met its match will meet the row that takes the place of that one.
    const once = unique && !context.othersUpdating;
    return new RegularJoin(pairing, { kind: kind as 'inner' | 'left' | 'semi', unique: once, ttl }, context);
  },
});
