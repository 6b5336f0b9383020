import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { type ErrorData, messageOf, toErrorData } from '../base/errors.ts';
import type { HostExit, HostHandle } from '../world/threads.ts';
import { PortControl } from './control.ts';
import type { HostTask } from './entry.ts';
import { type LinkEnd, RingLink } from './link.ts';

/** How long a killed thread may take to end before its exit is told all the same. */
const DYING_MS = 5_000;
/** Numbers of a pulse; the rest of the buffer keeps two hosts' pulses off one cache line. */
const PULSE = 5;

/** Runs a host's task on a thread; rejects when the thread dies of it. */
export type RunTask = (
  task: HostTask,
  options: { transferList: TransferList; signal: AbortSignal },
) => Promise<HostExit>;
type TransferList = HostTask['control'][];

/** The starter's side of one host. */
export class PoolHost implements HostHandle {
  readonly index: number;
  readonly control: PortControl;
  readonly link: RingLink;
  readonly exit: Promise<HostExit>;
  readonly pulse: Float64Array;
  /** The host has ended, in whichever way. */
  ended = false;
  private killed = false;
  private fatal: ErrorData | undefined;
  private readonly abort = new AbortController();
  /** Ends of links that the host holds, by node, and ends of links to the dead that it has yet to drop. */
  private readonly ends: (LinkEnd | undefined)[];
  private readonly dropping = new Map<number, LinkEnd>();
  private readonly free: (end: LinkEnd) => void;

  /**
   * `ends` are the host's own ends by node, its own place empty; `ofMain` is the starter's end of the link to it; `free`
   * takes ends back that no thread uses any more.
   */
  constructor(
    place: { index: number; module: string; data: unknown },
    ends: (LinkEnd | undefined)[],
    ofMain: LinkEnd,
    run: RunTask,
    free: (end: LinkEnd) => void,
  ) {
    const shared = new SharedArrayBuffer(256);
    const { port1, port2 } = new MessageChannel();
    this.index = place.index;
    this.ends = ends;
    this.free = free;
    this.pulse = new Float64Array(shared, 0, PULSE);
    this.link = new RingLink(ofMain);
    this.control = new PortControl(port1);
    this.control.onFatal = (error) => {
      this.fatal = error;
    };
    this.control.onDropped = (node) => this.dropped(node);
    const closed = once(port1, 'close');

    const [main, ...links] = ends;
    const transferList = [port2, ...ends.flatMap((end) => (end ? [end.port] : []))];
    const task: HostTask = { ...place, control: port2, links, main: main!, pulse: shared };
    const done = run(task, { transferList, signal: this.abort.signal });
    this.exit = this.watch(done, closed, transferList, ofMain);
  }

  kill(): void {
    if (this.ended) return;
    this.killed = true;
    this.abort.abort();
  }

  /** The pool is about to end all its threads. */
  expectKill(): void {
    this.killed = true;
  }

  /** Hands the host a link to the one that took a dead one's place. */
  adopt(end: LinkEnd): void {
    const old = this.ends[end.peer];
    this.ends[end.peer] = end;
    // Before the host answers it may still look into the old ring.
    if (old) this.dropping.set(end.peer, old);
    this.control.postLink(end);
  }

  private dropped(node: number): void {
    const old = this.dropping.get(node);
    this.dropping.delete(node);
    if (old) this.free(old);
  }

  private async watch(
    done: Promise<HostExit>,
    closed: Promise<unknown>,
    ports: TransferList,
    ofMain: LinkEnd,
  ): Promise<HostExit> {
    const exit = await done.catch((error: unknown) => this.reasonOf(error));
    // A task that never reached a thread still has its ports here; on ports that have gone this does nothing.
    for (const port of ports) port.close();
    // The pool tells of an abort before the thread has ended. Its end of the control port closes when it has, and after
    // the last message: only then are its rings ours, and is `fatal` known.
    const over = new AbortController();
    const certain = await Promise.race([
      closed.then(() => true),
      sleep(DYING_MS, false, { signal: over.signal }).catch(() => false),
    ]);
    over.abort();
    this.ended = true;
    this.link.close();
    if (certain) {
      for (const end of [ofMain, ...this.ends, ...this.dropping.values()]) if (end) this.free(end);
    }
    return this.fatal && !this.killed ? { kind: 'error', error: this.fatal } : exit;
  }

  private reasonOf(error: unknown): HostExit {
    if (this.killed) return { kind: 'killed' };
    const code = /^worker exited with code: (-?\d+)$/.exec(messageOf(error))?.[1];
    return code === undefined ? { kind: 'error', error: toErrorData(error) } : { kind: 'exited', code: Number(code) };
  }
}
