import { field, operator } from '#stage';
import { recordOf } from '../lib/records/record-of.ts';

/** Runs a function of the user's on each record. */
export default operator({
  summary: 'Make one record of each by a function of your own.',
  docs: `The function is called with the record and \`{time, order, key}\`, and returns the new record, at once: it must not be
async, and must not change the record it was given. A result that is no record (null, a list, a promise, …) makes the
record a dead letter with the code \`WEIR_MAP_RESULT\`; to drop records use \`where\` or \`flat-map\`. Event time and key stay.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'with',
  options: {
    with: field.module('The function: `./pricing.mjs#convert`, or in TypeScript a closure.'),
  },
  cost: 'one call per record',
  partition: 'any',
  userCode: true,
  examples: [
    {
      title: 'a price with tax',
      options: { with: './pricing.mjs#convert' },
      module: `export function convert(row, { time, order, key }) {
  return { net: row.net, gross: row.net * 1.5 };
}`,
      given: [{ net: 10 }],
      expect: [{ net: 10, gross: 15 }],
    },
  ],
  create: ({ with: convert }, { at }) => ({
    onRecord(row, out) {
      out.emit(recordOf(convert(row, at), 'WEIR_MAP_RESULT'));
    },
  }),
});
