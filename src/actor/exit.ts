import type { ErrorData } from '../base/errors.ts';
import type { ActorRef } from './ref.ts';

/** When a supervisor starts a child again: always, after an abnormal end, or never. */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** Why an actor, or one life of it, ended. */
export type ExitReason =
  /** It stopped itself. */
  | { kind: 'normal' }
  /** Its parent or the system stopped it. */
  | { kind: 'shutdown' }
  /** It threw, or its supervision gave up. */
  | { kind: 'error'; error: ErrorData }
  /** It did not stop in the time it was given. */
  | { kind: 'killed' }
  /** The host it lived on died. */
  | { kind: 'host'; error: ErrorData }
  /** Only told to watchers: there is no such actor (any more). */
  | { kind: 'absent' };

/** Whether the end was neither asked for by the actor itself nor by its parent. */
export function isAbnormal(reason: ExitReason): boolean {
  return reason.kind === 'error' || reason.kind === 'killed' || reason.kind === 'host';
}

/** Whether a child of this type is started again after such an end. */
export function restartsAfter(type: RestartType, reason: ExitReason): boolean {
  return type === 'permanent' || (type === 'transient' && isAbnormal(reason));
}

/**
 * What a watcher receives, once, when a watched actor ends: for good or to be started again by its supervisor. To know of
 * the next end too, watch again.
 */
export class Terminated {
  readonly ref: ActorRef;
  readonly reason: ExitReason;

  constructor(ref: ActorRef, reason: ExitReason) {
    this.ref = ref;
    this.reason = reason;
  }
}

/** The code of an actor whose module or export cannot be loaded. */
export const UNLOADABLE = 'WEIR_ACTOR_LOAD';

/** Its behaviour could not be loaded; undefined for any other end. */
export function unloadable(reason: ExitReason): ErrorData | undefined {
  return reason.kind === 'error' && reason.error.code === UNLOADABLE ? reason.error : undefined;
}

/** One line about an end, for messages of errors. */
export function describeExit(reason: ExitReason): string {
  switch (reason.kind) {
    case 'error':
    case 'host':
      return reason.error.message;
    case 'killed':
      return 'it did not stop in time and was killed';
    case 'normal':
      return 'it stopped';
    case 'shutdown':
      return 'it was stopped';
    case 'absent':
      return 'there is no such actor';
  }
}
