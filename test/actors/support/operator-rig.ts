import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import type { Key, Row } from '../../../src/stage/row.ts';
import type { Emitted } from '../../../src/testkit/operator-driver.ts';
import { OperatorDriver, type OperatorState } from '../../../src/testkit/operator-driver.ts';

export interface RigOptions {
  keyNames?: readonly string[];
  half?: 'partial';
  /** Go on from here. */
  from?: OperatorState;
}

/** The public driver with the words of the older tests: time and key follow the record. */
export class OperatorRig {
  readonly driver: OperatorDriver;

  constructor(definition: OperatorDefinition<any>, raw: Record<string, unknown>, options: RigOptions = {}) {
    this.driver = new OperatorDriver(definition, raw, options);
  }

  get out(): Emitted[] {
    return this.driver.out;
  }

  get sides(): { name: string; row: Row }[] {
    return this.driver.sides;
  }

  get late(): { row: Row; windowEnd: number }[] {
    return this.driver.late;
  }

  get dead(): { row: unknown; code: string }[] {
    return this.driver.dead.map(({ input, code }) => ({ row: input, code }));
  }

  get logged(): string[] {
    return this.driver.logs;
  }

  push(row: Row, time = 0, key: Key = null, order?: number): this {
    this.driver.push(row, { time, key, ...(order === undefined ? {} : { order }) });
    return this;
  }

  watermark(time: number): number {
    return this.driver.watermark(time);
  }

  /** The input has ended. */
  end(): this {
    this.driver.end();
    return this;
  }

  batchEnd(): this {
    this.driver.batchEnd();
    return this;
  }

  save(): OperatorState {
    return this.driver.snapshot();
  }

  take(): Row[] {
    return this.driver.take();
  }
}
