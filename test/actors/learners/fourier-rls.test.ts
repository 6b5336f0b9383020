import { describe, expect, test } from 'vitest';
import { FourierMap, WARM_UP } from '../../../actors/lib/learn/fourier-map.ts';
import { type FourierOptions, FourierRlsModel } from '../../../actors/lib/learn/fourier-rls-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { rowOf } from './rows.ts';

const OPTIONS: FourierOptions = { features: 100, length: 1, seed: 7, forgetting: 1, ridge: 1e-3, clip: 0 };

function curve(random: () => number) {
  const [a, b] = [random() * 4 - 2, random() * 4 - 2];
  return { x: rowOf(a, b), y: Float64Array.of(Math.sin(2 * a) + b * b) };
}

describe('random Fourier features', () => {
  test('have products that are the Gaussian kernel, about', () => {
    const random = prng(1);
    const map = new FourierMap(2000, 1, 3);
    const point = () => [random() * 10, random() * 0.1 + 5, random() - 700];
    const points = Array.from({ length: WARM_UP }, point);
    for (const one of points) map.warm(rowOf(...one));
    const mapped = (one: number[]) => {
      const out = new Float64Array(map.size);
      map.map(rowOf(...one), out);
      return out;
    };
    for (let i = 0; i < 20; i++) {
      const [a, b] = [mapped(points[i] as number[]), mapped(points[i + 50] as number[])];
      let [product, distance] = [0, 0];
      for (let j = 0; j < 2000; j++) product += (a[j] as number) * (b[j] as number);
      for (let j = 2000; j < 2003; j++) distance += ((a[j] as number) - (b[j] as number)) ** 2;
      expect(Math.abs(product - Math.exp(-distance / (2 * 3)))).toBeLessThan(0.08);
    }
  });

  test('bring columns to mean 0 and deviation 1, and leave zeros and ones', () => {
    const map = new FourierMap(10, 1, 3);
    const column = Array.from({ length: WARM_UP }, (_, i) => 1e6 + (i % 2) * 4);
    for (const [i, value] of column.entries()) map.warm(rowOf(value, i % 4 === 0 ? 1 : 0, 5));
    const out = new Float64Array(map.size);
    map.map(rowOf(1e6 + 4, 1, 5), out);
    expect([...out.slice(10)]).toEqual([1, 1, 0]);
  });
});

describe('recursive least squares over random Fourier features', () => {
  test('fits what is not linear', () => {
    const random = prng(2);
    const model = new FourierRlsModel(OPTIONS, 1);
    for (let i = 0; i < 3000; i++) {
      const { x, y } = curve(random);
      model.learn(x, y);
    }
    const out = new Float64Array(1);
    let [errors, size] = [0, 0];
    for (let i = 0; i < 300; i++) {
      const { x, y } = curve(random);
      model.predict(x, out);
      errors += Math.abs((out[0] as number) - (y[0] as number));
      size += Math.abs(y[0] as number);
    }
    // A plane leaves about 0.7 of it.
    expect(errors / size).toBeLessThan(0.03);
  });

  test.each([100, 700])('restored behind %d rows goes on bit for bit', (rows) => {
    const random = prng(3);
    const model = new FourierRlsModel(OPTIONS, 1);
    const learn = (...models: FourierRlsModel[]) => {
      const { x, y } = curve(random);
      for (const one of models) one.learn(x, y);
    };
    for (let i = 0; i < rows; i++) learn(model);
    const again = FourierRlsModel.restore(OPTIONS, 1, structuredClone(model.save()));
    for (let i = 0; i < 300; i++) learn(model, again);
    expect(again.save()).toEqual(model.save());
  });
});
