import type { Operator, OperatorContext, Output, Row } from '#stage';
import type { Fold } from './fold.ts';
import { SessionWindows } from './sessions.ts';
import { WallClock } from './wall-clock.ts';

/** Sessions by the wall clock: those over event time, with the clock for the event time of records and for the watermark. */
export class ClockSessions<A> implements Operator {
  readonly #clock: WallClock;
  readonly #sessions: SessionWindows<A>;

  constructor(gap: number, fold: Fold<A>, context: OperatorContext) {
    this.#clock = new WallClock(context);
    this.#sessions = new SessionWindows(gap, fold, 0, context, { clock: this.#clock });
  }

  onRecord(row: Row, out: Output): void {
    this.#sessions.onRecord(row, out);
  }

  onTick(now: number, out: Output): boolean {
    // Another record of this very millisecond may follow.
    return this.#sessions.onWatermark(now - 1, out);
  }

  onWatermark(time: number, out: Output): boolean {
    this.#clock.watermark.reach(time);
    return time === Number.POSITIVE_INFINITY && this.#sessions.onWatermark(time, out);
  }

  restored(): void {
    this.#clock.restored();
    this.#sessions.restored();
  }
}
