import { field, operator, type Row } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';

/** Makes a new record of chosen or computed fields. */
export default operator({
  summary: 'Make a new record of chosen or computed fields.',
  docs: `A list keeps the named fields; a map computes each field from an expression. Nothing else of the record is left: to add
fields to a record use \`extend\`. The planner reads only what is selected, down in the decoder where it can.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'fields',
  options: {
    fields: field.projection('The fields of the new record, in order.'),
  },
  cost: 'O(fields) per record',
  partition: 'any',
  reads: ({ fields }) => readsOf(fields.expressions),
  fields: ({ fields }) => fields.names,
  relational: ({ fields }) => ({ kind: 'project', select: fields }),
  changes: 'passes',
  examples: [
    {
      title: 'one field renamed, one computed',
      options: { fields: { auction: 'bid.auction', euros: 'bid.cents / 100' } },
      given: [{ bid: { auction: 7, cents: 250, bidder: 1 } }],
      expect: [{ auction: 7, euros: 2.5 }],
    },
    {
      title: 'a list keeps fields',
      options: { fields: ['id', 'name'] },
      given: [{ id: 1, name: 'Ada', city: 'London' }],
      expect: [{ id: 1, name: 'Ada' }],
    },
  ],
  create: ({ fields: { names, expressions } }, { at }) => ({
    onRecord(row, out) {
      const made: Row = {};
      for (let i = 0; i < names.length; i++) made[names[i] as string] = expressions[i]?.evaluate(row, at);
      out.emit(made);
    },
  }),
});
