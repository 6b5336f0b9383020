import { field, operator, type Row, WeirError } from '#stage';
import { recordOf } from '../lib/records/record-of.ts';

/** Runs a function of the user's that makes any number of records of each. */
export default operator({
  summary: 'Make any number of records of each by a function of your own.',
  docs: `The function is called with the record and \`{time, order, key}\`, and returns a list, or anything else that can be
iterated, of records; an empty one drops the record. It must not be async and must not change its record. All results are
looked at before the first goes on: when one is no record, the record is a dead letter as a whole, with the code
\`WEIR_MAP_RESULT\`. Event time and key stay.`,
  since: '0.1.0',
  stateVersion: 1,
  main: 'with',
  options: {
    with: field.module('The function: `./orders.mjs#lines`, or in TypeScript a closure.'),
  },
  cost: 'one call per record',
  partition: 'any',
  userCode: true,
  examples: [
    {
      title: 'the lines of an order, and none of an empty one',
      options: { with: './orders.mjs#lines' },
      module: `export function lines(row) {
  return row.lines.map((line) => ({ order: row.order, line }));
}`,
      given: [
        { order: 1, lines: ['tea', 'milk'] },
        { order: 2, lines: [] },
      ],
      expect: [
        { order: 1, line: 'tea' },
        { order: 1, line: 'milk' },
      ],
    },
  ],
  create: ({ with: convert }, { at }) => ({
    onRecord(row, out) {
      const made = listOf(convert(row, at));
      for (const one of made) recordOf(one, 'WEIR_MAP_RESULT');
      for (const one of made) out.emit(one as Row);
    },
  }),
});

function listOf(result: unknown): readonly unknown[] {
  if (Array.isArray(result)) return result;
  if (typeof result === 'object' && result !== null && Symbol.iterator in result)
    return [...(result as Iterable<unknown>)];
  throw new WeirError(
    'WEIR_MAP_RESULT',
    `the function returned ${result === null ? 'null' : typeof result}, not a list of records`,
  );
}
