import { WeirError } from '../../src/base/errors.ts';
import { parseExpression } from '../../src/expr/expression.ts';
import type { At, Row } from '../../src/stage/row.ts';

/** What the examples of the table are run with. */
export const AT: At = { time: Date.UTC(2023, 10, 14, 22, 13, 20), order: 7, key: 'eth0' };

/** The value of an expression for a record. */
export function evaluate(text: string, row: Row = {}, at: At = AT): unknown {
  return parseExpression(text).evaluate(row, at);
}

/** The coded error that `run` throws; anything else thrown goes on, and nothing thrown is an error of the test. */
export function errorOf(run: () => unknown): WeirError {
  let value: unknown;
  try {
    value = run();
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
  throw new Error(`nothing was thrown, but ${JSON.stringify(value)} returned`);
}
