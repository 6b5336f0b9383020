import { type ExitReason, Terminated } from './exit.ts';
import type { ActorRef } from './ref.ts';

/** Someone who is told of an actor's end. */
export interface Watcher {
  terminated(message: Terminated): void;
}

/** Those who watch one actor: told once, then forgotten. */
export class Watchers {
  private watchers = new Set<Watcher>();

  add(watcher: Watcher): void {
    this.watchers.add(watcher);
  }

  remove(watcher: Watcher): void {
    this.watchers.delete(watcher);
  }

  /** One that is told may watch again at once: that is the next end. */
  tell(ref: ActorRef, reason: ExitReason): void {
    if (this.watchers.size === 0) return;
    const told = this.watchers;
    this.watchers = new Set();
    for (const watcher of told) watcher.terminated(new Terminated(ref, reason));
  }
}
