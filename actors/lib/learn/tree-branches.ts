import { WeirError } from '#stage';
import { type FeatureRow, grown } from './feature-row.ts';
import { sized } from './sized.ts';

export interface SavedBranches {
  slot: Int32Array;
  threshold: Float64Array;
  left: Int32Array;
  level: Int32Array;
  rows: Float64Array;
}

/** The nodes of a binary tree in flat arrays, the root at 0. A node without a slot is a leaf; the right of two children follows the left. */
export class TreeBranches {
  nodes = 1;
  #slot = new Int32Array(8).fill(-1);
  #threshold = new Float64Array(8);
  #left = new Int32Array(8);
  /** Of a level: a row that does not have it goes left. */
  #level = new Int32Array(8);
  /** Rows that came to each node. */
  #rows = new Float64Array(8);

  /**
   * The leaf of a row, which each node on the way counts with so much weight. A row without the number that is asked for goes where
   * most rows went. O(depth).
   */
  leafOf(x: FeatureRow, weight: number): number {
    const [slots, lefts, rows, thresholds, levels] = [this.#slot, this.#left, this.#rows, this.#threshold, this.#level];
    const { dense } = x;
    let node = 0;
    for (;;) {
      rows[node] = (rows[node] as number) + weight;
      const slot = slots[node] as number;
      if (slot < 0) return node;
      const left = lefts[node] as number;
      if (x.has(slot)) node = (dense[slot] as number) <= (thresholds[node] as number) ? left : left + 1;
      else if (levels[node] === 1) node = left;
      else node = (rows[left] as number) >= (rows[left + 1] as number) ? left : left + 1;
    }
  }

  /** Splits a leaf. The left one of the new leaves. */
  split(node: number, slot: number, threshold: number, level: boolean, rows: readonly [number, number]): number {
    const left = this.nodes;
    this.#reserve(left + 2);
    this.#slot[node] = slot;
    this.#threshold[node] = threshold;
    this.#level[node] = level ? 1 : 0;
    this.#left[node] = left;
    this.#rows.set(rows, left);
    this.nodes += 2;
    return left;
  }

  #reserve(nodes: number): void {
    const had = this.#slot.length;
    if (nodes <= had) return;
    this.#slot = grown(this.#slot, new Int32Array(2 * nodes));
    this.#slot.fill(-1, had);
    this.#threshold = grown(this.#threshold, new Float64Array(2 * nodes));
    this.#left = grown(this.#left, new Int32Array(2 * nodes));
    this.#level = grown(this.#level, new Int32Array(2 * nodes));
    this.#rows = grown(this.#rows, new Float64Array(2 * nodes));
  }

  save(): SavedBranches {
    const n = this.nodes;
    return {
      slot: this.#slot.slice(0, n),
      threshold: this.#threshold.slice(0, n),
      left: this.#left.slice(0, n),
      level: this.#level.slice(0, n),
      rows: this.#rows.slice(0, n),
    };
  }

  /** Throws `WEIR_MODEL_FORM` for nodes that lead in a circle or nowhere. */
  static restore({ slot, threshold, left, level, rows }: SavedBranches): TreeBranches {
    const nodes = slot.length;
    const sound = slot.every(
      (one, node) => one < 0 || ((left[node] as number) > node && (left[node] as number) < nodes - 1),
    );
    if (!sound || nodes === 0) throw new WeirError('WEIR_MODEL_FORM', 'the branches of this model are no tree');
    for (const list of [threshold, left, level, rows]) sized(list, nodes, 'numbers of its branches');
    const made = new TreeBranches();
    made.#reserve(slot.length);
    made.#slot.set(slot);
    made.#threshold.set(threshold);
    made.#left.set(left);
    made.#level.set(level);
    made.#rows.set(rows);
    made.nodes = slot.length;
    return made;
  }
}
