import type { Row } from '#stage';
import type { Judge, Tally, Task } from './judge.ts';
import { LossWatch, type SavedWatch } from './loss-watch.ts';
import { Recent } from './recent.ts';

interface SavedEvaluation {
  judge: unknown;
  total: unknown;
  recent: unknown;
  watch: SavedWatch;
  skipped: number;
  unscored: number;
  fresh: number;
  alarms: number[];
  place: [time: number, order: number];
}

/** The scores of one key so far. */
export class Evaluation {
  readonly #judge: Judge;
  readonly #total: Tally;
  readonly #recent: Recent | undefined;
  readonly #watch: LossWatch;
  readonly #entry: Float64Array;
  #skipped = 0;
  #unscored = 0;
  #scored = 0;
  /** Records since the last output, and the rows at which alarms were raised since. */
  fresh = 0;
  #alarms: number[] = [];
  /** Where the last record stood. */
  time = Number.NEGATIVE_INFINITY;
  order = 0;

  constructor(task: Task, window: number, saved?: unknown) {
    const from = saved as SavedEvaluation | undefined;
    this.#judge = from === undefined ? task.create() : task.restore(from.judge);
    this.#total = this.#judge.tally(from?.total);
    this.#recent = window === 0 ? undefined : new Recent(task.width, window, from?.recent);
    this.#watch = new LossWatch(from?.watch);
    this.#entry = new Float64Array(task.width);
    if (from === undefined) return;
    this.#skipped = from.skipped;
    this.#unscored = from.unscored;
    this.#scored = this.#total.scores().rows as number;
    this.fresh = from.fresh;
    this.#alarms = [...from.alarms];
    [this.time, this.order] = from.place;
  }

  /** Takes in what was looked at, null for what cannot be scored. The first `skip` records are not scored. Throws coded errors. */
  take(looked: unknown, skip: number, time: number, order: number): void {
    // First of all: also a key of which nothing could be judged has its row at the end.
    this.time = time;
    this.order = order;
    const skips = this.#skipped < skip;
    if (skips) this.#skipped++;
    if (looked !== null && this.#judge.judge(looked, this.#entry) && !skips) this.#score();
    else this.#unscored++;
    this.fresh++;
  }

  #score(): void {
    this.#total.add(this.#entry, 0);
    this.#recent?.push(this.#entry);
    this.#scored++;
    if (this.#watch.add(this.#entry[0] as number)) this.#alarms.push(this.#scored);
  }

  /** What there is to say; then what is fresh begins anew. */
  report(final: boolean): Row {
    const { rows, ...scores } = this.#total.scores();
    const row: Row = { final, rows, unscored: this.#unscored, ...scores, alarms: this.#alarms };
    row.rolling = this.#recent === undefined ? null : this.#recent.tallied(this.#judge.tally()).scores();
    row.calibration = final ? this.#total.calibration() : null;
    this.fresh = 0;
    this.#alarms = [];
    return row;
  }

  save(): unknown {
    const saved: SavedEvaluation = {
      judge: this.#judge.save(),
      total: this.#total.save(),
      recent: this.#recent?.save() ?? null,
      watch: this.#watch.save(),
      skipped: this.#skipped,
      unscored: this.#unscored,
      fresh: this.fresh,
      alarms: this.#alarms,
      place: [this.time, this.order],
    };
    return saved;
  }
}
