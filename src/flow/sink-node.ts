import type { At, Row } from '../stage/row.ts';
import type { SinkWriter } from '../stage/sink.ts';
import type { Consumer, ErrorHandler } from './consumer.ts';
import type { Counters } from './counters.ts';

/** A sink within a chain. */
export class SinkNode implements Consumer {
  readonly counters: Counters;
  readonly writer: SinkWriter;
  readonly #at: At;
  readonly #errors: ErrorHandler;
  /** It is shown new rows only. */
  readonly #rowsOnly: boolean;
  /** A record is being written: what the sink refuses now is this record. */
  writing = false;

  constructor(writer: SinkWriter, at: At, errors: ErrorHandler, counters: Counters, rowsOnly = false) {
    this.writer = writer;
    this.counters = counters;
    this.#at = at;
    this.#errors = errors;
    this.#rowsOnly = rowsOnly;
  }

  push(row: Row): void {
    if (this.#rowsOnly && this.#at.retract) return;
    this.counters.in++;
    this.writing = true;
    try {
      this.writer.write(row, this.#at);
      this.counters.out++;
    } catch (error) {
      this.#errors.failed(row, error);
    }
    this.writing = false;
  }
}
