import type { Cancel } from '../world/clock.ts';

/** Why a message found no taker. */
export type DeadReason =
  /** The actor's mailbox was full. */
  | 'mailbox-full'
  /** As many bytes as a link may carry were on their way to that thread. */
  | 'link-full'
  /** The actor had ended, with this message in its mailbox or before it came. */
  | 'stopped'
  /** No such actor is known on its thread. */
  | 'absent'
  /** The actor's host was down. */
  | 'host-down'
  /** An ask whose time was over before the actor came to it. */
  | 'expired';

/** A message that no actor took. */
export interface DeadLetter {
  /** Path of the actor it was for. */
  to: string;
  message: unknown;
  reason: DeadReason;
}

/**
 * The dead letters of a system: the last ones to look at, a counter, and subscribers. Bounded: old letters are forgotten.
 * Letters from other threads come in samples, but all are counted.
 */
export class DeadLetters {
  private readonly keep: number;
  private readonly letters: DeadLetter[] = [];
  private readonly subscribers = new Set<(letter: DeadLetter) => void>();
  private total = 0;

  /** Keeps the last `keep` letters. */
  constructor(keep = 100) {
    this.keep = keep;
  }

  /** How many there were. */
  get count(): number {
    return this.total;
  }

  /** The last ones, oldest first. */
  recent(): readonly DeadLetter[] {
    return [...this.letters];
  }

  /** Calls `taker` with each coming letter; it must not throw. */
  subscribe(taker: (letter: DeadLetter) => void): Cancel {
    this.subscribers.add(taker);
    return () => this.subscribers.delete(taker);
  }

  add(letter: DeadLetter): void {
    this.total++;
    this.letters.push(letter);
    if (this.letters.length > this.keep) this.letters.shift();
    for (const taker of this.subscribers) taker(letter);
  }

  /** Counts letters of which nothing more is known. */
  addUnseen(count: number): void {
    this.total += count;
  }
}
