import type { DeadReason } from './dead-letters.ts';

/** A message with something that must become of it: an answer, or room given back to the thread it came from. */
export abstract class Envelope {
  readonly message: unknown;

  constructor(message: unknown) {
    this.message = message;
  }

  /** It has left the mailbox. False when nobody waits for the answer any more. */
  abstract take(): boolean;
  /** The handler's result. */
  abstract answer(value: unknown): void;
  /** The handler failed, or refused. */
  abstract refuse(error: unknown): void;
  /** It will not be handled, for this reason; it has left the mailbox or was never in it. */
  abstract drop(reason: DeadReason): void;
}
