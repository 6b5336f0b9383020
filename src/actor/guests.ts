import type { Cell } from './cell.ts';
import type { Child, Owner } from './child.ts';
import type { ExitReason, Terminated } from './exit.ts';
import { EXITED, type Frame, type SPAWN, TERMINATED } from './frames.ts';
import type { ActorNode } from './node.ts';
import type { Watcher } from './watchers.ts';
import type { Wire } from './wire.ts';

/**
 * What another node has here: actors whose parents live there, and watchers of actors of this thread. Belongs to one wire
 * and ends with it.
 */
export class Guests implements Owner {
  private readonly node: ActorNode;
  private readonly wire: Wire;
  private readonly cells = new Map<number, Cell>();
  private readonly watchers = new Map<number, Watcher>();

  constructor(node: ActorNode, wire: Wire) {
    this.node = node;
    this.wire = wire;
  }

  /** Starts an actor for a parent on the other node, for the first time or again. */
  spawn([, serial, path, parent, spec]: Extract<Frame, [typeof SPAWN, ...unknown[]]>): void {
    const cell = this.cells.get(serial) ?? this.node.cell(this, parent, spec, serial, path);
    this.cells.set(serial, cell);
    cell.start();
  }

  stop(serial: number, restarting: boolean): void {
    this.cells.get(serial)?.stop(restarting);
  }

  kill(serial: number): void {
    this.cells.get(serial)?.kill();
    this.cells.delete(serial);
  }

  discard(serial: number): void {
    this.cells.get(serial)?.discard();
    this.cells.delete(serial);
  }

  exited(child: Child, reason: ExitReason): void {
    if (this.wire.closed) this.discard(child.ref.serial);
    else this.wire.send([EXITED, child.ref.serial, reason]);
  }

  watch(serial: number, cell: Cell): void {
    const watcher: Watcher = {
      terminated: (message: Terminated) => {
        this.watchers.delete(serial);
        this.wire.send([TERMINATED, serial, message.reason]);
      },
    };
    this.unwatch(serial);
    this.watchers.set(serial, watcher);
    cell.addWatcher(watcher);
  }

  unwatch(serial: number): void {
    const watcher = this.watchers.get(serial);
    if (watcher) this.node.find(serial)?.removeWatcher(watcher);
    this.watchers.delete(serial);
  }

  /** The other node has died: its actors' children here are stopped, and nobody watches from there. */
  leave(): void {
    for (const serial of [...this.watchers.keys()]) this.unwatch(serial);
    for (const [serial, cell] of [...this.cells]) {
      if (cell.down) this.discard(serial);
      else cell.stop(false);
    }
  }
}
