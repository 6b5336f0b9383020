import { assert, fromErrorData, toErrorData, type WeirError } from '../base/errors.ts';
import type { Cancel } from '../world/clock.ts';
import { settle } from './answer.ts';
import type { Child, Owner } from './child.ts';
import { Envelope } from './envelope.ts';
import { type ExitReason, restartsAfter, Terminated, unloadable } from './exit.ts';
import { Inbox } from './inbox.ts';
import { Life } from './life.ts';
import { LocalRef } from './local-ref.ts';
import type { ActorNode } from './node.ts';
import type { ActorRef } from './ref.ts';
import type { Runnable } from './scheduler.ts';
import type { FullSpec } from './spec.ts';
import { Stride } from './stride.ts';
import { type Watcher, Watchers } from './watchers.ts';

/** Messages that one turn handles at most. */
const TURN_MESSAGES = 256;

/**
 * An actor as its thread holds it, through all its lives: address, mailbox, state and watchers. Only its own turns run
 * its code, so nothing here needs a lock, and what others want of it (start, stop) waits for its next turn.
 */
export class Cell implements Child, Runnable, Watcher {
  readonly node: ActorNode;
  readonly spec: FullSpec;
  readonly ref: LocalRef;
  readonly parent: ActorRef | undefined;
  queued = false;
  private state: 'down' | 'starting' | 'running' | 'ending' | 'ended' = 'down';
  private stepping = false;
  private readonly inbox: Inbox;
  private readonly stride = new Stride();
  private readonly orders: (() => void)[] = [];
  private life: Life | undefined;
  private readonly owner: Owner;
  private readonly watchers = new Watchers();
  /** Settles when the promise of a handler or of `started` has; and the message that it is about. */
  private pending: Promise<void> | undefined;
  private inHand: Envelope | undefined;
  /** Why it never began. */
  private unloadable: WeirError | undefined;
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
    this.inbox = new Inbox(this, node, path, spec.capacity);
    this.ref = new LocalRef(node.number, serial, path, this.inbox, node.clock);
  }

  /** Between two lives, or before the first. */
  get down(): boolean {
    return this.state === 'down';
  }

  tellEnvelope(envelope: Envelope): void {
    this.inbox.tellEnvelope(envelope);
  }

  tell(message: unknown): boolean {
    return this.inbox.tell(message);
  }

  deliver(message: unknown): void {
    this.inbox.deliver(message);
  }

  terminated(message: Terminated): void {
    this.inbox.deliver(message);
  }

  /** Has `watcher` told of the end of the running life, or of the next when none is running. */
  addWatcher(watcher: Watcher): void {
    if (this.state === 'ended') watcher.terminated(new Terminated(this.ref, { kind: 'absent' }));
    else this.watchers.add(watcher);
  }

  removeWatcher(watcher: Watcher): void {
    this.watchers.remove(watcher);
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
    if (this.inbox.open) this.node.scheduler.add(this);
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
    this.inbox.close(this.unloadable);
    // Of those who began to watch between two lives.
    this.watchers.tell(this.ref, { kind: 'absent' });
  }

  turn(now: number, deadline: number): boolean {
    const { orders, inbox, stride } = this;
    while (orders.length > 0) orders.shift()!();
    if (inbox.open && this.stepping) this.step();
    stride.begin(now);
    for (let left = TURN_MESSAGES; left > 0 && inbox.open && inbox.length > 0 && orders.length === 0; left--) {
      const message = inbox.shift();
      if (message instanceof Envelope) this.handleEnvelope(message);
      else this.handle(message);
      if (stride.over(this.node.clock, deadline)) break;
    }
    return orders.length > 0 || (inbox.open && (inbox.length > 0 || this.stepping));
  }

  private step(): void {
    const life = this.life!;
    // Before the step, so that a wake from within it counts.
    this.stepping = false;
    try {
      if (life.step!()) this.stepping = true;
    } catch (error) {
      this.fail(life, error);
    }
  }

  private handle(message: unknown): void {
    const life = this.life!;
    try {
      const result = life.receive(message);
      if (typeof result === 'object' && result !== null) this.wait(settle(result, undefined), undefined);
    } catch (error) {
      this.fail(life, error);
    }
  }

  private handleEnvelope(envelope: Envelope): void {
    const life = this.life!;
    if (!envelope.take()) {
      this.inbox.expired(envelope);
      return;
    }
    try {
      const result = life.receive(envelope.message);
      if (typeof result === 'object' && result !== null) this.wait(settle(result, envelope), envelope);
      else envelope.answer(result);
    } catch (error) {
      envelope.refuse(error);
      this.fail(life, error);
    }
  }

  /** Closes the mailbox until `work` has settled; a rejection fails the life that it belongs to. */
  private wait(work: Promise<void> | undefined, inHand: Envelope | undefined): void {
    if (!work) return;
    const life = this.life!;
    this.inbox.open = false;
    this.inHand = inHand;
    this.pending = work.then(
      () => this.waited(life),
      (error) => {
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
    this.inbox.open = true;
    if (this.inbox.length > 0 || this.stepping) this.node.scheduler.add(this);
  }

  private begin(): void {
    const life = new Life(this);
    this.life = life;
    try {
      const begun = life.begin();
      if (begun) this.wait(begun, undefined);
      else this.waited(life);
    } catch (error) {
      this.fail(life, error);
    }
  }

  private async end(reason: ExitReason, restarting = restartsAfter(this.spec.restart, reason)): Promise<void> {
    const { life } = this;
    if (!life || this.state === 'ending') return;
    this.state = 'ending';
    this.inbox.open = false;
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
    const failed = unloadable(reason);
    this.unloadable = failed && fromErrorData(failed);
    this.deadline?.();
    this.life = undefined;
    this.pending = undefined;
    this.inHand = undefined;
    this.inbox.open = false;
    this.stepping = false;
    this.state = 'down';
    this.watchers.tell(this.ref, reason);
  }

  private order(task: () => void): void {
    this.orders.push(task);
    this.node.scheduler.add(this);
  }
}
