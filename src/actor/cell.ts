import { assert, toErrorData } from '../base/errors.ts';
import type { Cancel } from '../world/clock.ts';
import { Later } from './behaviour.ts';
import type { Child, Owner } from './child.ts';
import type { DeadReason } from './dead-letters.ts';
import { Envelope } from './envelope.ts';
import { type ExitReason, restartsAfter, Terminated } from './exit.ts';
import { Life } from './life.ts';
import { LocalRef, type Receiver } from './local-ref.ts';
import { Mailbox } from './mailbox.ts';
import type { ActorNode } from './node.ts';
import type { ActorRef } from './ref.ts';
import type { Runnable } from './scheduler.ts';
import type { FullSpec } from './spec.ts';
import { Stride } from './stride.ts';

/** Messages that one turn handles at most. */
const TURN_MESSAGES = 256;

/** Someone who is told of an actor's end. */
export interface Watcher {
  terminated(message: Terminated): void;
}

/**
 * An actor as its thread holds it, through all its lives: address, mailbox, state and watchers. Only its own turns run
 * its code, so nothing here needs a lock, and what others want of it (start, stop) waits for its next turn.
 */
export class Cell implements Child, Runnable, Receiver, Watcher {
  readonly node: ActorNode;
  readonly spec: FullSpec;
  readonly ref: LocalRef;
  readonly parent: ActorRef | undefined;
  queued = false;
  private state: 'down' | 'starting' | 'running' | 'ending' | 'ended' = 'down';
  /** Running, and not waiting for a promise of its handler: messages are handled. */
  private open = false;
  private stepping = false;
  private readonly mailbox: Mailbox;
  private readonly stride = new Stride();
  private readonly orders: (() => void)[] = [];
  private life: Life | undefined;
  private readonly owner: Owner;
  private readonly watchers = new Set<Watcher>();
  /** Settles when the promise of a handler or of `started` has; and the message that it is about. */
  private pending: Promise<void> | undefined;
  private inHand: Envelope | undefined;
  private deadline: Cancel | undefined;

  constructor(
    node: ActorNode,
    owner: Owner,
    parent: ActorRef | undefined,
    spec: FullSpec,
    serial: number,
    path: string,
  ) {
    this.node = node;
    this.owner = owner;
    this.parent = parent;
    this.spec = spec;
    this.mailbox = new Mailbox(spec.capacity);
    this.ref = new LocalRef(node.number, serial, path, this, node.clock);
  }

  /** Between two lives, or before the first. */
  get down(): boolean {
    return this.state === 'down';
  }

  tell(message: unknown): boolean {
    if (this.state === 'ended') return this.dead(message, 'stopped');
    if (!this.mailbox.push(message)) return this.dead(message, 'mailbox-full');
    if (this.open) this.node.scheduler.add(this);
    return true;
  }

  tellEnvelope(envelope: Envelope): void {
    const reason = this.state === 'ended' ? 'stopped' : this.mailbox.push(envelope) ? undefined : 'mailbox-full';
    if (reason !== undefined) this.drop(envelope, reason);
    else if (this.open) this.node.scheduler.add(this);
  }

  /** Past the bound of the mailbox: from timers and watched actors. */
  deliver(message: unknown): void {
    if (this.state === 'ended') return;
    this.mailbox.force(message);
    if (this.open) this.node.scheduler.add(this);
  }

  terminated(message: Terminated): void {
    this.deliver(message);
  }

  /** Has `watcher` told of the end of the running life, or of the next when none is running. */
  addWatcher(watcher: Watcher): void {
    if (this.state === 'ended') watcher.terminated(new Terminated(this.ref, { kind: 'absent' }));
    else this.watchers.add(watcher);
  }

  removeWatcher(watcher: Watcher): void {
    this.watchers.delete(watcher);
  }

  start(): void {
    assert(this.state === 'down', 'an actor is started between two lives');
    this.state = 'starting';
    this.order(() => this.begin());
  }

  stop(restarting: boolean): void {
    this.order(() => this.end({ kind: 'shutdown' }, restarting));
  }

  /** Ends `life`, if it is still the running one, as its own wish. */
  stopSelf(life: Life): void {
    this.order(() => {
      if (life === this.life) this.end({ kind: 'normal' });
    });
  }

  /** Ends `life`, if it is still the running one, as failed. */
  fail(life: Life, error: unknown): void {
    if (life === this.life) this.end({ kind: 'error', error: toErrorData(error) });
  }

  wake(life: Life): void {
    if (life !== this.life || !life.step) return;
    this.stepping = true;
    if (this.open) this.node.scheduler.add(this);
  }

  kill(): void {
    if (this.state === 'ended') return;
    this.orders.length = 0;
    if (this.life) this.endNow(this.life, { kind: 'killed' });
    this.discard();
  }

  discard(): void {
    assert(!this.life, 'only an actor between two lives is discarded');
    this.state = 'ended';
    this.node.forget(this);
    while (this.mailbox.length > 0) {
      const message = this.mailbox.shift();
      if (message instanceof Envelope) this.drop(message, 'stopped');
      else this.dead(message, 'stopped');
    }
    // Of those who began to watch between two lives.
    this.tellWatchers({ kind: 'absent' });
  }

  turn(now: number, deadline: number): boolean {
    const { orders, mailbox, stride } = this;
    while (orders.length > 0) orders.shift()!();
    if (this.open && this.stepping) this.step();
    stride.begin(now);
    for (let left = TURN_MESSAGES; left > 0 && this.open && mailbox.length > 0 && orders.length === 0; left--) {
      const message = mailbox.shift();
      if (message instanceof Envelope) this.handleEnvelope(message);
      else this.handle(message);
      if (stride.over(this.node.clock, deadline)) break;
    }
    return orders.length > 0 || (this.open && (mailbox.length > 0 || this.stepping));
  }

  private step(): void {
    const life = this.life!;
    try {
      this.stepping = life.step!();
    } catch (error) {
      this.stepping = false;
      this.fail(life, error);
    }
  }

  private handle(message: unknown): void {
    const life = this.life!;
    try {
      const result = life.receive(message);
      if (typeof result === 'object' && result !== null) this.settle(result, undefined);
    } catch (error) {
      this.fail(life, error);
    }
  }

  private handleEnvelope(envelope: Envelope): void {
    const life = this.life!;
    if (!envelope.take()) {
      this.dead(envelope.message, 'expired');
      return;
    }
    try {
      const result = life.receive(envelope.message);
      if (typeof result === 'object' && result !== null) this.settle(result, envelope);
      else envelope.answer(result);
    } catch (error) {
      envelope.refuse(error);
      this.fail(life, error);
    }
  }

  /** Makes an answer of a result that may be a promise, for which the actor waits, or a refusal. */
  private settle(result: object, envelope: Envelope | undefined): void {
    if (result instanceof Later) {
      result.answer.then(
        (answer) => envelope?.answer(answer),
        (error) => envelope?.refuse(error),
      );
    } else if (typeof (result as Partial<PromiseLike<unknown>>).then === 'function') {
      this.inHand = envelope;
      this.wait(
        (result as PromiseLike<unknown>).then((value) => {
          if (typeof value === 'object' && value !== null) this.settle(value, envelope);
          else envelope?.answer(value);
        }),
      );
    } else if (result instanceof Error) envelope?.refuse(result);
    else envelope?.answer(result);
  }

  /** Closes the mailbox until `work` has settled; a rejection fails the life that it belongs to. */
  private wait(work: PromiseLike<void>): void {
    const life = this.life!;
    this.open = false;
    this.pending = Promise.resolve(work).then(
      () => this.waited(life),
      (error) => {
        this.inHand?.refuse(error);
        this.waited(life);
        this.fail(life, error);
      },
    );
  }

  private waited(life: Life): void {
    if (life !== this.life) return;
    this.pending = undefined;
    this.inHand = undefined;
    if (this.state === 'starting') this.state = 'running';
    if (this.state !== 'running') return;
    this.open = true;
    if (this.mailbox.length > 0 || this.stepping) this.node.scheduler.add(this);
  }

  private begin(): void {
    const life = new Life(this);
    this.life = life;
    try {
      const begun = life.begin();
      if (begun) this.wait(begun);
      else this.waited(life);
    } catch (error) {
      this.fail(life, error);
    }
  }

  private async end(reason: ExitReason, restarting = restartsAfter(this.spec.restart, reason)): Promise<void> {
    const { life } = this;
    if (!life || this.state === 'ending') return;
    this.state = 'ending';
    this.open = false;
    const { shutdownMs } = this.spec;
    if (shutdownMs !== Number.POSITIVE_INFINITY) {
      this.deadline = this.node.clock.after(shutdownMs, () => {
        if (life !== this.life) return;
        this.endNow(life, { kind: 'killed' });
        this.owner.exited(this, { kind: 'killed' });
      });
    }
    if (this.pending) await this.pending;
    const final = await life.end(reason, restarting);
    // Else it has been killed meanwhile.
    if (life !== this.life) return;
    this.over(final);
    this.owner.exited(this, final);
  }

  private endNow(life: Life, reason: ExitReason): void {
    life.kill();
    this.inHand?.drop('stopped');
    this.over(reason);
  }

  private over(reason: ExitReason): void {
    this.deadline?.();
    this.life = undefined;
    this.pending = undefined;
    this.inHand = undefined;
    this.open = false;
    this.stepping = false;
    this.state = 'down';
    this.tellWatchers(reason);
  }

  private tellWatchers(reason: ExitReason): void {
    const watchers = [...this.watchers];
    this.watchers.clear();
    for (const watcher of watchers) watcher.terminated(new Terminated(this.ref, reason));
  }

  private order(task: () => void): void {
    this.orders.push(task);
    this.node.scheduler.add(this);
  }

  private drop(envelope: Envelope, reason: DeadReason): void {
    envelope.drop(reason);
    this.dead(envelope.message, reason);
  }

  private dead(message: unknown, reason: DeadReason): false {
    this.node.deadLetters.add({ to: this.ref.path, message, reason });
    return false;
  }
}
