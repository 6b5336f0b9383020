import type { At, Key, Row } from '../stage/row.ts';
import type { Clock } from '../world/clock.ts';
import type { Batch } from './batch.ts';
import type { Consumer } from './consumer.ts';
import { Pace } from './pace.ts';

/** Gives the records of a batch to a consumer, in as many turns as they need. */
export class BatchRun {
  readonly #at: At;
  readonly #pace: Pace;
  #batch: Batch | undefined;
  #head: Consumer | undefined;
  #next = 0;
  /** Retractions that have passed. */
  #retracted = 0;

  constructor(at: At, clock: Clock) {
    this.#at = at;
    this.#pace = new Pace(clock);
  }

  /** A batch is under way. */
  get busy(): boolean {
    return this.#batch !== undefined;
  }

  /** Takes a batch; the one before is done. */
  begin(batch: Batch, head: Consumer): void {
    this.#batch = batch;
    this.#head = head;
    this.#next = 0;
    this.#retracted = 0;
  }

  /** A turn's share of it. True when there is more. */
  go(): boolean {
    const { rows, times, orders, keys, retractions } = this.#batch as Batch;
    const head = this.#head as Consumer;
    const [at, pace] = [this.#at, this.#pace];
    const keyed = keys.length > 0;
    let retraction = retractions[this.#retracted] ?? -1;
    pace.begin();
    for (let i = this.#next; i < rows.length; i++) {
      at.retract = i === retraction;
      if (at.retract) retraction = retractions[++this.#retracted] ?? -1;
      at.time = times[i] as number;
      at.order = orders[i] as number;
      at.key = keyed ? (keys[i] as Key) : null;
      // Before it is pushed: what throws there ends the run, and no record passes twice.
      this.#next = i + 1;
      head.push(rows[i] as Row);
      if (pace.over() && i + 1 < rows.length) return true;
    }
    this.#batch = undefined;
    this.#head = undefined;
    return false;
  }
}
