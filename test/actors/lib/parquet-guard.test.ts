import { expect, test } from 'vitest';
import { fileOf, le32, levels, openBytes, type Planted, varint } from '../support/parquet-bytes.ts';

const read = async (planted: Planted) => (await openBytes(fileOf(planted))).group(0, undefined);
const RLE = { encoding: 'RLE_DICTIONARY' };
const DELTAS = { encoding: 'DELTA_BINARY_PACKED' };
const NULLS = { repetition: 'OPTIONAL' };

test('a sound page is read', async () => {
  const { columns, rows } = await read({ bytes: [1, 2, 3, 4].flatMap(le32) });
  expect([[...(columns[0] as number[])], rows]).toEqual([[1, 2, 3, 4], 4]);
  const nulls = await read({ ...NULLS, bytes: levels([...varint(8n), 0]) });
  expect(nulls.columns).toEqual([[null, null, null, null]]);
  // 2, 3, 4, 5: the first, and blocks of 128 in 4 parts whose differences have no bits.
  const deltas = await read({ header: DELTAS, bytes: [...varint(128n), 4, 4, 4, 2, 0, 0, 0, 0] });
  expect([...(deltas.columns[0] as number[])]).toEqual([2, 3, 4, 5]);
});

const HUGE = 2n ** 31n;
test.each<[string, Planted, RegExp]>([
  ['an index that repeats 2^30 times', { header: RLE, bytes: [3, ...varint(HUGE), 1] }, /run of 1073741824/],
  ['2^28 eights of indexes', { header: RLE, bytes: [3, ...varint(2n ** 29n + 1n), 1] }, /run of 2147483648/],
  ['a run whose count has six bytes', { header: RLE, bytes: [3, 255, 255, 255, 255, 255, 1, 1] }, /five bytes/],
  ['indexes of 200 bits', { header: RLE, bytes: [200, 8, 1] }, /200 bits/],
  ['a level that repeats 2^30 times', { ...NULLS, bytes: levels([...varint(HUGE), 0]) }, /run of 1073741824/],
  ['fewer levels than values', { ...NULLS, bytes: levels([4, 0]) }, /2 levels, not 4/],
  ['levels that are longer than the page', { ...NULLS, bytes: [...le32(2 ** 30), 8, 0] }, /longer than it/],
  [
    '2^31 parts of a block',
    { header: DELTAS, bytes: [...varint(128n), ...varint(HUGE - 1n), 4, 2] },
    /parts of a block/,
  ],
  ['a block without parts', { header: DELTAS, bytes: [...varint(128n), 0, 4, 2] }, /parts of a block/],
  ['a difference of very many bytes', { header: DELTAS, bytes: [128, 1, 4, 4, 2, ...Array(99).fill(255)] }, /too long/],
  [
    'a text that shares 2^30 bytes with the one before',
    {
      type: 'BYTE_ARRAY',
      rows: 1n,
      header: { encoding: 'DELTA_BYTE_ARRAY' },
      bytes: [...varint(128n), 4, 1, ...varint(HUGE - 2n), ...varint(128n), 4, 1, 0],
    },
    /shares with the one before/,
  ],
  ['2^30 values in a page', { header: { num_values: 2 ** 30 }, bytes: [0, 0] }, /values of a page/],
  ['plain values that have no room', { rows: 2n ** 20n, bytes: [0, 0, 0, 0] }, /no room for 1048576 values/],
  ['2^30 rows that are null', { ...NULLS, rows: 2n ** 30n, bytes: levels([...varint(HUGE), 0]) }, /number of rows/],
  ['fewer values than rows', { header: { num_values: 2 }, bytes: [1, 2].flatMap(le32) }, /2 values for 4 rows/],
])('%s is an error of the row group', async (_, planted, expected) => {
  await expect(read(planted)).rejects.toThrow(expected);
});

test.each<[string, number[], RegExp]>([
  // Field 2, a list of structs of which there are 2^31.
  ['a list of 2^31 elements', [0x29, 0xfc, ...varint(HUGE), 0], /2147483648 elements/],
  ['lists within lists', [0x29, ...Array(5000).fill(0x19)], /too deep/],
  ['a number of 5000 bytes', [0x36, ...Array(5000).fill(0xff), 0], /10 bytes/],
])('a footer with %s is no Parquet', async (_, footer, expected) => {
  const bytes = Buffer.concat([Buffer.from(footer), Buffer.from(le32(footer.length)), Buffer.from('PAR1')]);
  await expect(openBytes(bytes)).rejects.toThrow(expected);
});

test('a schema whose elements have fewer than no children is no Parquet', async () => {
  const planted = fileOf({ bytes: [0, 0, 0, 0], element: { num_children: -1 } });
  await expect(openBytes(planted)).rejects.toThrow(/number of children/);
});
