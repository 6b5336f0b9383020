import { expect, test } from 'vitest';
import rate from '../../../actors/operators/rate.ts';
import { OperatorRig } from '../support/operator-rig.ts';

const rates = (values: [time: number, n: unknown][], options: object = {}) => {
  const rig = new OperatorRig(rate, { of: 'n', ...options });
  for (const [time, n] of values) rig.push({ n }, time);
  return rig
    .end()
    .take()
    .map((row) => row.rate);
};

test('growth per second, per minute, and under another name', () => {
  expect(
    rates([
      [0, 10],
      [2000, 30],
    ]),
  ).toEqual([null, 10]);
  expect(
    rates(
      [
        [0, 10],
        [2000, 30],
      ],
      { per: '1m' },
    ),
  ).toEqual([null, 600]);
  const rig = new OperatorRig(rate, { of: 'n', as: 'speed' });
  expect(rig.push({ n: 1 }).end().take()).toEqual([{ n: 1, speed: null }]);
});

test('a counter that begins again has grown by its value', () => {
  expect(
    rates([
      [0, 1000],
      [1000, 4],
    ]),
  ).toEqual([null, 4]);
});

test('32 bits run over from the last quarter into the first', () => {
  expect(
    rates([
      [0, 2 ** 32 - 6],
      [1000, 4],
    ]),
  ).toEqual([null, 10]);
  expect(
    rates(
      [
        [0, 2 ** 32 - 6],
        [1000, 4],
      ],
      { bits: 'never' },
    ),
  ).toEqual([null, 4]);
  expect(
    rates(
      [
        [0, 5],
        [1000, 4],
      ],
      { bits: '32' },
    ),
  ).toEqual([null, 2 ** 32 - 1]);
});

test('64 bits run over, exactly with bigint', () => {
  expect(
    rates([
      [0, 2n ** 64n - 6n],
      [1000, 4n],
    ]),
  ).toEqual([null, 10]);
  expect(
    rates([
      [0, 2n ** 63n],
      [1000, 2n ** 63n + 7n],
    ]),
  ).toEqual([null, 7]);
  expect(
    rates([
      [0, 2n ** 53n],
      [1000, 2 ** 53],
    ]),
  ).toEqual([null, 0]);
  // Far from its end a counter of more than 32 bits has begun again.
  expect(
    rates([
      [0, 2 ** 40],
      [1000, 7],
    ]),
  ).toEqual([null, 7]);
});

test('what is no number has no rate, and the next one is measured from the last number', () => {
  expect(
    rates([
      [0, 0],
      [1000, null],
      [2000, 'text'],
      [3000, Number.NaN],
      [4000, 8],
    ]),
  ).toEqual([null, null, null, null, 2]);
});

test('records have their turn by event time, and one of the same time as the latest is left out of account', () => {
  expect(
    rates([
      [0, 0],
      [2000, 20],
      [1000, 10],
      [2000, 21],
      [3000, 40],
    ]),
  ).toEqual([null, 10, 10, null, 20]);
});

test('goes on after a restore, also with bigint', () => {
  const before = new OperatorRig(rate, { of: 'n' });
  before.push({ n: 2n ** 60n }, 0);
  const after = new OperatorRig(rate, { of: 'n' }, { from: before.save() });
  expect(
    after
      .push({ n: 2n ** 60n + 5n }, 1000)
      .end()
      .take()
      .map((row) => row.rate),
  ).toEqual([null, 5]);
});
