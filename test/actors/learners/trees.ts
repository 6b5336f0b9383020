import type { FeatureRow } from '../../../actors/lib/learn/feature-row.ts';
import type { HoeffdingTreeModel, HoeffdingTreeOptions } from '../../../actors/lib/learn/hoeffding-tree-model.ts';
import type { SavedBranches } from '../../../actors/lib/learn/tree-branches.ts';
import { lehmer } from './lehmer.ts';
import { sparseRow } from './rows.ts';

export const OPTIONS: HoeffdingTreeOptions = {
  delta: 1e-7,
  grace: 200,
  tie: 0.05,
  criterion: 'gain',
  answer: 'adaptive',
  cuts: 10,
  depth: 50,
  leaves: 1000,
  memory: 2 ** 24,
};
export const EAGER: HoeffdingTreeOptions = { ...OPTIONS, grace: 100, delta: 1e-3 };

export type Split = [depth: number, slot: number, threshold: number];

/** The splits of a tree, a node before its left side and that before its right one. */
export function splitsOf(model: HoeffdingTreeModel): Split[] {
  const { slot, left, threshold } = (model.save() as { branches: SavedBranches }).branches;
  const of = (node: number, depth: number): Split[] => {
    if (slot[node] === -1) return [];
    const first = left[node] as number;
    const own: Split = [depth, slot[node] as number, threshold[node] as number];
    return [own, ...of(first, depth + 1), ...of(first + 1, depth + 1)];
  };
  return of(0, 0);
}

/** 10,000 rows in three classes: three numbers and the levels u, v, w in slots 3 to 5; a tenth of the classes is drawn at random. */
export function* grown(): Generator<{ x: FeatureRow; y: number }> {
  const random = lehmer(5);
  for (let i = 0; i < 10_000; i++) {
    const [a, b, c] = [random() * 10, random() * 2 - 1, random()];
    const level = Math.floor(random() * 3);
    let y = 0;
    if (a < 4) y = b > 0.2 ? 2 : 0;
    else if (level === 1) y = 1;
    else y = c < 0.5 ? 0 : 2;
    if (random() < 0.1) y = Math.floor(random() * 3);
    yield {
      x: sparseRow(6, [
        [0, a],
        [1, b],
        [2, c],
        [3 + level, 1],
      ]),
      y,
    };
  }
}
