import { toErrorData, WeirError } from '../base/errors.ts';
import type { Cancel, Clock } from '../world/clock.ts';
import type { Random } from '../world/random.ts';
import { type Actor, type Behaviour, isActorClass } from './behaviour.ts';
import type { Cell } from './cell.ts';
import type { ActorContext } from './context.ts';
import type { ExitReason } from './exit.ts';
import type { ActorRef } from './ref.ts';
import type { ChildSpec, FullSpec } from './spec.ts';
import { Supervision } from './supervision.ts';
import { Tick, Timers } from './timers.ts';

/**
 * One life of an actor, from a start to the end or the next restart: its instance, timers, watches and children. It is
 * also the context that the instance is given, which so can do nothing any more once its life is over.
 */
export class Life implements ActorContext {
  /** Handles a message. */
  receive: (message: unknown) => unknown = () => undefined;
  /** The instance's `step`, if it has one. */
  step: (() => boolean) | undefined;
  private readonly cell: Cell;
  private readonly spec: FullSpec;
  private readonly timers: Timers;
  private readonly watching = new Map<string, ActorRef>();
  private supervision: Supervision | undefined;
  private actor: Actor | undefined;
  private over = false;

  constructor(cell: Cell) {
    this.cell = cell;
    this.spec = cell.spec;
    this.timers = new Timers(cell.node.clock);
  }

  get self(): ActorRef {
    return this.cell.ref;
  }

  get parent(): ActorRef | undefined {
    return this.cell.parent;
  }

  get children(): readonly ActorRef[] {
    return this.supervision?.refs() ?? [];
  }

  get clock(): Clock {
    return this.cell.node.clock;
  }

  get random(): Random {
    return this.cell.node.random;
  }

  /** Makes the instance and starts it. A promise when the behaviour has to be loaded or its `started` gives one. */
  begin(): void | Promise<void> {
    const { start } = this.spec;
    if (typeof start === 'function') return this.beginWith(start);
    if (start.behaviour) return this.beginWith(start.behaviour);
    return this.cell.node.load(start).then((behaviour) => this.beginWith(behaviour));
  }

  private beginWith(behaviour: Behaviour<never>): void | Promise<void> {
    if (this.over) return;
    const args = this.spec.args as never[];
    if (!isActorClass(behaviour)) {
      const handle = behaviour as (...all: unknown[]) => unknown;
      this.receive =
        args.length === 0 ? (message) => handle(message, this) : (message) => handle(message, this, ...args);
      return;
    }
    const actor = new behaviour(...args) as Actor;
    (actor as { context: ActorContext }).context = this;
    this.actor = actor;
    this.receive = (message) => actor.receive(message);
    if (actor.step) this.step = () => actor.step!();
    return actor.started?.();
  }

  /** Ends it in order: timers, children, then the instance's hook. The reason is the hook's error when that threw. */
  async end(reason: ExitReason, restarting: boolean): Promise<ExitReason> {
    this.over = true;
    this.timers.end();
    const { supervision, actor } = this;
    if (supervision) await new Promise<void>((resolve) => supervision.close(resolve));
    this.unwatchAll();
    try {
      if (restarting) await actor?.restarting?.(reason);
      else await actor?.stopping?.(reason);
      return reason;
    } catch (error) {
      return reason.kind === 'error' ? reason : { kind: 'error', error: toErrorData(error) };
    }
  }

  /** Ends it at once: nobody is asked. */
  kill(): void {
    this.over = true;
    this.timers.end();
    this.supervision?.kill();
    this.unwatchAll();
  }

  spawn<C>(spec: ChildSpec): ActorRef<C> {
    if (this.over) throw new WeirError('WEIR_ACTOR_STOPPED', `${this.self.path} has ended and starts no children`);
    this.supervision ??= new Supervision(
      {
        path: this.self.path,
        clock: this.clock,
        random: this.random,
        gaveUp: (error) => this.cell.fail(this, error),
        // A supervisor is its children: without one of them it has not started either, which its own supervisor tells.
        unstarted: (error) =>
          this.spec.type === 'supervisor' ? this.cell.fail(this, error) : this.cell.node.fault(toErrorData(error)),
      },
      this.spec.supervise,
    );
    const child = this.cell.node.child(this.supervision, this.cell.ref, spec);
    this.supervision.add(child);
    return child.ref as ActorRef<C>;
  }

  stop(child?: ActorRef): void {
    if (this.over) return;
    if (child === undefined || child.equals(this.self)) this.cell.stopSelf(this);
    else this.supervision?.remove(child);
  }

  watch(ref: ActorRef): void {
    if (this.over) return;
    this.watching.set(ref.id, ref);
    this.cell.node.watch(ref, this.cell);
  }

  unwatch(ref: ActorRef): void {
    if (this.watching.delete(ref.id)) this.cell.node.unwatch(ref, this.cell);
  }

  after(ms: number, message: unknown): Cancel {
    return this.timers.after(ms, () => this.cell.deliver(message));
  }

  every(ms: number, message: unknown): Cancel {
    const tick = new Tick(message);
    return this.timers.every(ms, () => {
      if (tick.waiting) return;
      tick.waiting = true;
      this.cell.deliver(tick);
    });
  }

  wake(): void {
    if (!this.over) this.cell.wake(this);
  }

  private unwatchAll(): void {
    for (const ref of this.watching.values()) this.cell.node.unwatch(ref, this.cell);
    this.watching.clear();
  }
}
