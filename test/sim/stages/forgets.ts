import { field, operator } from '../../../src/stage/index.ts';

/** Numbers records by a count that no checkpoint knows of: a defect that only a restore shows. */
export default operator({
  summary: 'Number the records.',
  since: '0.1.0',
  stateVersion: 1,
  options: { as: field.text('Name of the field.', { default: 'number' }) },
  partition: 'key',
  passes: true,
  examples: [],
  create({ as }) {
    let n = 0;
    return {
      onRecord(row, out) {
        out.emit({ ...row, [as]: ++n });
      },
    };
  },
});
