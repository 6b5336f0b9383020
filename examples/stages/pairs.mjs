import { codec, messageOf } from 'weir/stage';

/** Lines such as `level=warn code=7`. */
export default codec({
  summary: 'Lines of name=value pairs, percent-encoded, all of them text.',
  since: '0.1.0',
  options: {},
  splittable: true,
  delimiter: 10,
  examples: [
    { title: 'a line', text: 'level=warn code=7\n', expect: [{ level: 'warn', code: '7' }] },
    { title: 'written', given: [{ level: 'warn', code: 7 }], expectText: 'level=warn code=7\n' },
  ],
  decoder: (_, { out }) => ({
    decode(bytes, start, end, order, last) {
      let from = start;
      while (from < end) {
        const newline = bytes.subarray(from, end).indexOf(10);
        if (newline < 0 && !last) break;
        const to = newline < 0 ? end : from + newline;
        const text = bytes.toString('utf8', from, to).trim();
        const place = order + from - start;
        try {
          if (text !== '') out.accept(rowOf(text), place);
        } catch (error) {
          out.malformed(bytes.subarray(from, to), messageOf(error), place);
        }
        from = Math.min(to + 1, end);
      }
      return from;
    },
  }),
  encoder: () => ({
    encode(row, into) {
      const parts = Object.entries(row).map((pair) =>
        pair.map((each) => encodeURIComponent(String(each).toWellFormed())).join('='),
      );
      into.text(`${parts.join(' ')}\n`);
    },
  }),
});

function rowOf(text) {
  const pairs = text.split(/\s+/).map((pair) => pair.split('=').map(decodeURIComponent));
  if (pairs.some((pair) => pair.length !== 2)) throw new Error('a pair is name=value');
  return Object.fromEntries(pairs);
}
