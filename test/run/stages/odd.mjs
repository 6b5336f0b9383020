import { operator } from 'weir/stage';

/** Every tenth record holds itself, which no frame can. */
export default operator({
  summary: 'Odd records.',
  since: '0.1.0',
  stateVersion: 1,
  options: {},
  partition: 'any',
  passes: true,
  examples: [],
  create: () => ({
    onRecord(row, out) {
      const odd = { ...row };
      if (row.n % 10 === 0) odd.self = odd;
      out.emit(odd);
    },
  }),
});
