import { WeirError } from '../base/errors.ts';
import type { Behaviour } from './behaviour.ts';
import type { RestartType } from './exit.ts';
import type { RestartOptions } from './restart-policy.ts';

/**
 * Which children are started again when one of them is: it alone; all of them; or it and those started after it. The
 * others are stopped first, in reverse order.
 */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** How an actor looks after its children. */
export interface SuperviseOptions extends RestartOptions {
  /** Default `one-for-one`. */
  strategy?: Strategy;
}

/** A behaviour by name, so that any thread can load it: what `export` (default `default`) of the module at a URL is. */
export interface ModuleStart {
  module: string;
  export?: string;
  /** The same thing, for the thread that has it at hand. */
  behaviour?: Behaviour<never>;
}

/** How to start an actor, and what to do when it ends; data, after Erlang/OTP's child specifications. */
export interface ChildSpec {
  /** Its name among its siblings. Default: made up. */
  id?: string;
  /** A class or function, or for other threads its module and name: classes do not cross threads. */
  start: Behaviour<never> | ModuleStart;
  /** For the class's constructor, or for the function after message and context. To another thread they are copied. */
  args?: readonly unknown[];
  /** Default `permanent`. */
  restart?: RestartType;
  /** Milliseconds it may take to stop before it is killed. Default 5,000, for a supervisor Infinity. */
  shutdownMs?: number;
  /** Default `worker`. */
  type?: 'worker' | 'supervisor';
  /** Messages its mailbox takes. Default 1,000. */
  capacity?: number;
  /** How it looks after children of its own. */
  supervise?: SuperviseOptions;
  /** The thread it lives on: 0 is the main thread, n is host n − 1, `any` takes them in turn. Default: its parent's. */
  on?: number | 'any';
}

/** A spec with its defaults filled in. */
export type FullSpec = Required<Omit<ChildSpec, 'on'>> & { on?: number };

/** Messages a mailbox takes unless its spec says otherwise. */
export const MAILBOX_CAPACITY = 1_000;
const SHUTDOWN_MS = 5_000;

const RESTARTS: readonly string[] = ['permanent', 'transient', 'temporary'] satisfies RestartType[];
const STRATEGIES: readonly string[] = ['one-for-one', 'one-for-all', 'rest-for-one'] satisfies Strategy[];
const SUPERVISE: readonly string[] = [
  'strategy',
  'intensity',
  'periodMs',
  'backoff',
] satisfies (keyof SuperviseOptions)[];

/** Fills in the defaults. Throws `WEIR_CHILD_SPEC` when the spec makes no sense. */
export function fullSpec(spec: ChildSpec, id: string, on: number): FullSpec {
  const { type = 'worker', capacity = MAILBOX_CAPACITY } = spec;
  const wrong = (what: string) => new WeirError('WEIR_CHILD_SPEC', `actor '${id}': ${what}`);
  if (id === '' || id.includes('/')) throw wrong('an id is a text without "/"');
  if (!(capacity >= 1)) throw wrong(`a mailbox of ${capacity} messages: take 1 or more`);
  const { restart = 'permanent', supervise = {} } = spec;
  if (!RESTARTS.includes(restart)) throw wrong(`restart '${restart}': take ${RESTARTS.join(', ')}`);
  const { strategy = 'one-for-one', intensity = 0, periodMs = 1 } = supervise;
  if (!STRATEGIES.includes(strategy)) throw wrong(`the strategy '${strategy}': take ${STRATEGIES.join(', ')}`);
  if (!(intensity >= 0)) throw wrong(`an intensity of ${intensity} restarts: take 0 or more`);
  if (!(periodMs > 0)) throw wrong(`a period of ${periodMs} ms: take more than 0`);
  for (const name of Object.keys(supervise)) {
    if (!SUPERVISE.includes(name)) throw wrong(`supervise has no '${name}': it takes ${SUPERVISE.join(', ')}`);
  }
  if (typeof spec.start !== 'function' && typeof spec.start?.module !== 'string') {
    throw wrong('`start` is a class that extends Actor, a function, or { module, export }');
  }
  return {
    id,
    start: spec.start,
    args: spec.args ?? [],
    restart,
    shutdownMs: spec.shutdownMs ?? (type === 'supervisor' ? Number.POSITIVE_INFINITY : SHUTDOWN_MS),
    type,
    capacity,
    supervise,
    on,
  };
}
