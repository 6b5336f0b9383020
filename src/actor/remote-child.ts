import { type ErrorData, WeirError } from '../base/errors.ts';
import type { Cancel } from '../world/clock.ts';
import type { Child, Owner } from './child.ts';
import type { ExitReason } from './exit.ts';
import { DISCARD, KILL, SPAWN, STOP } from './frames.ts';
import type { ActorRef } from './ref.ts';
import type { Remote } from './remote.ts';
import { RemoteRef } from './remote-ref.ts';
import type { FullSpec, ModuleStart } from './spec.ts';

/** What the stopping of a child on another thread may take longer than its own time, milliseconds. */
const GRACE_MS = 1_000;

/** A child on another thread, as its parent's thread holds it. */
export class RemoteChild implements Child {
  readonly spec: FullSpec;
  readonly ref: RemoteRef;
  private readonly remote: Remote;
  private readonly owner: Owner;
  private readonly parent: ActorRef | undefined;
  /** Wanted up, and whether the other node was told so. */
  private state: 'down' | 'waiting' | 'up' = 'down';
  private guard: Cancel | undefined;

  constructor(
    remote: Remote,
    owner: Owner,
    parent: ActorRef | undefined,
    spec: FullSpec,
    serial: number,
    path: string,
  ) {
    this.remote = remote;
    this.owner = owner;
    this.parent = parent;
    this.spec = { ...spec, start: byName(spec, remote.node.resolveModule) };
    this.ref = new RemoteRef(spec.on!, serial, path, remote);
  }

  start(): void {
    this.state = 'waiting';
    this.nodeUp();
  }

  stop(restarting: boolean): void {
    if (this.state !== 'up') {
      // Never in the caller's own turn: it is not done with its list of children.
      this.remote.node.clock.defer(() => this.exited({ kind: 'shutdown' }));
      return;
    }
    this.remote.send(this.ref.node, [STOP, this.ref.serial, restarting]);
    if (this.spec.shutdownMs === Number.POSITIVE_INFINITY) return;
    this.guard = this.remote.node.clock.after(this.spec.shutdownMs + GRACE_MS, () => {
      this.remote.send(this.ref.node, [KILL, this.ref.serial]);
      this.exited({ kind: 'killed' });
    });
  }

  kill(): void {
    if (this.state === 'up') this.remote.send(this.ref.node, [KILL, this.ref.serial]);
    this.forget();
  }

  discard(): void {
    this.remote.send(this.ref.node, [DISCARD, this.ref.serial]);
    this.forget();
  }

  /** The node it is to live on can be reached. */
  nodeUp(): void {
    if (this.state !== 'waiting') return;
    const sent = this.remote.send(this.ref.node, [SPAWN, this.ref.serial, this.ref.path, this.parent, this.spec]);
    if (sent) this.state = 'up';
  }

  /** The node it lives on has died. */
  nodeDown(error: ErrorData): void {
    if (this.state === 'up') this.exited({ kind: 'host', error });
  }

  /** Its life is over. */
  exited(reason: ExitReason): void {
    if (this.state === 'down') return;
    this.state = 'down';
    this.guard?.();
    this.guard = undefined;
    this.owner.exited(this, reason);
  }

  private forget(): void {
    this.state = 'down';
    this.guard?.();
    this.remote.forget(this);
  }
}

/** A start as data: the thread there loads the behaviour. */
function byName({ start, id, on }: FullSpec, resolveModule: (url: string) => string): ModuleStart {
  if (typeof start !== 'function') return { module: resolveModule(start.module), export: start.export ?? 'default' };
  const message = `actor '${id}' is to live on thread ${on}, but a class or function cannot cross threads`;
  throw new WeirError('WEIR_CHILD_SPEC', `${message}: name it as { module: import.meta.url, export: '…' }`);
}
