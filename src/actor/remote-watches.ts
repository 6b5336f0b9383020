import type { ErrorData } from '../base/errors.ts';
import { type ExitReason, Terminated } from './exit.ts';
import { UNWATCH, WATCH } from './frames.ts';
import type { ActorRef } from './ref.ts';
import type { Remote } from './remote.ts';
import type { Watcher } from './watchers.ts';

interface Watched {
  ref: ActorRef;
  watchers: Set<Watcher>;
}

/** What actors of this thread watch on others. The other thread knows only that this one wants to know. */
export class RemoteWatches {
  private readonly remote: Remote;
  private readonly watched = new Map<string, Watched>();

  constructor(remote: Remote) {
    this.remote = remote;
  }

  add(ref: ActorRef, watcher: Watcher): void {
    const known = this.watched.get(ref.id);
    if (known) {
      known.watchers.add(watcher);
    } else if (this.remote.send(ref.node, [WATCH, ref.serial])) {
      this.watched.set(ref.id, { ref, watchers: new Set([watcher]) });
    } else if (this.remote.stopped) {
      watcher.terminated(new Terminated(ref, { kind: 'absent' }));
    } else {
      const error: ErrorData = {
        name: 'WeirError',
        code: 'WEIR_HOST_DOWN',
        message: `the host of ${ref.path} is down`,
      };
      watcher.terminated(new Terminated(ref, { kind: 'host', error }));
    }
  }

  remove(ref: ActorRef, watcher: Watcher): void {
    const known = this.watched.get(ref.id);
    if (!known?.watchers.delete(watcher) || known.watchers.size > 0) return;
    this.watched.delete(ref.id);
    this.remote.send(ref.node, [UNWATCH, ref.serial]);
  }

  /** An actor there has ended. */
  ended(node: number, serial: number, reason: ExitReason): void {
    const known = this.watched.get(`${node}:${serial}`);
    if (known) this.tell(known, reason);
  }

  /** All actors there have ended. */
  nodeDown(node: number, error: ErrorData): void {
    for (const known of [...this.watched.values()])
      if (known.ref.node === node) this.tell(known, { kind: 'host', error });
  }

  private tell({ ref, watchers }: Watched, reason: ExitReason): void {
    this.watched.delete(ref.id);
    for (const watcher of watchers) watcher.terminated(new Terminated(ref, reason));
  }
}
