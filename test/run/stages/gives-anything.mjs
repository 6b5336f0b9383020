import { operator } from 'weir/stage';
import { oddity } from './oddities.mjs';

/** Gives what is no record. */
export default operator({
  summary: 'Anything.',
  since: '0.1.0',
  stateVersion: 1,
  options: {},
  partition: 'any',
  examples: [],
  create: () => ({ onRecord: (row, out) => out.emit(oddity(row)) }),
});
