import type { Key, Row } from '../../stage/row.ts';

/** Values that may stand in any field of any record: all that codecs and frames can carry, at its edges. */
export function hostileValues(): [string, unknown][] {
  return [
    ['missing', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['-0', -0],
    ['a fraction', 0.1],
    ['a tiny number', 5e-324],
    ['a huge number', 1.7e308],
    ['a huge negative number', -1.7e308],
    ['2^53 + 2', 2 ** 53 + 2],
    ['a bigint', 123n],
    ['a bigint of 64 bits', 2n ** 63n - 1n],
    ['a number as text', '12'],
    ['an empty text', ''],
    ['a long text', 'x'.repeat(100_000)],
    ['text with control characters', 'a\u0000b\nc\r\n\t"d\'\\'],
    ['half a surrogate pair', '\ud800'],
    ['the text __proto__', '__proto__'],
    ['true', true],
    ['an empty list', []],
    ['a list', [1, 'a', null, [2]]],
    ['an empty object', {}],
    ['an object', { a: { b: 1 } }],
    ['an object with __proto__', JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')],
    ['a date', new Date(0)],
    ['an invalid date', new Date(Number.NaN)],
    ['bytes', new Uint8Array([0, 255, 128])],
  ];
}

/** Records that are odd as a whole; `record` is an ordinary one. */
export function hostileRecords(record: Row): [string, Row][] {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`extra${i}`, i]));
  return [
    ['no fields', {}],
    ['a thousand more fields', { ...record, ...many }],
    ['a field named __proto__', Object.assign(JSON.parse('{"__proto__": {"polluted": true}}'), record)],
    ['fields named as methods', { ...record, constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: 4 }],
    ['odd names', { ...record, '': 1, ' ': 2, 'a.b': 3, '\u00e9\ud83d\ude00': 4, '0': 5 }],
    ['no prototype', Object.assign(Object.create(null), record)],
  ];
}

/** Keys as they may reach a keyed stage. */
export function hostileKeys(): [string, Key][] {
  return [
    ['null', null],
    ['an empty text', ''],
    ['a long text', 'k'.repeat(100_000)],
    ['the text __proto__', '__proto__'],
    ['-0', -0],
    ['a fraction', 0.1],
    ['2^53 + 2', 2 ** 53 + 2],
    ['true', true],
  ];
}

/** Event times at the edges of what the engine lets in. */
export function hostileTimes(): [string, number][] {
  return [
    ['the earliest time', -8.64e15 + 1],
    ['the latest time', 8.64e15 - 1],
    ['a time before 1970', -1],
    ['a fraction of a millisecond', 0.5],
  ];
}

/** A copy with another value at a path; `undefined` takes the field out. */
export function withValue(row: Row, [name, ...rest]: readonly string[], value: unknown): Row {
  const key = name as string;
  if (rest.length === 0) {
    if (value !== undefined) return { ...row, [key]: value };
    const { [key]: _, ...others } = row;
    return others;
  }
  const inner = row[key];
  return { ...row, [key]: withValue(typeof inner === 'object' && inner !== null ? (inner as Row) : {}, rest, value) };
}

/** Every path of fields in a record, those of objects within it too. */
export function pathsOf(row: Row, above: readonly string[] = []): string[][] {
  return Object.entries(row).flatMap(([name, value]) => {
    const path = [...above, name];
    const isObject = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    return [path, ...(isObject ? pathsOf(value as Row, path) : [])];
  });
}
