import type { ErrorData } from '../base/errors.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { ExitReason } from './exit.ts';
import type { ActorRef } from './ref.ts';
import type { FullSpec } from './spec.ts';

/** The channel of a link that actors talk on. */
export const ACTOR_CHANNEL = 0;

/** What a frame between two nodes says: the first element of its array. */
export const TELL = 0;
export const ASK = 1;
export const ANSWER = 2;
export const REFUSE = 3;
export const CREDIT = 4;
export const WATCH = 5;
export const UNWATCH = 6;
export const TERMINATED = 7;
export const SPAWN = 8;
export const STOP = 9;
export const KILL = 10;
export const DISCARD = 11;
export const EXITED = 12;
export const DOWN = 13;
export const DEAD = 14;
export const HELLO = 15;
export const FAULT = 16;

/** A frame between two nodes, unpacked. `to`, `child` and `target` are numbers of actors on the receiving node. */
export type Frame =
  /** A message to an actor. */
  | [kind: typeof TELL, to: number, message: unknown]
  /** A message that is to be answered under `question`. */
  | [kind: typeof ASK, to: number, question: number, message: unknown]
  | [kind: typeof ANSWER, question: number, value: unknown]
  | [kind: typeof REFUSE, question: number, error: ErrorData]
  /** So many bytes of messages have left the mailboxes. */
  | [kind: typeof CREDIT, bytes: number]
  /** The sender's node wants to know of the end of `target`. */
  | [kind: typeof WATCH, target: number]
  | [kind: typeof UNWATCH, target: number]
  /** An actor of the sender's node has ended. */
  | [kind: typeof TERMINATED, serial: number, reason: ExitReason]
  /** Starts a child of an actor of the sender's node, for the first time or again. */
  | [kind: typeof SPAWN, child: number, path: string, parent: ActorRef | undefined, spec: FullSpec]
  | [kind: typeof STOP, child: number, restarting: boolean]
  | [kind: typeof KILL, child: number]
  | [kind: typeof DISCARD, child: number]
  /** A child that lives on the sender's node has ended. */
  | [kind: typeof EXITED, child: number, reason: ExitReason]
  /** The first on every link: which life of its node the sender is. */
  | [kind: typeof HELLO, life: number]
  /** From the main thread: this life of a node is over. */
  | [kind: typeof DOWN, node: number, life: number, error: ErrorData]
  /** To the main thread: an actor cannot be started. */
  | [kind: typeof FAULT, error: ErrorData]
  /** To the main thread: dead letters, all counted, some shown. */
  | [kind: typeof DEAD, count: number, letters: DeadLetter[]];
