import { field, source } from 'weir/stage';

/** The squares of the whole numbers. Its position is the next number, so nothing is lost or doubled at a crash. */
export default source({
  summary: 'Give the squares of the whole numbers from 0 on.',
  since: '0.1.0',
  options: { count: field.count('How many.', { unit: 'records', min: 0, default: 1000 }) },
  main: 'count',
  bounded: true,
  replayable: true,
  examples: [
    {
      title: 'the first three',
      options: { count: 3 },
      expect: [
        { n: 0, square: 0 },
        { n: 1, square: 1 },
        { n: 2, square: 4 },
      ],
    },
  ],
  create({ count }) {
    let split;
    let next = 0;
    return {
      open([assigned]) {
        split = assigned?.id;
        next = assigned?.position ?? 0;
      },
      poll(out) {
        if (split === undefined) return 'end';
        for (let i = 0; i < 1000 && next < count; i++, next++)
          out.emit(split, { n: next, square: next * next }, next, next);
        if (next < count) return 'more';
        out.endSplit(split);
        return 'end';
      },
      positions: () => (split === undefined ? {} : { [split]: next }),
    };
  },
});
