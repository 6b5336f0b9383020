import { field, operator, WeirError } from '#stage';

/** Deals records out to subtasks anew, in a way of the author's choice. */
export default operator({
  summary: 'Deal records out to the subtasks of what follows: in turn, all to every one, or by ranges of a value.',
  docs: `Stages that need certain records together deal them out by themselves; this is for the rest. \`rebalance\` evens out a
skew, \`broadcast\` gives every subtask all records (each then goes on once per subtask), \`range\` sends values below the first
of \`bounds\` to the first subtasks and so on, so that what follows sees neighbours together. With one thread all is passed on.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'how',
  options: {
    how: field.choice('How records are dealt out.', ['rebalance', 'broadcast', 'range'], { default: 'rebalance' }),
    of: field.expression('The value that ranges are of.', { optional: true }),
    bounds: field.list(
      'Where ranges begin, ascending; one range more than there are bounds.',
      field.any('A number or text.'),
      {
        optional: true,
      },
    ),
  },
  cost: 'one crossing of threads per record and receiver; ranges O(log bounds)',
  partition: ({ how, of, bounds }) => {
    if (how !== 'range') return how;
    if (of === undefined || bounds === undefined || bounds.length === 0) {
      throw new WeirError('WEIR_OPTION', 'range needs `of`, the value, and `bounds`, where ranges begin');
    }
    const ascending = bounds.every((bound, i) => i === 0 || (bounds[i - 1] as number) < (bound as number));
    const alike = bounds.every((bound) => typeof bound === typeof bounds[0]);
    if (!ascending || !alike) throw new WeirError('WEIR_OPTION', '`bounds` are numbers or texts, ascending');
    return { range: of, bounds: bounds as (number | string)[] };
  },
  reads: ({ of }) => (of === undefined ? [] : of.node === undefined ? 'all' : of.fields),
  passes: true,
  types: {},
  changes: 'passes',
  examples: [{ title: 'records go on as they are', given: [{ id: 1 }, { id: 2 }], expect: [{ id: 1 }, { id: 2 }] }],
  create: () => ({
    onRecord: (row, out) => out.emit(row),
  }),
});
