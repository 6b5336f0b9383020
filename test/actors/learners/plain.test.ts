import { expect, test } from 'vitest';
import { HoeffdingTreeModel } from '../../../actors/lib/learn/hoeffding-tree-model.ts';
import type { Classification } from '../../../actors/lib/learn/model.ts';
import { NaiveBayesModel } from '../../../actors/lib/learn/naive-bayes-model.ts';
import { fromPlain, toPlain } from '../../../actors/lib/learn/plain.ts';
import { probabilities, teach, twoClasses } from './classes.ts';
import { rowOf } from './rows.ts';
import { EAGER } from './trees.ts';

/** What comes of data that is written as JSON and read again. */
const written = (data: unknown): unknown => fromPlain(JSON.parse(JSON.stringify(toPlain(data))));

test('what a model keeps is the same after it was JSON', () => {
  const data = {
    numbers: Float64Array.of(1.5, -1e300, Number.POSITIVE_INFINITY, Number.NaN),
    slots: Int32Array.of(-1, 2 ** 31 - 1),
    kinds: Uint8Array.of(0, 2, 255),
    none: null,
    nested: [{ weights: new Float64Array(2) }, Number.NEGATIVE_INFINITY, 'text', true],
  };
  expect(written(data)).toEqual(data);
});

test.each<[string, Classification, (saved: unknown) => Classification]>([
  [
    'naive-bayes',
    new NaiveBayesModel({ smoothing: 0.1, shrink: 1 }),
    (saved) => NaiveBayesModel.restore({ smoothing: 0.1, shrink: 1 }, saved),
  ],
  ['hoeffding-tree', new HoeffdingTreeModel(EAGER), (saved) => HoeffdingTreeModel.restore(EAGER, saved)],
])('a model that was JSON answers as before: %s', (_, model, restore) => {
  teach(model, twoClasses(2000), 2);
  const again = restore(written(model.save()));
  const x = rowOf(0.3, -0.2, 0.1);
  expect(probabilities(again, x, 2)).toEqual(probabilities(model, x, 2));
  expect(again.save()).toEqual(model.save());
});
