import type { KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { LastWatermark } from '../window/last-watermark.ts';
import { type Held, HeldRecords } from './held-records.ts';

/** What an operator does that takes its records in the order of event time. */
export interface Turns<X> {
  /** Records that a subtask holds back at most. */
  readonly capacity: number;
  /** What it keeps of each key, without namespaces. Behind the end of the input it is let go. */
  readonly state?: KeyedState<any>;
  /** Computed of a record at once when it comes, so that one on which this fails is the one that is refused. */
  look(row: Row): X;
  /** The record's turn has come. */
  take(held: Held<X>, out: Output): void;
  /**
   * Gives what is to come behind the last record, a portion a turn. `after` says the event time of a row there: that given, or the
   * next that is not late.
   */
  ending?(out: Output, after: (time: number) => number): Generator<void>;
}

/** An operator whose records wait until the watermark has passed them, see {@link HeldRecords}. */
export function inTurn<X>(turns: Turns<X>, context: OperatorContext): Operator {
  const { capacity, state, look, take } = turns;
  const watermark = turns.ending && new LastWatermark(context);
  let ending: Generator<void> | undefined;
  const held = new HeldRecords<X>(context, capacity, take);
  return {
    onRecord: (row, out) => held.hold(row, look(row), out),
    onWatermark(time, out) {
      watermark?.reach(time);
      if (held.release(time, out)) return true;
      if (time !== Number.POSITIVE_INFINITY) return false;
      ending ??= watermark && turns.ending?.(out, (own) => watermark.after(own));
      if (ending?.next().done === false) return true;
      // Behind the end of the input comes nothing.
      state?.drop(0);
      return false;
    },
    restored() {
      watermark?.restored();
      held.restored();
    },
  };
}
