import type { KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
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
}

/** An operator whose records wait until the watermark has passed them, see {@link HeldRecords}. */
export function inTurn<X>({ capacity, state, look, take }: Turns<X>, context: OperatorContext): Operator {
  const held = new HeldRecords<X>(context, capacity, take);
  return {
    onRecord: (row, out) => held.hold(row, look(row), out),
    onWatermark(time, out) {
      if (held.release(time, out)) return true;
      // Behind the end of the input comes nothing.
      if (time === Number.POSITIVE_INFINITY) state?.drop(0);
      return false;
    },
    restored: () => held.restored(),
  };
}
