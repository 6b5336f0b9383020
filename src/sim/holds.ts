import { assert, WeirError } from '../base/errors.ts';
import type { Disk } from '../world/disk.ts';
import type { Actor } from './schedule.ts';

/** Whose disk it is, so that a stage that is given the disk can be told from the same stage on another thread. */
export const OWNER = Symbol('whose disk it is');

/**
 * Things of which a process has one, as it has a port: whoever takes one keeps it until it gives it back or its thread
 * dies. A thread whose host has ended in good order lives on, and so does what was not given back.
 */
export class Holds {
  readonly #held = new Map<string, Actor>();

  /** Takes a thing; the result gives it back. Throws `WEIR_SIM_HELD` while it is taken. */
  take(name: string, owner: Actor): () => void {
    // What has been killed only seems to go on, for as long as its promises take.
    if (owner.dead) return () => {};
    const by = this.#held.get(name);
    if (by !== undefined) throw new WeirError('WEIR_SIM_HELD', `${name} is still held by ${by.name}`);
    this.#held.set(name, owner);
    return () => {
      if (this.#held.get(name) === owner) this.#held.delete(name);
    };
  }

  /** A thread has died: what it had is free. Without one, all threads of the process have. */
  free(of?: Actor): void {
    for (const [name, by] of this.#held) if (of === undefined || by === of) this.#held.delete(name);
  }
}

/** A disk that says whose it is. */
export type OwnedDisk = Disk & { [OWNER]: { actor: Actor; holds: Holds } };

/** Takes a thing for the thread whose disk this is. */
export function hold(name: string, disk: Disk): () => void {
  const owner = (disk as Partial<OwnedDisk>)[OWNER];
  assert(owner !== undefined, 'a simulated disk says whose it is');
  return owner.holds.take(name, owner.actor);
}
