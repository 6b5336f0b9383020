import type { Cancel, Clock } from '../world/clock.ts';
import type { Random } from '../world/random.ts';
import type { ActorRef } from './ref.ts';
import type { ChildSpec } from './spec.ts';

/**
 * What an actor is given to act by. Valid for one life of the actor: after its end `spawn` throws `WEIR_ACTOR_STOPPED`
 * and the rest does nothing.
 */
export interface ActorContext<M = unknown> {
  readonly self: ActorRef<M>;
  /** Who started it; undefined for the root alone. */
  readonly parent: ActorRef | undefined;
  readonly children: readonly ActorRef[];
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Starts a child, which this actor then supervises. The ref is good at once, on whichever thread the child comes up.
   * Throws `WEIR_ACTOR_EXISTS` when there is a child of that id, `WEIR_CHILD_SPEC`, `WEIR_NO_HOST`.
   */
  spawn<C = unknown>(spec: ChildSpec): ActorRef<C>;
  /** Stops a child for good, or, without an argument, this actor itself, normally. */
  stop(child?: ActorRef): void;
  /** Has a `Terminated` sent to this actor when the other one ends; at once when there is no such actor. */
  watch(ref: ActorRef): void;
  unwatch(ref: ActorRef): void;
  /** Sends this actor a message `ms` from now, past the bound of its mailbox. */
  after(ms: number, message: M): Cancel;
  /** Sends this actor a message every `ms`; not while the last one still waits in the mailbox. */
  every(ms: number, message: M): Cancel;
  /** Has `step` called in the coming turns, until it returns false. */
  wake(): void;
}
