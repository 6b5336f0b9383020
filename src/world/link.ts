/**
 * A two-way line to one other node (a thread, or the main thread) for frames of bytes: in order, whole, none lost while
 * both ends live. Bounded: a full link takes nothing and says so.
 */
export interface Link {
  /** The other end's node number. The main thread is node 0, host i is node i + 1. */
  readonly peer: number;
  /** Copies one frame in. False, and nothing sent, when there is no room: try again after `onRoom`. */
  trySend(channel: number, frame: Uint8Array): boolean;
  /** Called for each frame that arrives. `frame` is valid during the call only: copy what is kept. */
  onFrame: ((channel: number, frame: Uint8Array) => void) | undefined;
  /** Called when a link that refused a frame has room again. */
  onRoom: (() => void) | undefined;
  close(): void;
}
