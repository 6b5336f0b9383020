import type { ExitReason } from './exit.ts';
import type { ActorRef } from './ref.ts';
import type { FullSpec } from './spec.ts';

/** What supervision holds of an actor it looks after, on this thread or another. */
export interface Child {
  readonly spec: FullSpec;
  readonly ref: ActorRef;
  /** Begins a life: the first, or one after `owner.exited`. */
  start(): void;
  /** Ends the running life, within the spec's `shutdownMs`; `restarting` when another will follow. */
  stop(restarting: boolean): void;
  /** Ends it at once, and for good: nothing is told to the owner. */
  kill(): void;
  /** No other life follows: what waits in the mailbox becomes dead letters. Only between lives. */
  discard(): void;
}

/** Who started an actor: told of the end of each life, it starts the next or discards the actor. */
export interface Owner {
  exited(child: Child, reason: ExitReason): void;
}
