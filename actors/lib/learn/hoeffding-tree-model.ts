import type { FeatureRow } from './feature-row.ts';
import { entropy, gini } from './impurity.ts';
import { largest } from './largest.ts';
import { LeafObservers } from './leaf-observers.ts';
import type { Classification } from './model.ts';
import { RowMemo } from './row-memo.ts';
import { LEVEL, SlotKinds } from './slot-kinds.ts';
import { softmax } from './softmax.ts';
import { SplitSearch } from './split-search.ts';
import { type SavedBranches, TreeBranches } from './tree-branches.ts';
import { type SavedLeaf, TreeLeaf } from './tree-leaf.ts';

export interface HoeffdingTreeOptions {
  /** The chance to take a split that is not the best. */
  delta: number;
  /** Rows of a leaf from one try to split it to the next. */
  grace: number;
  /** Two splits are as good as each other when the bound has come below this. */
  tie: number;
  criterion: 'gain' | 'gini';
  answer: 'majority' | 'bayes' | 'adaptive';
  /** Thresholds that are tried of a number. */
  cuts: number;
  depth: number;
  leaves: number;
  /** Bytes of what leaves have seen of their features. */
  memory: number;
}

interface Saved {
  rows: number;
  kinds: Int32Array;
  branches: SavedBranches;
  leaves: SavedLeaf[];
}

/** A leaf with a class of more than this share is not split. */
const PURE = 0.99;
/** Rows that each class is taken to have besides, in probabilities. */
const BESIDES = 0.1;
/** How much of its memory is left in use when that has run out. */
const KEPT = 0.75;

/**
 * A tree of decisions that grows with the stream: a leaf is split once its rows show, by Hoeffding's bound, that one split is better
 * than all others. Leaves that promise least stop looking at features where memory is short.
 */
export class HoeffdingTreeModel implements Classification {
  readonly #o: HoeffdingTreeOptions;
  readonly #search: SplitSearch;
  readonly #kinds = new SlotKinds();
  #branches = new TreeBranches();
  /** By nodes. */
  #leaves: (TreeLeaf | undefined)[] = [new TreeLeaf(0, 0, new Float64Array(2))];
  #leafCount = 1;
  #rows = 0;
  #bytes = 0;
  /** What naive Bayes says of the row in hand. */
  readonly #memo = new RowMemo();
  #guess = 0;
  #scores = new Float64Array(8);

  constructor(options: HoeffdingTreeOptions) {
    this.#o = options;
    this.#search = new SplitSearch(options.criterion === 'gini' ? gini : entropy, options.cuts);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Leaves there are. */
  get leaves(): number {
    return this.#leafCount;
  }

  /** Leaves that look at features. */
  get observing(): number {
    return this.#all().filter(({ observers }) => observers !== undefined).length;
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    const leaf = this.#leaves[this.#branches.leafOf(x, 0)] as TreeLeaf;
    this.#memo.clear();
    if (this.#trusts(leaf)) {
      this.#judge(leaf, x, classes, out);
      this.#guess = largest(out, classes);
      this.#memo.keep(x, classes);
      softmax(out, classes);
      return;
    }
    const { counts, seen } = leaf;
    const all = seen + BESIDES * classes;
    for (let c = 0; c < classes; c++) out[c] = ((c < counts.length ? (counts[c] as number) : 0) + BESIDES) / all;
  }

  /** Whether a leaf answers by naive Bayes. */
  #trusts({ observers, bayesRight, majorityRight }: TreeLeaf): boolean {
    const { answer } = this.#o;
    return observers !== undefined && (answer === 'bayes' || (answer === 'adaptive' && bayesRight >= majorityRight));
  }

  /** The logarithms of naive Bayes's probabilities, but for a sum that all share. */
  #judge({ counts, observers }: TreeLeaf, x: FeatureRow, classes: number, out: Float64Array): void {
    for (let c = 0; c < classes; c++) {
      out[c] = Math.log((c < counts.length ? (counts[c] as number) : 0) + BESIDES);
    }
    observers?.judge(x, this.#kinds.of, classes, out);
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    this.#rows++;
    const leaf = this.#leaves[this.#branches.leafOf(x, 1)] as TreeLeaf;
    if (this.#o.answer === 'adaptive' && leaf.observers !== undefined) {
      if (leaf.seen === 0 || leaf.majority === y) leaf.majorityRight++;
      if (this.#guessOf(leaf, x, classes) === y) leaf.bayesRight++;
    }
    this.#memo.clear();
    leaf.count(y);
    this.#kinds.note(x);
    const { observers } = leaf;
    if (observers === undefined) return;
    const before = observers.bytes;
    observers.observe(x, y);
    this.#bytes += observers.bytes - before;
    if (leaf.waited >= this.#o.grace) {
      leaf.waited = 0;
      if (this.#mayGrow(leaf)) this.#trySplit(leaf);
    }
    if (this.#bytes > this.#o.memory) this.#share(KEPT * this.#o.memory);
  }

  #guessOf(leaf: TreeLeaf, x: FeatureRow, classes: number): number {
    if (this.#memo.holds(x, classes)) return this.#guess;
    if (this.#scores.length < classes) this.#scores = new Float64Array(2 * classes);
    this.#judge(leaf, x, classes, this.#scores);
    return largest(this.#scores, classes);
  }

  #mayGrow({ depth }: TreeLeaf): boolean {
    return depth < this.#o.depth && this.#leafCount < this.#o.leaves;
  }

  #trySplit(leaf: TreeLeaf): void {
    const { seen, classes, observers } = leaf;
    const { criterion, delta, tie } = this.#o;
    if (classes < 2 || seen - leaf.promise > PURE * seen || observers === undefined) return;
    const search = this.#search;
    search.run(observers, this.#kinds.of);
    const range = criterion === 'gini' ? 1 : Math.log2(classes);
    const bound = Math.sqrt((range * range * Math.log(1 / delta)) / (2 * seen));
    if (search.slot < 0 || (search.merit - search.second <= bound && bound >= tie)) return;
    this.#split(leaf);
  }

  #split({ node, depth, observers }: TreeLeaf): void {
    const { slot, threshold, left, right } = this.#search;
    const leaves = [left, right].map((counts) => counts.slice(0, observers?.classes));
    const [a, b] = leaves.map((counts) => counts.reduce((sum, one) => sum + one, 0)) as [number, number];
    const first = this.#branches.split(node, slot, threshold, this.#kinds.of[slot] === LEVEL, [a, b]);
    this.#leaves[node] = undefined;
    for (const [i, counts] of leaves.entries()) this.#leaves.push(new TreeLeaf(first + i, depth + 1, counts));
    this.#leafCount++;
    this.#share(this.#o.memory);
  }

  #all(): TreeLeaf[] {
    return this.#leaves.filter((leaf) => leaf !== undefined);
  }

  /** Lets those leaves look at features that have most to win, as far as so many bytes go. O(leaves · (classes + log leaves)). */
  #share(bytes: number): void {
    const all = this.#all();
    const used = all.map(({ observers }) => observers?.bytes ?? 0).filter((one) => one > 0);
    const usual = used.length > 0 ? used.reduce((sum, one) => sum + one, 0) / used.length : 0;
    const bayes = this.#o.answer !== 'majority';
    const looking = all
      .map((leaf) => ({ leaf, promise: leaf.promise, needs: Math.max(leaf.observers?.bytes ?? 0, usual) }))
      .sort((a, b) => b.promise - a.promise);
    let room = bytes;
    this.#bytes = 0;
    for (const { leaf, needs } of looking) {
      if (room >= needs && (bayes || this.#mayGrow(leaf))) {
        leaf.observers ??= new LeafObservers();
        room -= needs;
        this.#bytes += leaf.observers.bytes;
      } else {
        leaf.observers = undefined;
      }
    }
  }

  save(): Saved {
    return {
      rows: this.#rows,
      kinds: this.#kinds.of.slice(),
      branches: this.#branches.save(),
      leaves: this.#all().map((leaf) => leaf.save()),
    };
  }

  static restore(options: HoeffdingTreeOptions, saved: unknown): HoeffdingTreeModel {
    const { rows, kinds, branches, leaves } = saved as Saved;
    const model = new HoeffdingTreeModel(options);
    model.#rows = rows;
    model.#kinds.of = Int32Array.from(kinds);
    model.#branches = TreeBranches.restore(branches);
    model.#leaves = new Array(model.#branches.nodes).fill(undefined);
    for (const one of leaves) model.#leaves[one.node] = TreeLeaf.restore(one);
    model.#leafCount = leaves.length;
    for (const { observers } of model.#all()) model.#bytes += observers?.bytes ?? 0;
    return model;
  }
}
