import { ActorRef, ASK_TIMEOUT_MS, type AskOptions } from './ref.ts';
import type { Remote } from './remote.ts';

/** The address of an actor on another thread. */
export class RemoteRef extends ActorRef {
  private readonly remote: Remote;

  constructor(node: number, serial: number, path: string, remote: Remote) {
    super(node, serial, path);
    this.remote = remote;
  }

  tell(message: unknown): boolean {
    return this.remote.tell(this, message);
  }

  ask<A>(message: unknown, options: AskOptions = {}): Promise<A> {
    return this.remote.ask(this, message, options.timeoutMs ?? ASK_TIMEOUT_MS) as Promise<A>;
  }
}
