import { field, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';

/** Keeps the records for which a condition holds. */
export default operator({
  summary: 'Keep the records for which a condition holds.',
  docs: `A record passes when the condition is true; null, 0 and the empty text are not. The planner may move a filter towards
the source, down into the decoder, so that what it drops is never built.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'if',
  options: {
    if: field.expression('The condition.'),
  },
  cost: 'O(1) per record',
  partition: 'any',
  passes: true,
  reads: ({ if: condition }) => readsOf([condition]),
  relational: ({ if: condition }) => ({ kind: 'filter', filter: condition }),
  changes: 'passes',
  examples: [
    {
      title: 'hot sensors only',
      options: { if: 'celsius > 30' },
      given: [
        { id: 1, celsius: 35 },
        { id: 2, celsius: 12 },
      ],
      expect: [{ id: 1, celsius: 35 }],
    },
  ],
  create: ({ if: condition }, { at }) => ({
    onRecord(row, out) {
      if (condition.evaluate(row, at)) out.emit(row);
    },
  }),
});
