import { field, keyFunction, operator } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';

/** Says what the records of a stream belong to: the stages behind it work for each key apart. */
export default operator({
  summary: 'Give the records a key: stages behind it keep state and windows for each key apart.',
  docs: `Records of one key stay in order and meet in one subtask. The key's fields come out of windows under their names; an
expression without a name of its own is named \`key\`. A new \`key\` replaces the one before. Keys are text, numbers, true,
false or null; a list or an object is a dead letter.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'by',
  options: {
    by: field.key('What to key by: a field, an expression, a list of fields, or name → expression.'),
  },
  cost: 'O(1) per record',
  partition: 'any',
  passes: true,
  reads: ({ by }) => readsOf(by.expressions),
  relational: ({ by }) => ({ kind: 'key', key: by }),
  changes: 'passes',
  examples: [
    {
      title: 'the records themselves stay as they are',
      options: { by: 'core' },
      given: [{ core: 1, load: 0.5 }],
      expect: [{ core: 1, load: 0.5 }],
    },
  ],
  create: ({ by }, { at }) => {
    const keyOf = keyFunction(by);
    return {
      onRecord(row, out) {
        out.emitAt(row, at.time, at.order, keyOf(row, at));
      },
    };
  },
});
