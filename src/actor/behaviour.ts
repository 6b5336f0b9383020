import type { ActorContext } from './context.ts';
import type { ExitReason } from './exit.ts';

// A name all copies of this module know: a user's class may extend the Actor of another copy.
const BRAND = Symbol.for('weir.actor');

/**
 * An actor as a class: state of its own, changed by one message after the other. Every start and restart makes a new
 * instance.
 *
 * What `receive` returns answers an ask: a value, a promise of one, or an `Error`, which refuses. While a promise of
 * `receive` is pending the actor takes no further message; return {@link later} to go on meanwhile. What it throws fails
 * the actor: the asker gets the error, and the supervisor acts.
 */
export abstract class Actor<M = unknown> {
  static readonly [BRAND] = true;
  /** Set before `started`, not yet in the constructor. */
  declare readonly context: ActorContext<M>;

  /** Takes one message. Messages are shared within a thread: whoever sent one must not change it any more. */
  abstract receive(message: M): unknown;

  /** Called once before the first message. What it throws fails the actor. */
  started?(): void | Promise<void>;

  /**
   * A piece of the actor's own work, of well under a millisecond: called in its turns after `context.wake()` and for as
   * long as it returns true. For work that is pulled, where messages would only say that there is some.
   */
  step?(): boolean;

  /** Called before the instance ends for good. The children have ended by then. */
  stopping?(reason: ExitReason): void | Promise<void>;

  /** Called instead of `stopping` when the instance is to be followed by a new one. */
  restarting?(reason: ExitReason): void | Promise<void>;
}

/** An actor as a function: called with each message, its context and the `args` of its spec. Answers as a class does. */
export type BehaviourFunction<M = unknown> = (message: M, context: ActorContext<M>, ...args: never[]) => unknown;

/** A class that extends {@link Actor}, constructed with the `args` of its spec. */
export type ActorClass<M = unknown> = new (...args: never[]) => Actor<M>;

/** What an actor can be made of. */
export type Behaviour<M = unknown> = ActorClass<M> | BehaviourFunction<M>;

/** Whether a behaviour is a class to construct, and not a function to call. */
export function isActorClass(behaviour: unknown): behaviour is ActorClass {
  return typeof behaviour === 'function' && BRAND in behaviour;
}

/** An answer that is still to come, see {@link later}. */
export class Later {
  readonly answer: Promise<unknown>;

  constructor(answer: Promise<unknown>) {
    this.answer = answer;
  }
}

/**
 * What `receive` returns to answer an ask by a promise and take other messages meanwhile. A rejection refuses the ask and
 * does not fail the actor.
 */
export function later(answer: Promise<unknown>): Later {
  return new Later(answer);
}
