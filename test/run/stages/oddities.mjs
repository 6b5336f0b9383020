// What code can give out that is no plain record, and last one that has to be made plain.
export const ODDITIES = [
  () => 5,
  () => null,
  () => undefined,
  () => [1],
  () => new Map([['n', 1]]),
  () => new Set([1]),
  () => 'text',
  () => new String('abc'),
  () => new Date(0),
  () => Promise.resolve({}),
  () => () => 1,
  () => new RangeError('x'),
  () => /x/,
  () => new URL('http://a/'),
  () => ({ u: [new URL('http://a/')] }),
  () => ({ m: new Map([[1, 2]]) }),
  () => ({
    s: 'a\ud800',
    m: new Map([['a', 1]]),
    l: new Set(['x', 7n]),
    b: new Uint8Array([255, 0]),
    d: new Date(0),
    t: '\u0001bigint 7',
  }),
];

/** The n-th of them. */
export const oddity = ({ n }) => ODDITIES[n]();
