import { assert, type ErrorData, fromErrorData, WeirError } from '../base/errors.ts';
import type { Cancel, Clock } from '../world/clock.ts';
import type { Random } from '../world/random.ts';
import type { Child, Owner } from './child.ts';
import { describeExit, type ExitReason, restartsAfter, UNLOADABLE, unloadable } from './exit.ts';
import type { ActorRef } from './ref.ts';
import { RestartPolicy } from './restart-policy.ts';
import type { Strategy, SuperviseOptions } from './spec.ts';

interface Entry {
  readonly child: Child;
  state: 'up' | 'stopping' | 'down';
  /** Has had a life that ended. */
  lived: boolean;
  /** To be dropped when it has ended, and who is told of that. */
  removing: boolean;
  removed: ((reason: ExitReason) => void) | undefined;
}

/** Children that are to be started again together, when all of them are down and the delay is over. */
interface Restart {
  readonly entries: Set<Entry>;
  at: number;
  timer: Cancel | undefined;
}

/** Who supervises. */
export interface SupervisionOwner {
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Restarts were too many: this actor fails, and its own supervisor acts. */
  gaveUp(error: WeirError): void;
  /** A child's behaviour cannot be loaded at its first start: it is none any more. */
  unstarted(error: WeirError): void;
}

/**
 * The children of one actor, in the order of their start, and what is done when one ends: the rules of Erlang/OTP's
 * supervisors. Children are stopped one at a time in reverse order, and started in order.
 */
export class Supervision implements Owner {
  private readonly owner: SupervisionOwner;
  private readonly strategy: Strategy;
  private readonly policy: RestartPolicy;
  private readonly entries: Entry[] = [];
  private readonly restarts = new Set<Restart>();
  private closed: (() => void) | undefined;
  /** Gave up: nothing is started again until the owner closes. */
  private halted = false;

  constructor(owner: SupervisionOwner, options: SuperviseOptions) {
    this.owner = owner;
    this.strategy = options.strategy ?? 'one-for-one';
    this.policy = new RestartPolicy(options, owner.random);
  }

  refs(): ActorRef[] {
    return this.entries.map((entry) => entry.child.ref);
  }

  has(id: string): boolean {
    return this.entries.some((entry) => entry.child.spec.id === id);
  }

  /** Takes a new child under supervision and starts it. */
  add(child: Child): void {
    this.entries.push({ child, state: 'up', lived: false, removing: false, removed: undefined });
    child.start();
  }

  /** Stops a child for good; `removed` is told when it is gone. False when there is no such child. */
  remove(ref: ActorRef, removed?: (reason: ExitReason) => void): boolean {
    const entry = this.entries.find((each) => each.child.ref.equals(ref));
    if (!entry) return false;
    entry.removing = true;
    entry.removed = removed;
    if (entry.state === 'down') this.drop(entry, { kind: 'shutdown' });
    else this.stop(entry, false);
    return true;
  }

  /** Stops all children in reverse order; `then` is called when the last one has ended. No child is started any more. */
  close(then: () => void): void {
    this.closed = then;
    for (const restart of this.restarts) restart.timer?.();
    this.restarts.clear();
    this.closeNext({ kind: 'shutdown' });
  }

  /** Ends all children at once. */
  kill(): void {
    this.closed = () => {};
    for (const restart of this.restarts) restart.timer?.();
    for (const entry of this.entries.splice(0).reverse()) entry.child.kill();
  }

  exited(child: Child, reason: ExitReason): void {
    const entry = this.entries.find((each) => each.child === child);
    if (!entry) return;
    entry.state = 'down';
    const first = !entry.lived;
    entry.lived = true;
    if (this.closed) this.closeNext(reason);
    if (this.closed || this.halted) return;
    const restart = this.restartOf(entry);
    if (entry.removing) this.drop(entry, reason);
    // One that is about to be restarted with others is not counted again: its fault was theirs.
    if (restart) this.advance(restart);
    else if (entry.removing) return;
    else if (first && unloadable(reason)) this.unstarted(entry, reason);
    else if (restartsAfter(child.spec.restart, reason)) this.restart(entry, reason);
    else this.drop(entry, reason);
  }

  private restart(entry: Entry, reason: ExitReason): void {
    const { clock } = this.owner;
    const alone = this.strategy === 'one-for-one';
    let delayMs: number | undefined = 0;
    // A host takes all its actors along: that is one fault, and counted where hosts are supervised.
    if (reason.kind !== 'host') delayMs = this.policy.failed(clock.monotonic(), alone ? entry.child.spec.id : '');
    if (delayMs === undefined) {
      this.giveUp(entry, reason);
      return;
    }
    const at = clock.monotonic() + delayMs;
    const running = this.restartOf(entry) ?? (alone ? undefined : [...this.restarts][0]);
    const restart = running ?? { entries: new Set(), at, timer: undefined };
    restart.at = Math.max(restart.at, at);
    this.restarts.add(restart);
    restart.entries.add(entry);
    for (const other of this.alsoAffected(entry)) {
      if (other.removing) continue;
      if (other.child.spec.restart !== 'temporary') restart.entries.add(other);
      else if (other.state === 'up') this.remove(other.child.ref);
    }
    this.advance(restart);
  }

  private alsoAffected(entry: Entry): Entry[] {
    if (this.strategy === 'one-for-one') return [];
    const others = this.strategy === 'one-for-all' ? this.entries : this.entries.slice(this.entries.indexOf(entry));
    return others.filter((other) => other !== entry);
  }

  private restartOf(entry: Entry): Restart | undefined {
    for (const restart of this.restarts) if (restart.entries.has(entry)) return restart;
    return undefined;
  }

  /** The next step of a restart: stop the last one that still runs, or wait, or start all. */
  private advance(restart: Restart): void {
    if (!this.restarts.has(restart)) return;
    restart.timer?.();
    restart.timer = undefined;
    const inOrder = this.entries.filter((entry) => restart.entries.has(entry));
    const last = inOrder.findLast((entry) => entry.state !== 'down');
    if (last) {
      if (last.state === 'up') this.stop(last, true);
      return;
    }
    const waitMs = restart.at - this.owner.clock.monotonic();
    if (waitMs > 0) {
      restart.timer = this.owner.clock.after(waitMs, () => this.advance(restart));
      return;
    }
    this.restarts.delete(restart);
    for (const entry of inOrder) {
      entry.state = 'up';
      entry.child.start();
    }
  }

  private stop(entry: Entry, restarting: boolean): void {
    if (entry.state !== 'up') return;
    entry.state = 'stopping';
    entry.child.stop(restarting);
  }

  private drop(entry: Entry, reason: ExitReason): void {
    const at = this.entries.indexOf(entry);
    assert(at >= 0 && entry.state === 'down', 'a child is dropped once, after it has ended');
    this.entries.splice(at, 1);
    this.restartOf(entry)?.entries.delete(entry);
    this.policy.forget(entry.child.spec.id);
    entry.child.discard();
    entry.removed?.(reason);
  }

  private closeNext(reason: ExitReason): void {
    for (let last = this.entries.at(-1); last; last = this.entries.at(-1)) {
      if (last.state === 'up') this.stop(last, false);
      if (last.state === 'stopping') return;
      this.drop(last, reason);
    }
    this.closed!();
  }

  /** As `start_child` of Erlang/OTP: a first start that fails is told to those who asked for it, and not tried again. */
  private unstarted(entry: Entry, reason: ExitReason): void {
    const error = fromErrorData(unloadable(reason)!);
    this.drop(entry, reason);
    const message = `${entry.child.ref.path} was not started: ${error.message}`;
    this.owner.unstarted(new WeirError(UNLOADABLE, message, { cause: error }));
  }

  private giveUp(entry: Entry, reason: ExitReason): void {
    this.halted = true;
    const { intensity, periodMs } = this.policy;
    const { path } = entry.child.ref;
    const message =
      `${this.owner.path || 'the root'} gave up: more than ${intensity} restarts of its children within ${periodMs} ms, ` +
      `the last because ${path} ended: ${describeExit(reason)}`;
    const cause: ErrorData | undefined = 'error' in reason ? reason.error : undefined;
    this.owner.gaveUp(new WeirError('WEIR_RESTART_INTENSITY', message, { data: { child: path, cause } }));
  }
}
