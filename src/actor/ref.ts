/** Options of an ask. */
export interface AskOptions {
  /** Milliseconds after which the ask fails with `WEIR_ASK_TIMEOUT`. Default 5,000. */
  timeoutMs?: number;
}

/** How long an ask waits for its answer unless told otherwise, milliseconds. */
export const ASK_TIMEOUT_MS = 5_000;

/**
 * The address of an actor, on this thread or another. It can be put into messages and means the same actor wherever it
 * arrives, and it stays good when its supervisor starts the actor again.
 */
export abstract class ActorRef<M = unknown> {
  /** The thread the actor lives on: 0 is the main thread, n is host n − 1. */
  readonly node: number;
  /** The actor's number on its node. */
  readonly serial: number;
  /** Where it stands in the tree of supervision, such as `/orders/line-3`. */
  readonly path: string;

  constructor(node: number, serial: number, path: string) {
    this.node = node;
    this.serial = serial;
    this.path = path;
  }

  /** Unique in the system, for as long as it runs. */
  get id(): string {
    return `${this.node}:${this.serial}`;
  }

  equals(other: ActorRef): boolean {
    return this.serial === other.serial && this.node === other.node;
  }

  /**
   * Sends a message and goes on. Messages from one actor to another arrive in order, each at most once. False when the
   * message certainly found no taker, and it is a dead letter then; true does not promise that it is handled. Messages to
   * another thread are copied by MessagePack: plain data, Map, Set, Date, bytes, typed arrays, errors and refs; with a function in it, it throws
   * `WEIR_NOT_PLAIN`.
   */
  abstract tell(message: M): boolean;

  /**
   * Sends a message and waits for the answer. Rejects with the actor's own error (its code, or `WEIR_UNKNOWN`),
   * `WEIR_ASK_TIMEOUT`, `WEIR_MAILBOX_FULL`, `WEIR_LINK_FULL`, `WEIR_ACTOR_STOPPED`, `WEIR_ACTOR_LOAD`, `WEIR_NOT_PLAIN` or `WEIR_HOST_DOWN`.
   */
  abstract ask<A = unknown>(message: M, options?: AskOptions): Promise<A>;

  toString(): string {
    return `${this.path} (${this.id})`;
  }
}
