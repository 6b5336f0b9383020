import { ErrorHandler } from '../flow/consumer.ts';
import { DeadLetterWriter, type Reason } from '../flow/dead-letters.ts';
import type { At } from '../stage/row.ts';
import { MemoryDisk } from './memory-disk.ts';

/** A record, or input that is none, that ended as a dead letter. */
export interface DeadLetter {
  code: string;
  reason: string;
  input: unknown;
}

/** Keeps dead letters for a test to look at; each is also written as the engine writes it, so that what cannot be throws. */
export class Letters extends DeadLetterWriter {
  readonly all: DeadLetter[] = [];

  constructor(at: At) {
    super(new MemoryDisk(), () => 'dead-letters', at);
  }

  override write(reason: Reason, input: unknown): void {
    super.write(reason, input);
    this.all.push({ code: reason.code, reason: reason.reason, input });
  }
}

/** The engine's error policy with a memory of what was thrown. */
export class DriverErrors extends ErrorHandler {
  /** What the stage threw on records, as it was thrown. */
  readonly thrown: unknown[] = [];

  override failed(row: unknown, error: unknown): void {
    this.thrown.push(error);
    super.failed(row, error);
  }
}

/** A scope of a chain that has one stage under test. */
export function scopeOf(at: At, letters: Letters, log: (level: 'info' | 'warn' | 'error', text: string) => void) {
  const logged = (level: 'info' | 'warn' | 'error', _stage: string, text: string) => log(level, text);
  return { at, deadLetters: letters, pulse: new Float64Array(5), quarantine: new Map(), log: logged };
}

/** Counters that nobody reads. */
export function slot(): Float64Array {
  return new Float64Array(8);
}
