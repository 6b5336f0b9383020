import { WeirError } from '../base/errors.ts';
import { noTime } from '../base/time.ts';
import type { Key, Row } from '../stage/row.ts';
import { NodeOutput } from './operator-node.ts';

/**
 * The output of stages that are, or run, code of others: they can name times that are none and side outputs that are not
 * there. A window behind would never end, and a record would be nowhere. Other stages do not pay for it.
 */
export class StrictOutput extends NodeOutput {
  readonly #stage: string;
  readonly #sides: readonly string[];

  constructor(stage: string, sides: readonly string[], ...rest: ConstructorParameters<typeof NodeOutput>) {
    super(...rest);
    this.#stage = stage;
    this.#sides = sides;
  }

  /** Throws `WEIR_NO_EVENT_TIME`. */
  override emitAt(row: Row, time: number, order: number, key: Key): void {
    checkTime(time);
    super.emitAt(row, time, order, key);
  }

  /** Throws `WEIR_NO_EVENT_TIME`. */
  override retract(row: Row, time: number, order: number, key: Key): void {
    checkTime(time);
    super.retract(row, time, order, key);
  }

  /** Throws `WEIR_SIDE`. Any stage may name a record late. */
  override side(name: string, row: Row): void {
    if (name !== 'late' && !this.#sides.includes(name)) {
      const declared = this.#sides.length === 0 ? 'it declares none' : `it declares ${this.#sides.join(', ')}`;
      throw new WeirError('WEIR_SIDE', `${this.#stage} has no side output ${name}: ${declared}`);
    }
    super.side(name, row);
  }
}

/** Windows about the last records that there can be end behind the last date; steps of milliseconds are still exact there. */
function checkTime(time: number): void {
  if (typeof time === 'number' && Math.abs(time) <= Number.MAX_SAFE_INTEGER) return;
  throw noTime(time);
}
