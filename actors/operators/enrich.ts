import { compilePair, field, type Key, messageOf, type Output, operator, type Row, WeirError } from '#stage';
import { SideTable } from '../lib/enrich/side-table.ts';
import { type Waiting, WaitingLine } from '../lib/enrich/waiting.ts';
import { matchKey } from '../lib/keys/match-key.ts';
import { copyOf } from '../lib/records/copy-of.ts';

/** Adds what a small stream says of a record. */
export default operator({
  summary: 'Add to each record the latest record of another, small stream that matches it.',
  docs: `Every subtask keeps the latest record per key of the other stream: that with the latest event time, of those the later one
in its source. Each record is matched with what has come by then, so what it finds depends on which stream is quicker; null
matches nothing. If the other stream is updating, a retraction takes its record out.

With \`wait\` records are held back until the other stream has come to its end, which must be bounded: the result then depends
on the records alone. Event time stands still meanwhile for those who follow. Of more than \`capacity\` records that wait in a
subtask the rest are dead letters.

The matching record stands in the field that \`as\` names, or null; \`select\` makes other fields: \`{ id: id, name: user.name }\`.
With \`required\` a record without a match goes to the side output \`unmatched\`.`,
  since: '0.1.0',
  stateVersion: 1,
  options: {
    with: field.stream('The other stream.'),
    on: field.match('What must be equal: `user == id`, or `id` where both have that field.'),
    as: field.text('Name of the field of the matching record.', { default: 'other' }),
    select: field.projection('Output field → expression over both.', { optional: true }),
    required: field.flag('Only records with a match go on.', { default: false }),
    wait: field.flag('Wait until the other stream has come to its end.', { default: false }),
    rows: field.count('Keys of the other stream at most; those of more are dead letters.', {
      unit: 'rows',
      min: 1,
      max: 1e8,
      default: 1e6,
    }),
    capacity: field.count('Records that wait in a subtask at most.', {
      unit: 'records',
      min: 1,
      max: 1e8,
      default: 1e6,
    }),
  },
  cost: 'O(1) per record; one record per key of the other stream in every subtask',
  partition: () => 'any',
  others: ({ wait }) => ({ with: { partition: 'broadcast', changes: true, awaited: wait } }),
  reads: () => 'all',
  fields: ({ select }) => select?.names,
  types: ({ as, select }) => (select === undefined ? { [as]: { record: 'with' } } : {}),
  sees: ({ as }) => ({ select: { also: { [as]: { record: 'with' } } } }),
  sides: () => ['unmatched'],
  sideRecords: { unmatched: ['input'] },
  examples: [
    {
      title: 'the name of each user, once it is known',
      options: { with: 'users', on: 'user == id', as: 'user', select: { name: 'user.name', page: 'page' } },
      given: [
        { page: '/', user: 1 },
        { $input: 'with', id: 1, name: 'Ann' },
        { page: '/tea', user: 1 },
        { $input: 'with', $time: 5, id: 1, name: 'Ann B.' },
        { page: '/pay', user: 1 },
      ],
      expect: [
        { name: null, page: '/' },
        { name: 'Ann', page: '/tea' },
        { name: 'Ann B.', page: '/pay' },
      ],
    },
    {
      title: 'a table that is complete before the first record, and only what is in it',
      options: { with: 'rates', on: 'currency', as: 'rate', wait: true, required: true },
      given: [
        { currency: 'EUR', amount: 5 },
        { currency: 'GBP', amount: 6 },
        { $input: 'with', currency: 'EUR', usd: 1.5 },
      ],
      expect: [{ currency: 'EUR', amount: 5, rate: { currency: 'EUR', usd: 1.5 } }],
    },
  ],
  create: ({ on, as, select, required, wait, rows, capacity }, context) => {
    const { at } = context;
    const [left, right] = [matchKey(on.left), matchKey(on.right)];
    const table = new SideTable(context, rows);
    const line = new WaitingLine<Key | null>(context, capacity);
    const pair = select === undefined ? withField(as) : compilePair(select, as);
    let open = !wait;

    const enrich = (row: Row, key: Key | undefined, out: Output) => {
      const other = key === undefined || key === null ? undefined : table.get(key);
      if (other === undefined && required) out.side('unmatched', row);
      else out.emit(pair(row, other ?? null, at));
    };
    const release = (out: Output) =>
      line.release(({ row, extra, time, order, key }: Waiting<Key | null>) => {
        Object.assign(at, { time, order, key, retract: false });
        try {
          enrich(row, extra, out);
        } catch (error) {
          const code = error instanceof WeirError ? error.code : 'WEIR_STAGE_THREW';
          // Of those who follow: it has been told, or is no fault of the record.
          if (code === 'WEIR_ASSERTION' || code === 'WEIR_STAGE_FAILED') throw error;
          context.deadLetter(row, code, messageOf(error));
        }
      });

    return {
      onRecord(row, out) {
        const key = left(row, at);
        if (open && line.length === 0) enrich(row, key, out);
        else line.add(row, key ?? null);
      },
      onOther(_, row) {
        const key = right(row, at);
        if (key !== undefined) table.take(key, row, at);
      },
      onOtherEnd(_, out) {
        open = true;
        return release(out);
      },
      onWatermark(time, out) {
        // Whoever runs it alone, as tests do, may not tell of the end of the other stream.
        if (time === Number.POSITIVE_INFINITY) open = true;
        return open && release(out);
      },
      restored() {
        line.restored();
      },
    };
  },
});

function withField(as: string): (row: Row, other: Row | null) => Row {
  return (row, other) => {
    const made = copyOf(row);
    made[as] = other;
    return made;
  };
}
