import { source } from 'weir/stage';
import { ODDITIES } from './oddities.mjs';

/** Gives what is no record. */
export default source({
  summary: 'Anything.',
  since: '0.1.0',
  options: {},
  replayable: true,
  bounded: true,
  examples: [],
  splits: async () => [{ id: '0', data: {} }],
  create: () => {
    let splits = [];
    return {
      open(given) {
        splits = given;
      },
      poll(out) {
        for (const { id } of splits) {
          for (const [n, make] of ODDITIES.entries()) out.emit(id, make(), n, n);
        }
        return 'end';
      },
      positions: () => Object.fromEntries(splits.map(({ id }) => [id, 0])),
    };
  },
});
