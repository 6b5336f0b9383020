import { grown } from './feature-row.ts';
import { LeafObservers, type SavedObservers } from './leaf-observers.ts';

export interface SavedLeaf {
  node: number;
  depth: number;
  counts: Float64Array;
  seen: number;
  waited: number;
  right: [number, number];
  observers: SavedObservers | null;
}

/** A leaf of a tree: its classes, and what it has seen of its features if it still looks at them. */
export class TreeLeaf {
  readonly node: number;
  readonly depth: number;
  /** Rows of each class: own ones, and those which it got by the split that made it. */
  counts: Float64Array;
  seen = 0;
  /** Rows since a split was last tried. */
  waited = 0;
  /** Own rows that the majority, and naive Bayes, had right. */
  majorityRight = 0;
  bayesRight = 0;
  observers: LeafObservers | undefined = new LeafObservers();

  constructor(node: number, depth: number, counts: Float64Array) {
    this.node = node;
    this.depth = depth;
    this.counts = counts;
    for (let c = 0; c < counts.length; c++) this.seen += counts[c] as number;
  }

  count(y: number): void {
    if (y >= this.counts.length) {
      this.counts = grown(this.counts, new Float64Array(Math.max(y + 1, 2 * this.counts.length)));
    }
    this.counts[y] = (this.counts[y] as number) + 1;
    this.seen++;
    this.waited++;
  }

  /** The class with most rows. */
  get majority(): number {
    const { counts } = this;
    let best = 0;
    for (let c = 1; c < counts.length; c++) if ((counts[c] as number) > (counts[best] as number)) best = c;
    return best;
  }

  /** Rows that are not of the majority: what a split could win at most. */
  get promise(): number {
    return this.seen - (this.counts[this.majority] as number);
  }

  /** Classes that it has rows of. */
  get classes(): number {
    let n = 0;
    for (let c = 0; c < this.counts.length; c++) if ((this.counts[c] as number) > 0) n++;
    return n;
  }

  save(): SavedLeaf {
    const { node, depth, counts, seen, waited, majorityRight, bayesRight, observers } = this;
    return {
      node,
      depth,
      counts: counts.slice(),
      seen,
      waited,
      right: [majorityRight, bayesRight],
      observers: observers?.save() ?? null,
    };
  }

  static restore({ node, depth, counts, seen, waited, right, observers }: SavedLeaf): TreeLeaf {
    const leaf = new TreeLeaf(node, depth, Float64Array.from(counts));
    leaf.seen = seen;
    leaf.waited = waited;
    [leaf.majorityRight, leaf.bayesRight] = right;
    leaf.observers = observers === null ? undefined : LeafObservers.restore(observers);
    return leaf;
  }
}
