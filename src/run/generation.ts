import { type ErrorData, fromErrorData, messageOf, WeirError } from '../base/errors.ts';
import { formatDuration } from '../base/units.ts';
import { SLOT_SIZE } from '../flow/counters.ts';
import { createTimes } from '../flow/source-times.ts';
import type { Plan } from '../topology/plan.ts';
import type { CheckpointInfo, EngineEvent } from '../topology/running.ts';
import type { Clock } from '../world/clock.ts';
import type { HostExit, HostHandle, Threads } from '../world/threads.ts';
import type { Answerers } from './answerers.ts';
import type { Checkpointer } from './checkpointer.ts';
import { type FromHost, type HostData, slotsOf, type ToHost } from './protocol.ts';
import type { Suspect } from './quarantine.ts';
import type { Asked } from './questions.ts';

/** How often the watchdog looks. */
const WATCH_MS = 100;
/** How long hosts may take to close after a failure before they are killed. */
const CLOSE_MS = 2000;
/** How long sources may take to drain when asked to stop. */
const DRAIN_MS = 5_000;
/** How long the last checkpoint may then take: a sink may wait for a server that does not answer. */
const LAST_CHECKPOINT_MS = 10_000;
/** A checkpoint that takes this long is told of, and again each time it has taken twice as long. */
const LONG_CHECKPOINT_MS = 30_000;
/** All of a stop. */
export const STOP_MS = DRAIN_MS + LAST_CHECKPOINT_MS;

export interface GenerationOptions {
  plan: Plan;
  threads: Threads;
  clock: Clock;
  hostModule: string;
  checkpointer: Checkpointer;
  answerers: Answerers;
  intervalMs: number;
  turnLimitMs: number;
  data: Omit<HostData, 'metrics' | 'times'>;
  onCheckpoint: (info: CheckpointInfo) => void;
  onMessage: (event: EngineEvent) => void;
  /** Shows text that sinks print; `shown` gives its room back. */
  print: (text: string, shown: () => void) => void;
}

/** One life of a topology's hosts: from a start on a checkpoint to the end, the stop, or the first failure of any of them. */
export class Generation {
  readonly #o: GenerationOptions;
  readonly metrics: Float64Array;
  /** 'finished' when the input ended, 'stopped' when asked to; rejects at the first failure. */
  readonly ended: Promise<'finished' | 'stopped'>;
  /** Where code of the user's was when its thread fell. */
  suspect: Suspect | undefined;
  readonly #shared: SharedArrayBuffer;
  #hosts: HostHandle[] = [];
  #settle!: (how: 'finished' | 'stopped') => void;
  #reject!: (error: unknown) => void;
  #failure: { error: unknown } | undefined;
  /** All hosts are ready. */
  readonly #running: Promise<void>;
  #run!: () => void;
  #ready = 0;
  #onReady: () => void = () => {};
  readonly #endedTasks = new Set<string>();
  readonly #drainedTasks = new Set<string>();
  #stopping = false;
  #over = false;
  #started = false;
  #checkpointing: Promise<void> | undefined;
  #cancelTimer: () => void = () => {};
  #cancelNote: () => void = () => {};
  #cancelWatch: () => void = () => {};
  #cancelStop: () => void = () => {};
  #onDrained: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: GenerationOptions) {
    this.#o = options;
    this.#shared = new SharedArrayBuffer(slotsOf(options.plan) * SLOT_SIZE * 8);
    this.metrics = new Float64Array(this.#shared);
    this.ended = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#reject = reject;
    });
    this.#running = new Promise((resolve) => {
      this.#run = resolve;
    });
    // A failure before anyone waits for the end is told by `start`.
    this.ended.catch(() => {});
  }

  #end(how: 'finished' | 'stopped'): void {
    this.#over = true;
    this.#settle(how);
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = { error };
    this.#reject(error);
  }

  async start(): Promise<void> {
    const { threads, hostModule, plan, data } = this.#o;
    const times = createTimes(slotsOf(plan));
    const each = Array.from({ length: plan.hosts }, (): HostData => ({ ...data, metrics: this.#shared, times }));
    const ready = new Promise<void>((resolve) => {
      this.#onReady = resolve;
    });
    this.#hosts = await threads.start(hostModule, each);
    for (const host of this.#hosts) {
      host.control.onMessage = (message) => {
        try {
          this.#receive(host, message as FromHost);
        } catch (error) {
          this.#fail(error);
        }
      };
      host.exit.then((exit) => this.#exited(host, exit));
    }
    this.#watch();
    await Promise.race([ready, this.ended]);
    this.#started = true;
    this.#run();
    if (this.#stopping) this.#drain();
    else this.#schedule();
  }

  /** Drains and ends with a last checkpoint; without it, when that takes too long. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#cancelStop = this.#o.clock.after(STOP_MS, () => this.#fail(tooLong()));
    if (this.#started) this.#drain();
  }

  /** Takes a checkpoint that holds all that came before the call. Rejects when it fails, or all that was to take it does. */
  async request(): Promise<void> {
    await Promise.race([this.#running, this.ended]);
    // The one that is under way may have begun before the call.
    await this.#checkpointing;
    const before = this.#o.checkpointer.epoch;
    await this.checkpoint();
    if (this.#failure !== undefined) throw this.#failure.error;
    // Else it has ended meanwhile, and with it the last checkpoint was taken.
    if (this.#o.checkpointer.epoch === before) await this.ended;
  }

  /** It has ended, in whichever way, or is about to. */
  get over(): boolean {
    return this.#over;
  }

  /** Takes a checkpoint, or waits for the one that is under way. */
  checkpoint(): Promise<void> {
    this.#checkpointing ??= this.#takeCheckpoint()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#cancelNote();
        this.#checkpointing = undefined;
      });
    return this.#checkpointing;
  }

  /** Says once a checkpoint has been under way for `ms` what it waits for. */
  #noteLong(epoch: number, ms: number): () => void {
    const { checkpointer, clock, onMessage } = this.#o;
    return clock.after(ms, () => {
      const waits = checkpointer.awaited.join(', ') || 'the disk, or the commits of its sinks';
      const text = `checkpoint ${epoch} has been under way for ${formatDuration(ms)}, waiting for ${waits}`;
      onMessage({ type: 'log', level: 'warn', stage: '', text });
      this.#cancelNote = this.#noteLong(epoch, 2 * ms);
    });
  }

  async #takeCheckpoint(): Promise<void> {
    if (this.#over) return;
    const { checkpointer, clock, onCheckpoint } = this.#o;
    const begun = clock.monotonic();
    this.#cancelNote = this.#noteLong(checkpointer.epoch + 1, LONG_CHECKPOINT_MS);
    const over = this.#endedTasks.size === this.#tasks();
    const collected = checkpointer.collect((epoch) => this.#broadcast({ type: 'barrier', epoch, over }));
    // When a host falls the parts will never be complete.
    const parts = await Promise.race([collected, this.ended.then(() => undefined)]);
    if (parts === undefined || this.#over) return;
    const bytes = await checkpointer.complete(parts, (epoch) => this.#broadcast({ type: 'committed', epoch }));
    onCheckpoint({ epoch: checkpointer.epoch, durationMs: clock.monotonic() - begun, bytes });
  }

  #schedule(): void {
    this.#cancelTimer = this.#o.clock.after(this.#o.intervalMs, async () => {
      await this.checkpoint();
      if (!this.#over && !this.#stopping) this.#schedule();
    });
  }

  #broadcast(message: ToHost): void {
    for (const host of this.#hosts) host.control.post(message);
  }

  #receive(host: HostHandle, message: FromHost): void {
    switch (message.type) {
      case 'ready':
        if (++this.#ready === this.#hosts.length) this.#onReady();
        break;
      case 'part':
        this.#o.checkpointer.add(message.part);
        break;
      case 'ended':
        this.#endedTasks.add(`${message.chain}.${message.subtask}`);
        if (this.#endedTasks.size === this.#tasks()) this.#finish();
        break;
      case 'drained':
        this.#drainedTasks.add(`${message.chain}.${message.subtask}`);
        if (this.#drainedTasks.size === this.#sourceTasks()) this.#onDrained();
        break;
      case 'checkpoint':
        // What is wrong with it ends the run, and so is told.
        this.request().catch(() => {});
        break;
      case 'failed': {
        const error = fromErrorData(message.error);
        this.#fail(error);
        break;
      }
      case 'print':
        this.#o.print(message.text, () =>
          host.control.post({ type: 'printed', bytes: message.text.length } satisfies ToHost),
        );
        break;
      case 'ask':
        this.#answer(host, message.asked).catch((error) => this.#fail(error));
        break;
      case 'log':
        this.#o.onMessage(message);
    }
  }

  /** Whoever has ended meanwhile is told nothing; and these lines lead to no host of another generation. */
  async #answer(host: HostHandle, asked: Asked): Promise<void> {
    const answered = await this.#o.answerers.answer(asked);
    if (!this.#over) host.control.post({ type: 'answers', answered } satisfies ToHost);
  }

  #tasks(): number {
    return this.#o.plan.chains.reduce((sum, { parallelism }) => sum + parallelism, 0);
  }

  #sourceTasks(): number {
    const { chains, nodes } = this.#o.plan;
    const sources = chains.filter((chain) => nodes[chain.nodes[0] ?? -1]?.kind === 'source');
    return sources.reduce((sum, { parallelism }) => sum + parallelism, 0);
  }

  /** All input has ended and gone through. */
  async #finish(): Promise<void> {
    this.#cancelTimer();
    await this.#checkpointing;
    // Another may be asked for meanwhile: the last one is that behind which none has begun.
    do await this.checkpoint();
    while (this.#checkpointing !== undefined);
    if (this.#over) return;
    // No host is needed any more, so none can fail the rest.
    this.#over = true;
    // In the place of a checkpoint, so that none is written behind the word that all is over.
    this.#checkpointing = this.#o.checkpointer.finish().then(() => this.#settle('finished'), this.#reject);
  }

  async #drain(): Promise<void> {
    this.#cancelTimer();
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
      this.#o.clock.after(DRAIN_MS, resolve);
    });
    this.#broadcast({ type: 'drain' });
    await Promise.race([drained, this.ended.catch(() => {})]);
    await this.#checkpointing;
    if (this.#over || this.#endedTasks.size === this.#tasks()) return;
    await this.checkpoint();
    if (!this.#over) this.#end('stopped');
  }

  #exited(host: HostHandle, exit: HostExit): void {
    if (this.#over) return;
    this.#note(host);
    const name = `host ${host.index}`;
    if (exit.kind === 'error') this.#fail(ofThread(name, exit.error));
    else if (exit.kind === 'exited')
      this.#fail(new WeirError('WEIR_HOST_EXITED', `${name} exited with code ${exit.code}`));
    else this.#fail(new WeirError('WEIR_HOST_ENDED', `${name} was ${exit.kind}`));
  }

  #note(host: HostHandle): void {
    const [, , number = -1, order = 0, hash = -1] = host.pulse;
    const node = this.#o.plan.nodes[number];
    if (node) this.suspect = { stage: node.id, order, hash: hash < 0 ? undefined : hash };
  }

  /** Looks for a turn that does not end. */
  #watch(): void {
    const { clock, turnLimitMs } = this.#o;
    this.#cancelWatch = clock.after(WATCH_MS, () => {
      if (this.#over) return;
      for (const host of this.#hosts) {
        const begun = host.pulse[0] as number;
        if (begun === 0 || clock.monotonic() - begun < turnLimitMs) continue;
        this.#note(host);
        const at = this.suspect ? `, in ${this.suspect.stage}` : '';
        this.#fail(new WeirError('WEIR_HOST_HUNG', `host ${host.index} hung: a turn took over ${turnLimitMs} ms${at}`));
        host.kill();
        return;
      }
      this.#watch();
    });
  }

  /** Ends all hosts, by asking first, and waits until a checkpoint that is being written has been. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#over = true;
    this.#cancelTimer();
    this.#cancelWatch();
    this.#cancelStop();
    this.#cancelNote();
    try {
      this.#broadcast({ type: 'stop' });
    } catch (error) {
      this.#o.onMessage({ type: 'log', level: 'warn', stage: '', text: messageOf(error) });
    }
    const exits = Promise.all(this.#hosts.map((host) => host.exit));
    const late = this.#o.clock.after(CLOSE_MS, () => {
      for (const host of this.#hosts) host.kill();
    });
    await exits;
    late();
    await this.#checkpointing;
  }
}

function tooLong(): WeirError {
  return new WeirError('WEIR_LAST_CHECKPOINT', `the last checkpoint took more than ${LAST_CHECKPOINT_MS / 1000} s`);
}

/** What ended a thread. Without a code it is of code that no stage waits for, such as a promise of the user's. */
function ofThread(name: string, error: ErrorData): Error {
  if (error.code !== undefined) return fromErrorData(error);
  return new WeirError('WEIR_HOST_FAILED', `${name} failed outside of its stages: ${error.message}`);
}
