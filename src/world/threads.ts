import type { ErrorData } from '../base/errors.ts';
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { Link } from './link.ts';
import type { Random } from './random.ts';

/** Threads that a topology runs on at most. */
export const MOST_THREADS = 256;

/** A small, ordered, unbounded line for control messages (structured clone; `transfer` moves buffers). Never for records. */
export interface ControlPort {
  post(message: unknown, transfer?: ArrayBuffer[]): void;
  /** Messages that came before this was first set are kept for it. */
  onMessage: ((message: unknown) => void) | undefined;
}

/** Why a host ended. */
export type HostExit =
  | { kind: 'done' }
  | { kind: 'error'; error: ErrorData }
  | { kind: 'killed' }
  | { kind: 'exited'; code: number };

/** What the starter of a host holds of it. */
export interface HostHandle {
  readonly index: number;
  readonly control: ControlPort;
  /** The link to the host from the starter, which is node 0. */
  readonly link: Link;
  /** Settles once, when the host has ended in whichever way and runs no more code. Never rejects. */
  readonly exit: Promise<HostExit>;
  /** The host's pulse, see {@link HostWorld.pulse}. */
  readonly pulse: Float64Array;
  /** Ends the host without asking it. Its exit follows. */
  kill(): void;
}

/** What a host is given: its place and its ports to the world. */
export interface HostWorld {
  /** 0 … hosts − 1. */
  readonly index: number;
  /** Links to other hosts, by their index; undefined at the host's own place. */
  readonly links: readonly (Link | undefined)[];
  /** The link to the starter, which is node 0. */
  readonly main: Link;
  /**
   * Called when host `index` was replaced: `link` has taken the place of the dead one in `links`. One that was replaced
   * before this is set is told when it is set.
   */
  onLink: ((index: number, link: Link) => void) | undefined;
  readonly control: ControlPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  /**
   * Shared with the starter, written without locks: [0] monotonic start of the running turn, or 0 between turns;
   * [1] turns so far; [2] stage number and [3] order of the record at which code of the user's is running, or −1; [4] that
   * record's hash, where a record of this order has felled a thread before, or −1.
   */
  readonly pulse: Float64Array;
}

/** A module that a host can run: `weirHost` runs until it resolves, which ends the host. */
export interface HostModule {
  weirHost(world: HostWorld, data: unknown): Promise<void>;
}

/** Starts hosts, all linked with each other. */
export interface Threads {
  /**
   * Starts `count` hosts, each running `module` (a URL) with its own `data` (structured clone). When one has ended the
   * starter kills the others, restarts all by another call, or replaces the one: links of a dead host are never used
   * again.
   */
  start(module: string, data: readonly unknown[]): Promise<HostHandle[]>;
  /**
   * Starts a host in the place of one that has ended, with the same module; the others of its start learn of its new
   * links by `onLink`.
   */
  replace(ended: HostHandle, data: unknown): Promise<HostHandle>;
  /** Ends every host and frees the threads. */
  close(): Promise<void>;
}
