import { Actor } from './behaviour.ts';
import type { RestartType } from './exit.ts';
import type { ChildSpec, SuperviseOptions } from './spec.ts';

/** An actor that does nothing but look after the children it was given. */
export class Supervisor extends Actor {
  private readonly specs: readonly ChildSpec[];

  constructor(specs: readonly ChildSpec[]) {
    super();
    this.specs = specs;
  }

  override started(): void {
    for (const spec of this.specs) this.context.spawn(spec);
  }

  receive(): void {}
}

/** What a supervisor is made of. */
export interface SupervisorOptions extends SuperviseOptions {
  id?: string;
  /** In the order of their start. */
  children: readonly ChildSpec[];
  restart?: RestartType;
  /** Default Infinity: its children have times of their own. */
  shutdownMs?: number;
  on?: ChildSpec['on'];
}

/**
 * The spec of a supervisor with these children: as in Erlang/OTP, a tree of supervisors is data. When its children need
 * more than `intensity` restarts within `periodMs` it fails itself, and its own supervisor starts it anew with all of
 * them. It also fails when one of them cannot be loaded at its first start.
 */
export function supervisor(options: SupervisorOptions): ChildSpec {
  const { id, children, restart, shutdownMs, on, ...supervise } = options;
  return {
    ...(id === undefined ? {} : { id }),
    ...(restart === undefined ? {} : { restart }),
    ...(shutdownMs === undefined ? {} : { shutdownMs }),
    ...(on === undefined ? {} : { on }),
    start: { module: import.meta.url, export: 'Supervisor', behaviour: Supervisor },
    args: [children],
    type: 'supervisor',
    supervise,
  };
}
