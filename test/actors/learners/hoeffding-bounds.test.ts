import { describe, expect, test } from 'vitest';
import type { FeatureRow } from '../../../actors/lib/learn/feature-row.ts';
import { HoeffdingTreeModel, type HoeffdingTreeOptions } from '../../../actors/lib/learn/hoeffding-tree-model.ts';
import type { SavedBranches } from '../../../actors/lib/learn/tree-branches.ts';
import { probabilities, teach, twoClasses } from './classes.ts';
import { HARD } from './hard-rows.ts';
import { lehmer } from './lehmer.ts';
import { rowOf, sparseRow } from './rows.ts';
import { EAGER, grown, OPTIONS, splitsOf } from './trees.ts';

describe('a Hoeffding tree', () => {
  test('a row without the number that is asked for goes where most go; one without the level to the others', () => {
    const options: HoeffdingTreeOptions = { ...EAGER, answer: 'majority', depth: 1 };
    const number = new HoeffdingTreeModel(options);
    for (let i = 0; i < 2000; i++) number.learn(rowOf((i % 10) - 7.2), i % 10 > 7 ? 1 : 0, 2);
    expect(number.leaves).toBe(2);
    expect(probabilities(number, rowOf(1.8), 2)[1]).toBeGreaterThan(0.9);
    expect(probabilities(number, sparseRow(1, []), 2)[0]).toBeGreaterThan(0.9);
    const level = new HoeffdingTreeModel(options);
    for (let i = 0; i < 2000; i++) level.learn(sparseRow(1, i % 10 < 8 ? [[0, 1]] : []), i % 10 < 8 ? 1 : 0, 2);
    expect(level.leaves).toBe(2);
    expect(probabilities(level, sparseRow(1, []), 2)[0]).toBeGreaterThan(0.9);
  });

  test('a feature that most rows do not have wins less than one that says as much in all', () => {
    const model = new HoeffdingTreeModel({ ...EAGER, depth: 1 });
    const random = lehmer(11);
    for (let i = 0; i < 3000; i++) {
      const y = random() < 0.5 ? 1 : 0;
      const seldom = random() < 0.1 ? ([[0, y + random()]] as [number, number][]) : [];
      model.learn(sparseRow(2, [...seldom, [1, (random() < 0.8 ? y : 1 - y) + random()]]), y, 2);
    }
    expect(splitsOf(model).map(([, slot]) => slot)).toEqual([1]);
  });

  test('keeps to its bounds of leaves, depth and memory', () => {
    const rows = twoClasses(20_000).map(({ x }, i) => ({ x, y: (Math.floor(8 * (x[0] as number)) + i) & 1 }));
    const quick: HoeffdingTreeOptions = { ...OPTIONS, grace: 50, delta: 0.1, tie: 0.3 };
    expect(teach(new HoeffdingTreeModel(quick), rows, 2).leaves).toBeGreaterThan(40);
    expect(teach(new HoeffdingTreeModel({ ...quick, leaves: 13 }), rows, 2).leaves).toBe(13);
    const shallow = teach(new HoeffdingTreeModel({ ...quick, depth: 3 }), rows, 2);
    expect(shallow.leaves).toBe(8);
    const small = teach(new HoeffdingTreeModel({ ...quick, memory: 4096 }), rows, 2);
    // Of three numbers in two classes a leaf keeps some 300 bytes.
    expect(small.observing).toBeGreaterThan(5);
    expect(small.observing).toBeLessThan(20);
    expect(small.leaves).toBeGreaterThan(20);
    const none = teach(new HoeffdingTreeModel({ ...quick, memory: 100 }), rows, 2);
    expect([none.leaves, none.observing]).toEqual([1, 0]);
  });

  test.each<HoeffdingTreeOptions['answer']>(['majority', 'bayes', 'adaptive'])(
    'stays finite, answering by %s',
    (answer) => {
      for (const hard of Object.values(HARD)) {
        const model = new HoeffdingTreeModel({ ...EAGER, answer });
        let seen = 0;
        for (const { x, side } of hard()) {
          if (++seen % 7 === 0) {
            const p = probabilities(model, x, 2);
            if (!p.every((one) => one >= 0 && one <= 1)) expect(p).toBe('probabilities');
          }
          model.learn(x, side > 0 ? 1 : 0, 2);
        }
        expect(splitsOf(model).every((split) => split.every(Number.isFinite))).toBe(true);
      }
    },
  );

  test('learns what comes late: a feature, a class, a level that turns out to be a truth value', () => {
    const model = new HoeffdingTreeModel(EAGER);
    const random = lehmer(9);
    for (let i = 0; i < 3000; i++) model.learn(rowOf(random(), 1), i % 2, 2);
    let right = 0;
    for (let i = 0; i < 6000; i++) {
      const y = i % 3;
      const x = rowOf(random(), y === 2 ? 0 : 1, y === 1 ? 5 + random() : random());
      const p = probabilities(model, x, 3);
      if (i >= 3000 && p.indexOf(Math.max(...p)) === y) right++;
      model.learn(x, y, 3);
    }
    expect(right / 3000).toBeGreaterThan(0.95);
  });

  test.each([
    ['', EAGER],
    [', short of memory', { ...EAGER, memory: 3000 }],
  ])('a restored model goes on bit for bit%s', (_, options) => {
    const all = [...grown()];
    const model = new HoeffdingTreeModel(options);
    for (const { x, y } of all.slice(0, 4000)) model.learn(x, y, y + 1);
    const again = HoeffdingTreeModel.restore(options, structuredClone(model.save()));
    for (const { x, y } of all.slice(4000)) {
      expect(probabilities(again, x, 3)).toEqual(probabilities(model, x, 3));
      model.learn(x, y, 3);
      again.learn(x, y, 3);
    }
    expect(model.leaves).toBeGreaterThan(4);
    expect(again.save()).toEqual(model.save());
  });

  test('a model whose nodes lead in a circle is refused', () => {
    const model = new HoeffdingTreeModel(EAGER);
    for (const { x, y } of grown()) model.learn(x, y, 3);
    const saved = structuredClone(model.save()) as { branches: SavedBranches };
    saved.branches.left[1] = 0;
    expect(() => HoeffdingTreeModel.restore(EAGER, saved)).toThrow('the branches of this model are no tree');
  });

  test('a row that was asked for, and learned later, is learned as one that was not', () => {
    const asked = new HoeffdingTreeModel(EAGER);
    const silent = new HoeffdingTreeModel(EAGER);
    let before: FeatureRow | undefined;
    for (const { x, y } of grown()) {
      probabilities(asked, x, 3);
      if (before !== undefined) probabilities(asked, before, 3);
      asked.learn(x, y, 3);
      silent.learn(x, y, 3);
      before = x;
    }
    expect(asked.save()).toEqual(silent.save());
  });
});
