import { operator } from 'weir/stage';

/** Says which subtask a record came to. */
export default operator({
  summary: 'Adds the subtask.',
  since: '0.1.0',
  stateVersion: 1,
  options: {},
  partition: 'any',
  passes: true,
  examples: [],
  create: (_, { subtask }) => ({ onRecord: (row, out) => out.emit({ ...row, subtask }) }),
});
