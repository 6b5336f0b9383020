import type { Values } from './bandit-values.ts';
import { type FeatureRow, grown } from './feature-row.ts';
import { Givens } from './givens.ts';
import type { Id } from './id-table.ts';
import type { Model } from './model.ts';

export interface BanditOptions {
  /** λ, 0 < λ ≤ 1. */
  forgetting: number;
  /** The penalty on each squared weight. */
  ridge: number;
  /** Choices that are kept until their reward comes. */
  waiting: number;
  /** Arms that there are from the start. */
  arms: readonly Id[];
  /** How arms are valued: the most valuable is chosen. */
  values: Values;
}

/** An arm that was chosen, and the context it was chosen in. */
interface Waiting {
  arm: Id;
  row: Float64Array;
}

interface Saved {
  rows: number;
  mean: number;
  squares: number;
  choices: number;
  arms: { name: Id; n: number; information: Float64Array }[];
  waiting: [id: Id, arm: Id, row: Float64Array][];
}

interface Arm {
  readonly name: Id;
  /** Over the constant, then the context. */
  readonly information: Givens;
  weights: Float64Array;
  solved: boolean;
}

/**
 * Arms that pay what is linear in the context, each known by least squares with forgetting of what it paid. Forgetting goes
 * by the rewards of the arm itself; nothing is forgotten beyond what was known at first. What an arm is expected to pay has the
 * standard deviation σ √(x'P x), P being the inverse of its information and σ the standard deviation of all rewards.
 */
export class BanditModel implements Model {
  /** Rewards learned from. */
  rows = 0;
  readonly #o: BanditOptions;
  readonly #arms = new Map<Id, Arm>();
  readonly #waiting = new Map<Id, Waiting>();
  #choices = 0;
  #row = new Float64Array(8);
  #least = new Float64Array(8);
  readonly #reward = new Float64Array(1);
  /** Mean of all rewards, and the sum of their squared differences from it. */
  #mean = 0;
  #squares = 0;

  constructor(options: BanditOptions, saved?: Saved) {
    this.#o = options;
    for (const { name, n, information } of saved?.arms ?? []) this.#arm(name, Givens.restore(1, n, information));
    for (const name of options.arms) this.#arm(name);
    this.#least.fill(options.ridge);
    if (saved === undefined) return;
    this.rows = saved.rows;
    this.#mean = saved.mean;
    this.#squares = saved.squares;
    this.#choices = saved.choices;
    for (const [id, arm, row] of saved.waiting) this.#waiting.set(id, { arm, row });
  }

  /** Whether the arm is known, or there is room for one more. */
  takes(arm: Id, most: number): boolean {
    return this.#arms.has(arm) || this.#arms.size < most;
  }

  #arm(name: Id, information = new Givens(1)): Arm {
    let arm = this.#arms.get(name);
    if (arm === undefined) {
      arm = { name, information, weights: new Float64Array(0), solved: false };
      this.#arms.set(name, arm);
    }
    return arm;
  }

  /** The context with its constant. */
  #load(x: FeatureRow): number {
    const n = x.d + 1;
    this.#reserve(n);
    this.#row[0] = 1;
    for (let j = 1; j < n; j++) this.#row[j] = x.dense[j - 1] as number;
    return n;
  }

  #reserve(n: number): void {
    if (n <= this.#row.length) return;
    this.#row = grown(this.#row, new Float64Array(2 * n));
    this.#least = new Float64Array(2 * n).fill(this.#o.ridge);
  }

  /** The arm of the highest value; undefined when there is none. With an `id` the reward may come later under it. O(arms · d²). */
  choose(x: FeatureRow, id: Id | null): Id | undefined {
    const n = this.#load(x);
    const row = this.#row;
    const value = this.#o.values(this.#choices++);
    const scale = Math.sqrt(this.#squares / this.rows) || 1;
    let best: Arm | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const arm of this.#arms.values()) {
      this.#know(arm, n);
      let mean = 0;
      for (let j = 0; j < n; j++) mean += (arm.weights[j] as number) * (row[j] as number);
      const valued = value(mean, scale * Math.sqrt(arm.information.variance(row)));
      if (valued <= most) continue;
      most = valued;
      best = arm;
    }
    if (best === undefined || id === null) return best?.name;
    this.#wait(id, { arm: best.name, row: row.slice(0, n) });
    return best.name;
  }

  #wait(id: Id, waiting: Waiting): void {
    this.#waiting.delete(id);
    this.#waiting.set(id, waiting);
    if (this.#waiting.size <= this.#o.waiting) return;
    const [oldest] = this.#waiting.keys();
    this.#waiting.delete(oldest as Id);
  }

  /** Sees to it that the arm has weights for n variables. */
  #know(arm: Arm, n: number): void {
    const { information } = arm;
    if (information.n < n) {
      while (information.n < n) information.add(this.#o.ridge);
      arm.solved = false;
    }
    if (arm.solved) return;
    if (arm.weights.length < information.n) arm.weights = new Float64Array(2 * information.n);
    information.solve(0, arm.weights);
    arm.solved = true;
  }

  /** The arm's reward in this context. O(d²). */
  learn(name: Id, x: FeatureRow, reward: number): void {
    this.#teach(name, this.#load(x), reward);
  }

  /** The reward of an earlier choice, for another arm than was chosen if one is named. False when none of that id is waiting. */
  settle(id: Id, name: Id | null, reward: number): boolean {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return false;
    this.#waiting.delete(id);
    const n = waiting.row.length;
    this.#reserve(n);
    this.#row.set(waiting.row);
    this.#teach(name ?? waiting.arm, n, reward);
    return true;
  }

  #teach(name: Id, n: number, reward: number): void {
    const arm = this.#arm(name);
    const { information } = arm;
    while (information.n < n) information.add(this.#o.ridge);
    // What an earlier context did not have yet.
    this.#reserve(information.n);
    this.#row.fill(0, n, information.n);
    this.#reward[0] = reward;
    if (this.#o.forgetting < 1) information.forget(this.#o.forgetting, this.#least);
    information.include(this.#row, this.#reward);
    arm.solved = false;
    this.rows++;
    const off = reward - this.#mean;
    this.#mean += off / this.rows;
    this.#squares += off * (reward - this.#mean);
  }

  /**
   * Adds what another has learned of the same features, as if the rewards of both had come to one: exactly where nothing is
   * forgotten, but that the penalties add up, too.
   */
  merge(other: BanditModel): void {
    for (const [name, { information }] of other.#arms) {
      const own = this.#arm(name);
      while (own.information.n < information.n) own.information.add(0);
      own.information.merge(information);
      own.solved = false;
    }
    for (const [id, waiting] of other.#waiting) this.#wait(id, waiting);
    const rows = this.rows + other.rows;
    const off = other.#mean - this.#mean;
    if (rows > 0) {
      this.#squares += other.#squares + (off * off * this.rows * other.rows) / rows;
      this.#mean += (off * other.rows) / rows;
    }
    this.rows = rows;
    this.#choices += other.#choices;
  }

  save(): Saved {
    const arms = [...this.#arms.values()].map(({ name, information }) => {
      return { name, n: information.n, information: information.save() };
    });
    const waiting: Saved['waiting'] = [...this.#waiting].map(([id, { arm, row }]) => [id, arm, row.slice()]);
    return { rows: this.rows, mean: this.#mean, squares: this.#squares, choices: this.#choices, arms, waiting };
  }

  static restore(options: BanditOptions, saved: unknown): BanditModel {
    return new BanditModel(options, saved as Saved);
  }
}
