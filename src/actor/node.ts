import { assert, type ErrorData, fromErrorData, messageOf, WeirError } from '../base/errors.ts';
import type { Clock } from '../world/clock.ts';
import type { Random } from '../world/random.ts';
import type { Behaviour } from './behaviour.ts';
import { Cell } from './cell.ts';
import type { Child, Owner } from './child.ts';
import { DeadLetters } from './dead-letters.ts';
import { Terminated, UNLOADABLE } from './exit.ts';
import { FAULT } from './frames.ts';
import type { ActorRef } from './ref.ts';
import { Remote } from './remote.ts';
import { Scheduler } from './scheduler.ts';
import { type ChildSpec, type FullSpec, fullSpec, type ModuleStart } from './spec.ts';
import type { Watcher } from './watchers.ts';

/** Threads a system can have: actors' numbers are dealt out so that no two threads give the same. */
const MAX_NODES = 1024;
/** Numbers that one life of a thread may give. */
const NUMBERS = 2 ** 30;

/** What a node is made of. */
export interface NodeOptions {
  /** 0 is the main thread, n is host n − 1. */
  number: number;
  /** Which life of this thread it is, 0 for the first. */
  incarnation?: number;
  /** Threads of the system, this one included. */
  nodes: number;
  clock: Clock;
  random: Random;
  /** See `HostWorld.pulse`. */
  pulse?: Float64Array;
  deadLetters?: DeadLetters;
  /** Bytes of messages that may be on their way to another thread, or wait in its mailboxes. */
  linkBytes?: number;
  /** The URL under which other threads can load a module. */
  resolveModule?: (url: string) => string;
}

/** The actors of one thread, and its way to those of the others. */
export class ActorNode {
  readonly number: number;
  readonly nodes: number;
  readonly incarnation: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadLetters: DeadLetters;
  readonly scheduler: Scheduler;
  readonly remote: Remote;
  private readonly cells = new Map<number, Cell>();
  readonly resolveModule: (url: string) => string;
  /** On the main thread: told of actors that cannot be started. */
  onFault: ((error: WeirError) => void) | undefined;
  private given: number;
  private anonymous = 0;
  private nextAny = 0;

  constructor(options: NodeOptions) {
    assert(options.nodes <= MAX_NODES, `a system has at most ${MAX_NODES} threads`);
    this.number = options.number;
    this.nodes = options.nodes;
    this.incarnation = options.incarnation ?? 0;
    this.clock = options.clock;
    this.random = options.random;
    this.deadLetters = options.deadLetters ?? new DeadLetters();
    this.resolveModule = options.resolveModule ?? ((url) => url);
    this.scheduler = new Scheduler(options.clock, options.pulse ?? new Float64Array(4));
    this.given = this.incarnation * NUMBERS;
    this.remote = new Remote(this, options.linkBytes ?? 4 * 2 ** 20);
  }

  /** The actor of this number on this thread. */
  find(serial: number): Cell | undefined {
    return this.cells.get(serial);
  }

  /** Makes an actor of `spec`, here or on the thread it says, without starting it yet. */
  child(owner: Owner & { has(id: string): boolean }, parent: ActorRef | undefined, spec: ChildSpec): Child {
    const id = spec.id ?? `$${++this.anonymous}`;
    const above = parent?.path ?? '';
    if (owner.has(id)) throw new WeirError('WEIR_ACTOR_EXISTS', `${above || 'the root'} has a child '${id}' already`);
    const full = fullSpec(spec, id, this.place(spec.on, id));
    const serial = this.nextSerial();
    const path = `${above}/${id}`;
    if (full.on !== this.number) return this.remote.child(owner, parent, full, serial, path);
    return this.cell(owner, parent, full, serial, path);
  }

  /** Makes an actor on this thread under a number that is known already. */
  cell(owner: Owner, parent: ActorRef | undefined, spec: FullSpec, serial: number, path: string): Cell {
    const cell = new Cell(this, owner, parent, spec, serial, path);
    this.cells.set(serial, cell);
    return cell;
  }

  /** The thread that gave an actor its number. */
  giverOf(serial: number): number {
    return serial % MAX_NODES;
  }

  forget(cell: Cell): void {
    this.cells.delete(cell.ref.serial);
  }

  watch(ref: ActorRef, watcher: Watcher): void {
    if (ref.node !== this.number) this.remote.watches.add(ref, watcher);
    else this.watchHere(ref, watcher);
  }

  unwatch(ref: ActorRef, watcher: Watcher): void {
    if (ref.node !== this.number) this.remote.watches.remove(ref, watcher);
    else this.cells.get(ref.serial)?.removeWatcher(watcher);
  }

  async load(start: ModuleStart): Promise<Behaviour<never>> {
    const name = start.export ?? 'default';
    const module = await import(/* @vite-ignore */ start.module).catch((error: unknown) => {
      const message = `${start.module} cannot be loaded: ${messageOf(error)}`;
      throw new WeirError(UNLOADABLE, message, { cause: error });
    });
    const behaviour = (module as Record<string, unknown>)[name];
    if (typeof behaviour === 'function') return behaviour as Behaviour<never>;
    throw new WeirError(UNLOADABLE, `${start.module} exports no class or function '${name}'`);
  }

  /** An actor cannot be started: the main thread is told. */
  fault(error: ErrorData): void {
    if (this.number === 0) this.onFault?.(fromErrorData(error));
    else this.remote.send(0, [FAULT, error]);
  }

  private watchHere(ref: ActorRef, watcher: Watcher): void {
    const cell = this.cells.get(ref.serial);
    if (cell) cell.addWatcher(watcher);
    else watcher.terminated(new Terminated(ref, { kind: 'absent' }));
  }

  private nextSerial(): number {
    return ++this.given * MAX_NODES + this.number;
  }

  private place(on: number | 'any' | undefined, id: string): number {
    if (on === undefined) return this.number;
    if (on === 'any') return this.nodes === 1 ? 0 : 1 + (this.nextAny++ % (this.nodes - 1));
    if (Number.isInteger(on) && on >= 0 && on < this.nodes) return on;
    throw new WeirError(
      'WEIR_NO_HOST',
      `actor '${id}' is to live on thread ${on}: the system has 0 to ${this.nodes - 1}`,
    );
  }
}
