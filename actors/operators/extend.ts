import { field, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { copyOf } from '../lib/records/copy-of.ts';
import { typesOf } from '../lib/records/types-of.ts';

/** Adds computed fields to a record. */
export default operator({
  summary: 'Add computed fields to each record.',
  docs: `All fields of the record stay; one of the same name is replaced. Every expression sees the record as it came, so the
order in which the fields are written does not matter.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'fields',
  options: {
    fields: field.projection('The fields to add.'),
  },
  cost: 'O(fields of the record) per record',
  partition: 'any',
  passes: true,
  types: ({ fields }) => typesOf(fields),
  reads: ({ fields }) => readsOf(fields.expressions),
  changes: 'passes',
  examples: [
    {
      title: 'a price in another currency beside the old one',
      options: { fields: { euros: 'price * 0.908' } },
      given: [{ auction: 1, price: 1000 }],
      expect: [{ auction: 1, price: 1000, euros: 908 }],
    },
  ],
  create: ({ fields: { names, expressions } }, { at }) => ({
    onRecord(row, out) {
      const made = copyOf(row);
      for (let i = 0; i < names.length; i++) made[names[i] as string] = expressions[i]?.evaluate(row, at);
      out.emit(made);
    },
  }),
});
