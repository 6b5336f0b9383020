import { toErrorData } from '../base/errors.ts';
import { plainRecord } from '../base/plain.ts';
import type { Row } from '../stage/row.ts';
import type { Consumer, ErrorHandler } from './consumer.ts';

/**
 * Stands behind code of the user's, which can return anything: what is no plain record is a dead letter of the stage that
 * made it, not of whichever stage stumbles over it, on one number of threads and not on another.
 */
export function plainGuard(next: Consumer, errors: ErrorHandler): Consumer {
  return {
    push(row: Row) {
      let plain: Row;
      try {
        plain = plainRecord(row);
      } catch (error) {
        const { code, message } = toErrorData(error);
        errors.deadLetter(row, code ?? 'WEIR_NOT_PLAIN', message, error);
        return;
      }
      next.push(plain);
    },
  };
}
