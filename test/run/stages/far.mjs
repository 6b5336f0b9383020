import { operator } from 'weir/stage';

const times = [1, 1e300, 'soon'];
const sides = ['known', 'nowhere', 'late'];

/** Its first records get odd times, the others go to odd side outputs. */
export default operator({
  summary: 'Times and sides that are none.',
  since: '0.1.0',
  stateVersion: 1,
  options: {},
  partition: 'any',
  passes: true,
  sides: () => ['known'],
  examples: [],
  create: (_, { at }) => ({
    onRecord(row, out) {
      if (row.n < times.length) out.emitAt(row, times[row.n], at.order, at.key);
      else out.side(sides[row.n - times.length], row);
    },
  }),
});
