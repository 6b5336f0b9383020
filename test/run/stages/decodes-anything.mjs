import { codec } from 'weir/stage';
import { ODDITIES } from './oddities.mjs';

/** Gives what is no record for each byte, by both ways that a decoder has. */
export default codec({
  summary: 'Anything.',
  since: '0.1.0',
  options: {},
  examples: [],
  splittable: false,
  decoder: (_, { out }) => ({
    decode(_bytes, start, end, order) {
      for (let p = start; p < end; p++) {
        const n = order + p - start;
        if (n % 2 === 0) out.accept(ODDITIES[n](), n);
        else out.emit(ODDITIES[n](), n, n);
      }
      return end;
    },
  }),
});
