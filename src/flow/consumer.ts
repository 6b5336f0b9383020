import { toErrorData, WeirError } from '../base/errors.ts';
import type { At, Row } from '../stage/row.ts';
import type { ErrorPolicy } from '../topology/graph.ts';
import type { Counters } from './counters.ts';
import type { DeadLetterWriter } from './dead-letters.ts';
import type { LateJournal } from './late-journal.ts';

/** Something that takes records within a chain. */
export interface Consumer {
  push(row: Row): void;
}

/** What every node of a chain shares. */
export interface ChainScope {
  readonly at: At;
  readonly deadLetters: DeadLetterWriter;
  /** Where late records are remembered, so that they can be explained. */
  readonly journal?: LateJournal;
  /** The watchdog's eye: stage number and record order while code of the user's runs. */
  readonly pulse: Float64Array;
  /** By stage number, orders at which threads have fallen, and hashes of the records of that order that are put aside. */
  readonly quarantine: ReadonlyMap<number, ReadonlyMap<number, ReadonlySet<number>>>;
  log(level: 'info' | 'warn' | 'error', stage: string, text: string): void;
}

/** A stage's policy for records that it throws on. */
export class ErrorHandler {
  readonly #scope: ChainScope;
  readonly #stage: string;
  readonly #policy: ErrorPolicy;
  readonly #counters: Counters;

  constructor(scope: ChainScope, stage: string, policy: ErrorPolicy, counters: Counters) {
    this.#scope = scope;
    this.#stage = stage;
    this.#policy = policy;
    this.#counters = counters;
  }

  /** The stage threw on a record. */
  failed(row: unknown, error: unknown): void {
    const { code, message } = toErrorData(error);
    // A broken invariant is no fault of the record: it must not be lost among dead letters.
    if (code === 'WEIR_ASSERTION') throw error;
    // Told already, by a refusal of the stage's own.
    if (code === 'WEIR_STAGE_FAILED') throw error;
    this.deadLetter(row, code ?? 'WEIR_STAGE_THREW', message, error);
  }

  /** The stage refused a record with a reason of its own. */
  deadLetter(row: unknown, code: string, reason: string, cause?: unknown): void {
    if (this.#policy === 'fail') {
      const data = { stage: this.#stage, reason: code };
      throw new WeirError('WEIR_STAGE_FAILED', `${this.#stage}: ${reason}`, { cause, data });
    }
    this.#counters.dead++;
    if (this.#policy !== 'skip') this.#scope.deadLetters.write({ stage: this.#stage, code, reason }, row);
  }
}

/** Passes records to several consumers. None changes a record, so all share it. */
export class Fan implements Consumer {
  readonly #consumers: readonly Consumer[];

  constructor(consumers: readonly Consumer[]) {
    this.#consumers = consumers;
  }

  push(row: Row): void {
    for (let i = 0; i < this.#consumers.length; i++) (this.#consumers[i] as Consumer).push(row);
  }
}

/** One consumer, several, or none. */
export function fan(consumers: readonly Consumer[]): Consumer {
  if (consumers.length === 1) return consumers[0] as Consumer;
  return new Fan(consumers);
}
